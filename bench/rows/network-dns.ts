/** DNS answers to a program in a pod, from the directory that its thread has. */
import { runAlone } from "../alone.ts";
import { podsSide } from "../network-sides.ts";
import { roundMs } from "../pace.ts";
import type { OpenSide, Row } from "../row.ts";

export const row: Row = {
  id: "network-dns",
  part: "network",
  title: "dns.resolve4 of a Service in a pod, 32 in flight",
  unit: "answers/s",
  better: "more",
  rounds: 9,
  sides: new Map<string, OpenSide>([["k4s", podsSide("dns", { inFlight: 32, ms: roundMs })]]),
  goals: [{ atLeast: 20_000 }],
};

await runAlone(import.meta.url, row);
