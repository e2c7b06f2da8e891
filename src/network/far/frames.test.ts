/** Values that go in parts through packets of some size, and what a reader does with parts that nobody waits for. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { frameKinds, IncomingFrames, OutgoingFrames } from "./frames.ts";
import { headBytes } from "./packet.ts";

const { VALUE } = frameKinds;
const awaited = () => true;
const frame = fc.record({ port: fc.nat(3), size: fc.nat(50_000) });

it("come whole and in the order of each port; so many are put together at once as may be", () => {
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 30 }),
      fc.integer({ min: 2_048, max: 20_000 }),
      (all, largest) => {
        const outgoing = new OutgoingFrames(60_000);
        // What is of the processes themselves counts as well, and never waits.
        const incoming = new IncomingFrames(awaited, 60_000 + 50_000);
        for (const [i, { port, size }] of all.entries())
          outgoing.push(port, VALUE, Buffer.alloc(4 + size, i % 256).fill(port, 0, 4));
        const got: string[][] = [[], [], [], []];
        const sent: string[][] = [[], [], [], []];
        for (const [i, { port, size }] of all.entries())
          sent[port]?.push(`${4 + size} of ${size && i % 256}`);
        while (!outgoing.isEmpty) {
          const packet = outgoing.packet(largest);
          expect(packet.length).toBeLessThanOrEqual(largest);
          incoming.read(packet.subarray(headBytes), (port, _, bytes) => {
            got[port]?.push(`${bytes.length} of ${bytes.length > 4 ? bytes.at(-1) : 0}`);
          });
        }
        expect(got).toEqual(sent);
      },
    ),
  );
});

const parts = (port: number, size: number) => {
  const outgoing = new OutgoingFrames();
  outgoing.push(port, VALUE, new Uint8Array(size));
  const bodies: Uint8Array[] = [];
  while (!outgoing.isEmpty) bodies.push(outgoing.packet(4_096).subarray(headBytes));
  return bodies;
};

it("of ports that nobody waits on are not kept, and those of one that closes are let go of", () => {
  const ports = new Set([4]);
  const incoming = new IncomingFrames(port => ports.has(port), 10_000);
  const take = () => {};
  for (let port = 6; port < 1_000; port += 2)
    for (const body of parts(port, 9_000)) incoming.read(body, take);
  for (let times = 0; times < 10; times++) {
    incoming.read(parts(4, 9_000)[0] ?? new Uint8Array(), take);
    incoming.read(parts(4, 9_000)[1] ?? new Uint8Array(), take);
    incoming.forget(4);
  }
  expect(() => {
    for (const body of parts(4, 30_000)) incoming.read(body, take);
  }).toThrow(RangeError);
});
