/**
 * How a run of a controller ends. A controller in JavaScript may return anything, or forget to return: what is no outcome is
 * told and slowed down like a failure (loop.ts), and never taken for one.
 */
import { K4sError, thrownMessage } from "../errors/index.ts";

/** How a run ends, unless it throws (then it is tried again, later each time). */
export type Outcome = { readonly again?: number; readonly isRefused?: true };

/** Nothing left to do until something changes. */
export const settled: Outcome = {};

/**
 * Look again after so many milliseconds (0 or more, finite), whatever happens until then; at once where 0, for the same reason as
 * now. A controller that asks for less than 10 ms again and again, and writes nothing, is slowed down (idle-runs.ts).
 */
export function again(ms: number): Outcome {
  return { again: ms };
}

/**
 * Something was refused (a name is taken, a quota is used up), and the controller has told so, in a condition and an event:
 * look again as after a failure, later each time, but without a report of a fault.
 */
export const refused: Outcome = { isRefused: true };

/** Throws BadRequest where the value is no outcome. `call` is what returned it. */
export function checkedOutcome(value: unknown, call: "reconcile" | "gone"): Outcome {
  const fault = faultOf(value);
  if (fault === undefined) return value as Outcome;
  throw new NoOutcome("BadRequest", `${call} ${fault}: it must return settled, again(ms) or refused`);
}

/** What was returned is no outcome. */
export class NoOutcome extends K4sError {}

function faultOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return `returned ${thrownMessage(value)}, which is no outcome`;
  const { again: ms, isRefused, ...rest } = value as Record<string, unknown>;
  const [stray] = Object.keys(rest);
  if (stray !== undefined) return `returned an outcome with ${JSON.stringify(stray)}, which none has`;
  if (isRefused !== undefined && isRefused !== true) return `returned isRefused: ${thrownMessage(isRefused)}`;
  if (ms === undefined) return undefined;
  if (isRefused) return "returned both again and isRefused";
  if (typeof ms === "number" && Number.isFinite(ms) && ms >= 0) return undefined;
  return `returned again(${thrownMessage(ms)}), which is no time in milliseconds`;
}
