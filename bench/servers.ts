/**
 * The API server under load: each side is a server, asked with 32 requests in flight. Beside k4s stand a bare `node:https`
 * server that answers the same bytes and, where it is installed, etcd, to which a Kubernetes API server itself writes.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { hasEtcd, inFlight, type ObjectServer, openEtcd, openHttps } from "./object-server.ts";
import { byPace, roundMs } from "./pace.ts";
import { dist } from "./places.ts";
import type { Goal, OpenSide, Row, Side } from "./row.ts";
import { median } from "./statistics.ts";

export const bareHttps = "bare node:https";

type Open = () => Promise<ObjectServer>;

const servers = new Map<string, Open>([
  ["k4s", () => openHttps("k4s.mjs", [pathToFileURL(join(dist, "index.js")).href])],
  [bareHttps, () => openHttps("bare-https.mjs", [])],
]);

/** A side for each server, measured alike. */
export function serverSides(
  measure: (server: ObjectServer) => Promise<Side["round"]>,
  { withEtcd = true } = {},
): Map<string, OpenSide> {
  const measured = new Map(servers);
  if (withEtcd && hasEtcd()) measured.set("etcd", openEtcd);
  return mapValues(measured, open => async () => {
    const server = await open();
    return { round: await measure(server), close: () => server.close() };
  });
}

/** Milliseconds from starting each server's process to its first answer. */
export function startSides(): Map<string, OpenSide> {
  async function round(open: Open): Promise<number> {
    const began = performance.now();
    const server = await open();
    await server.list(1);
    const taken = performance.now() - began;
    await server.close();
    return taken;
  }
  return mapValues(servers, open => async () => ({ round: () => round(open), close: async () => {} }));
}

/**
 * Before these many calls a server is not what people have after its first seconds: V8 has not optimized yet what a write
 * passes through, and it takes three times as long.
 */
const warmUpCalls = byPace(0, 6_000, 12_000);

/** How many calls a second are answered while 32 are in flight, once the server has warmed up. */
export async function callsPerSecond(call: (n: number) => Promise<unknown>): Promise<Side["round"]> {
  await callWhile(call, calls => calls < warmUpCalls);
  return async () => {
    const began = performance.now();
    const calls = await callWhile(call, () => performance.now() - began < roundMs);
    return (calls / (performance.now() - began)) * 1000;
  };
}

/** Keeps 32 calls in flight; resolves to how many there were. */
async function callWhile(
  call: (n: number) => Promise<unknown>,
  goesOn: (calls: number) => boolean,
): Promise<number> {
  let calls = 0;
  const keepCalling = async () => {
    while (goesOn(calls)) await call(calls++);
  };
  await Promise.all(Array.from({ length: inFlight }, keepCalling));
  return calls;
}

/** The row of a list of so many objects; a list may take twice what the bare server takes for it. */
export function listRow(objects: number, goals: readonly Goal[] = []): Row {
  return {
    id: `server-list-${objects}`,
    part: "server",
    title: `A list of ${objects.toLocaleString("en")} small ConfigMaps over TLS`,
    unit: "ms",
    better: "less",
    rounds: 11,
    openSeconds: 6,
    sides: serverSides(async server => {
      await fill(server, objects);
      return () => listTime(server, objects);
    }),
    goals: [{ atMost: 2, of: [bareHttps] }, ...goals],
  };
}

/** Milliseconds until a list of so many objects has come: the median of five. */
async function listTime(server: ObjectServer, count: number): Promise<number> {
  const taken: number[] = [];
  for (let n = 0; n < 5; n++) {
    const began = performance.now();
    await server.list(count);
    taken.push(performance.now() - began);
  }
  return median(taken);
}

/** How many changes a second come to all watches together. A round ends when each has been told of each update. */
export async function changesTold(
  server: ObjectServer,
  { watches, updates }: { readonly watches: number; readonly updates: number },
): Promise<Side["round"]> {
  await server.create(nameOf(0));
  let told = 0;
  let wanted = 0;
  let allTold = () => {};
  const changed = (count: number) => {
    told += count;
    if (told >= wanted) allTold();
  };
  // The object that is there already is told to each watch first.
  for (let n = 0; n < watches; n++) await server.watch(changed);
  return async () => {
    const began = performance.now();
    wanted = told + watches * updates;
    const finished = new Promise<void>(resolve => {
      allTold = resolve;
    });
    for (let n = 0; n < updates; n++) await server.update(nameOf(0));
    await finished;
    return (watches * updates * 1000) / (performance.now() - began);
  };
}

/** Creates so many objects, `object-0` and on. */
export async function fill(server: ObjectServer, count: number): Promise<void> {
  await callWhile(
    n => server.create(nameOf(n)),
    calls => calls < count,
  );
}

export function nameOf(n: number): string {
  return `object-${n}`;
}

function mapValues<K, V, W>(map: ReadonlyMap<K, V>, change: (value: V) => W): Map<K, W> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}
