/** From nothing to a first answer, once Node runs: what it costs to reach for k4s in a small script. */
import { runAlone } from "../alone.ts";
import { firstAnswerSides } from "../first-answer.ts";
import type { Row } from "../row.ts";

export const row: Row = {
  id: "first-answer",
  part: "starting",
  title: "From importing k4s to the first answer of a Ready container",
  unit: "ms",
  better: "less",
  rounds: 5,
  roundSeconds: 0.75,
  sides: firstAnswerSides("from the import"),
  note: "The same program has run before: what was found out about its image is kept for the next.",
  goals: [{ atMost: 2, of: ["raw new Worker"] }],
};

await runAlone(import.meta.url, row);
