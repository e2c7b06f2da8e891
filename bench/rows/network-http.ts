/** A program in one pod calls a server in another by the name of its Service, with node:http. */
import { runAlone } from "../alone.ts";
import { podsSide, rawHttpSide } from "../network-sides.ts";
import { roundMs } from "../pace.ts";
import { inFlight, loadPeer, peerSide, poolNames } from "../peers.ts";
import type { OpenSide, Row } from "../row.ts";
import type { Load } from "../workers/load.mjs";

const load: Load = { inFlight: 32, ms: roundMs };

const interceptor = "undici-thread-interceptor";
const hasInterceptor = poolNames.includes(interceptor);
const openInterceptor: OpenSide = async () =>
  peerSide(await loadPeer(interceptor, "undiciThreadInterceptor"), 1, inFlight(load));

export const row: Row = {
  id: "network-http",
  part: "network",
  title: "node:http from one pod to a Service by name, 32 in flight",
  unit: "answers/s",
  better: "more",
  rounds: 9,
  openSeconds: 3,
  sides: new Map<string, OpenSide>([
    ["k4s", podsSide("http", load)],
    ["raw, loopback TCP", rawHttpSide("rawHttpTcp", load)],
    ...(hasInterceptor ? [[interceptor, openInterceptor] as const] : []),
  ]),
  goals: [
    { atLeast: 1, of: ["raw, loopback TCP"] },
    ...(hasInterceptor ? [{ atLeast: 4, of: [interceptor] }] : []),
  ],
  note: "By hand: the same server and client in two threads. The interceptor needs Node 22.",
};

await runAlone(import.meta.url, row);
