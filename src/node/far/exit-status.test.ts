/** What a node says of the end of a command, and what is none of that. */
import { expect, test } from "vitest";
import { exitIn } from "./exit-status.ts";

const failure = (more: object) => JSON.stringify({ status: "Failure", ...more });
const causes = (...list: unknown[]) => ({ details: { causes: list } });

test.each<[string, ReturnType<typeof exitIn>]>([
  ['{"status":"Success"}', { exitCode: 0 }],
  [failure({ reason: "NonZeroExitCode", ...causes({ reason: "ExitCode", message: "7" }) }), { exitCode: 7 }],
  [failure({ message: "error executing command in container: no" }), { exitCode: 126, message: "no" }],
  [failure({ reason: "NonZeroExitCode", message: "?" }), { exitCode: 126, message: "?" }],
  [failure({ message: "m", details: { causes: "none" } }), { exitCode: 126, message: "m" }],
  [failure({ message: "m", ...causes(null) }), { exitCode: 126, message: "m" }],
  ["no JSON", undefined],
  ["null", undefined],
  ["7", undefined],
  ["{}", undefined],
])("%s", (text, expected) => {
  expect(exitIn(text)).toEqual(expected);
});
