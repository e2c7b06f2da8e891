/** An ArrayBuffer of 1 MB handed over and handed back, one at a time: it must not be copied on the way. */
import { runAlone } from "../alone.ts";
import { k4sEcho } from "../k4s.ts";
import { roundMs } from "../pace.ts";
import type { Peer } from "../peers/peer.d.mts";
import { loadPeer, peerSide, raw } from "../peers.ts";
import type { OpenSide, Row } from "../row.ts";
import { quantile } from "../workers/load.mjs";

const size = 2 ** 20;

/** The same buffer goes to and fro; the median time of a there-and-back in µs. */
async function medianRoundTrip(request: (body: unknown) => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  let buffer = new ArrayBuffer(size);
  for (const end = performance.now() + roundMs; performance.now() < end; ) {
    const began = performance.now();
    const answer = request(buffer);
    const returned = await answer;
    taken.push((performance.now() - began) * 1000);
    if (buffer.byteLength !== 0)
      throw new Error("The buffer was copied: it is still here after it was sent.");
    if (!(returned instanceof ArrayBuffer) || returned.byteLength !== size)
      throw new Error("Not the buffer that was sent.");
    buffer = returned;
  }
  return quantile(
    taken.sort((a, b) => a - b),
    0.5,
  );
}

export const row: Row = {
  id: "transfer-1mb",
  part: "messages",
  title: "A transferred 1 MB ArrayBuffer, there and back, p50",
  unit: "µs",
  better: "less",
  rounds: 7,
  sides: new Map<string, OpenSide>([
    ["k4s", () => peerSide(k4sEcho(), 4, medianRoundTrip)],
    [raw, async () => handingOver(await loadPeer<TransferringPeer>("raw", "rawPostMessage"))],
  ]),
  goals: [{ atMost: 1.2, of: [raw] }],
};

type TransferringPeer = Peer & { request(body: unknown, transfer?: readonly unknown[]): Promise<unknown> };

async function handingOver(peer: TransferringPeer) {
  await peer.start(4);
  return { round: () => medianRoundTrip(body => peer.request(body, [body])), close: () => peer.stop() };
}

await runAlone(import.meta.url, row);
