/** 50,000 hollow pods and nothing changes: what the control plane takes of one core, its resync each second included. */
import { runAlone } from "../alone.ts";
import { idleShare } from "../hollow.ts";
import { byPace } from "../pace.ts";
import type { OpenSide, Row } from "../row.ts";

const idleMs = byPace(2000, 3000, 5000);

export const row: Row = {
  id: "hollow-idle",
  part: "control-plane",
  title: "50,000 hollow pods, nothing changing: processor time",
  unit: "% of a core",
  better: "less",
  rounds: 3,
  roundSeconds: idleMs / 1_000,
  openSeconds: 15,
  sides: new Map<string, OpenSide>([["k4s", () => idleShare(50_000, idleMs)]]),
  goals: [{ atMost: 3 }],
};

await runAlone(import.meta.url, row);
