/** What comes from outside through an Ingress to one pod, beside proxies that do nothing else. */
import { runAlone } from "../alone.ts";
import { hasNginx, ingressSide, proxySide } from "../ingress-sides.ts";
import { roundMs } from "../pace.ts";
import type { Goal, OpenSide, Row } from "../row.ts";
import type { Load } from "../workers/load.mjs";

const load: Load = { inFlight: 64, ms: roundMs };

const withNginx = hasNginx();
const nginxGoals: readonly Goal[] = withNginx ? [{ atLeast: 0.7, of: ["nginx"] }] : [];

export const row: Row = {
  id: "ingress",
  part: "network",
  title: "Through an Ingress to one pod, small answers, 64 connections",
  unit: "answers/s",
  better: "more",
  rounds: 9,
  openSeconds: 8,
  sides: new Map<string, OpenSide>([
    ["k4s", ingressSide(load)],
    ["httpxy", proxySide("httpxyProxy", load)],
    ...(withNginx ? [["nginx", proxySide("nginxProxy", load)] as const] : []),
  ]),
  goals: [{ atLeast: 0.9, of: ["httpxy"] }, ...nginxGoals],
  note: withNginx
    ? "httpxy and nginx, with one worker, are processes of their own."
    : "httpxy is a process of its own. nginx, of which k4s is to reach 0.7, is not installed on this machine and was not measured.",
};

await runAlone(import.meta.url, row);
