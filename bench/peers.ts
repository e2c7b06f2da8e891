/** The peers by the names the tables give them. Their packages are installed in bench/peers, so they load only when run. */

import type { Peer } from "./peers/peer.d.mts";
import { urlOf } from "./places.ts";
import type { OpenSide, Side } from "./row.ts";
import { answersPerSecond, type Load } from "./workers/load.mjs";

/** The side of plain worker threads. */
export const raw = "raw postMessage";

/** What people use today, and where it lies. The best of these is "the best pool". */
const pools: readonly [name: string, file: string, make: string, fromNode: number][] = [
  ["piscina, default", "piscina", "piscina", 20],
  ["piscina, tuned", "piscina", "piscinaTuned", 20],
  ["tinypool, tuned", "tinypool", "tinypoolTuned", 20],
  ["poolifier", "poolifier", "poolifier", 20],
  ["workerpool", "workerpool", "workerpool", 20],
  ["comlink", "comlink", "comlink", 20],
  ["threads.js", "threads-js", "threadsJs", 20],
  ["moleculer over TCP", "moleculer", "moleculer", 20],
  ["undici-thread-interceptor", "undici-thread-interceptor", "undiciThreadInterceptor", 22],
  ["child process IPC", "child-process", "childProcess", 20],
];

const nodeMajor = Number(process.versions.node.split(".")[0]);
const usablePools = pools.filter(([, , , fromNode]) => nodeMajor >= fromNode);

/** The names of the pools that run on this Node. */
export const poolNames: readonly string[] = usablePools.map(([name]) => name);

/** Turns a peer into a side: `measureOnce` says what one round is. */
export type MeasureOnce = (request: (body: unknown) => Promise<unknown>) => Promise<number>;

/** The sides of a request row: k4s, raw threads and, if wanted, every pool, each with the same workers and load. */
export function requestSides(
  k4s: () => Peer,
  measureOnce: MeasureOnce,
  { workers, withPools }: { workers: number; withPools: boolean },
): Map<string, OpenSide> {
  const sides = new Map<string, OpenSide>([
    ["k4s", async () => peerSide(k4s(), workers, measureOnce)],
    [raw, async () => peerSide(await loadPeer("raw", "rawPostMessage"), workers, measureOnce)],
  ]);
  if (!withPools) return sides;
  for (const [name, file, make] of usablePools) {
    sides.set(name, async () => peerSide(await loadPeer(file, make), workers, measureOnce));
  }
  return sides;
}

/** The sides of a curve: k4s and raw threads, with the workers and the load that belong to each of its points. */
export function requestSidesAt(
  k4s: () => Peer,
  loadAt: (at: number) => { workers: number; measureOnce: MeasureOnce },
): Map<string, OpenSide> {
  const side = (peer: Peer, at: number) => {
    const { workers, measureOnce } = loadAt(at);
    return peerSide(peer, workers, measureOnce);
  };
  return new Map<string, OpenSide>([
    ["k4s", async at => side(k4s(), at)],
    [raw, async at => side(await loadPeer("raw", "rawPostMessage"), at)],
  ]);
}

/** A peer under load as a side. */
export async function peerSide(peer: Peer, workers: number, measureOnce: MeasureOnce): Promise<Side> {
  await peer.start(workers);
  const request = (body: unknown) => peer.request(body);
  return { round: () => measureOnce(request), close: () => peer.stop() };
}

export function inFlight(load: Load): MeasureOnce {
  return request => answersPerSecond(request, load);
}

/** Loads what a peer's file exports under a name; the caller knows its shape. */
export async function loadPeer<T = Peer>(file: string, make: string): Promise<T> {
  const module: Record<string, () => T> = await import(urlOf("bench", "peers", `${file}.mjs`));
  const factory = module[make];
  if (!factory) throw new Error(`bench/peers/${file}.mjs exports no ${make}.`);
  return factory();
}
