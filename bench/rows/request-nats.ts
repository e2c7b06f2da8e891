/** Requests to a thread of another process by way of NATS, 64 in flight, beside a bare loop of NATS' own request. */
import { runAlone } from "../alone.ts";
import { bareNats, natsSides } from "../nats-sides.ts";
import { roundMs } from "../pace.ts";
import type { Row } from "../row.ts";

export const row: Row = {
  id: "request-nats",
  part: "messages",
  title: "Requests to another process over NATS, small object, 64 in flight",
  unit: "answers/s",
  better: "more",
  rounds: 9,
  openSeconds: 8,
  sides: natsSides({ inFlight: 64, ms: roundMs }),
  goals: [{ atLeast: 0.8, of: [bareNats] }],
};

await runAlone(import.meta.url, row);
