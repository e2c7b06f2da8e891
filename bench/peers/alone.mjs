/**
 * Lets a person run one peer by itself: `node bench/peers/tinypool.mjs`. Every peer's file ends by handing itself over
 * here; where it was only imported, as the rows do, nothing happens.
 */
import { pathToFileURL } from "node:url";
import { answersPerSecond, medianLatency, textBody } from "../workers/load.mjs";

/**
 * @param {string} url the peer's import.meta.url
 * @param {import("./peer.d.mts").Peer} peer
 */
export async function runAlone(url, peer) {
  if (url !== pathToFileURL(process.argv[1] ?? "").href) return;
  await peer.start(4);
  const request = body => peer.request(body);
  const perSecond = async load => `${Math.round((await answersPerSecond(request, load)) / 1000)} k/s`;
  await answersPerSecond(request, { inFlight: 64, ms: 500 });
  console.log(`${peer.name}: 4 workers`);
  console.log(`  small,    64 in flight   ${await perSecond({ inFlight: 64, ms: 1000 })}`);
  console.log(`  small, 1,024 in flight   ${await perSecond({ inFlight: 1024, ms: 1000 })}`);
  console.log(
    `  10 KB,    64 in flight   ${await perSecond({ inFlight: 64, ms: 1000, body: textBody(10_240) })}`,
  );
  console.log(`  one at a time, p50       ${(await medianLatency(request, { ms: 1000 })).toFixed(1)} µs`);
  await peer.stop();
}
