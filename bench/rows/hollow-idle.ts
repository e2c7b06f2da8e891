/** 50,000 hollow pods and nothing changes: what the control plane takes of one core, its resync each second included. */
import { runAlone } from "../alone.ts";
import { idleShare } from "../hollow.ts";
import { isQuick } from "../pace.ts";
import type { OpenSide, Row } from "../row.ts";

export const row: Row = {
  id: "hollow-idle",
  part: "control-plane",
  title: "50,000 hollow pods, nothing changing: processor time",
  unit: "% of a core",
  better: "less",
  rounds: 3,
  sides: new Map<string, OpenSide>([["k4s", () => idleShare(50_000, isQuick ? 2000 : 5000)]]),
  goals: [{ atMost: 3 }],
};

await runAlone(import.meta.url, row);
