/** The same script as a person runs it: the time that Node itself needs to start is in it, on both sides. */
import { runAlone } from "../alone.ts";
import { firstAnswerSides } from "../first-answer.ts";
import type { Row } from "../row.ts";

export const row: Row = {
  id: "first-answer-process",
  part: "starting",
  title: "From starting the process to the first answer of a Ready container",
  unit: "ms",
  better: "less",
  rounds: 5,
  roundSeconds: 0.75,
  sides: firstAnswerSides("the whole process"),
  note: "The same program has run before, for a second, as above.",
  goals: [{ atMost: 2, of: ["raw new Worker"] }],
};

await runAlone(import.meta.url, row);
