/**
 * How a run of a controller ended, as far as it decides when the key runs next (pace.ts): what the controller returned, or of
 * what sort the error is that it threw.
 */
import { ApiError } from "../../errors/index.ts";
import { NoOutcome, type Outcome } from "../outcome.ts";
import { isOfGoingNamespace } from "../slow-start.ts";

export type RunEnd =
  /** Nothing is left to do until something changes. */
  | { readonly how: "settled" }
  | { readonly how: "again"; readonly ms: number }
  /** The controller has told why itself. */
  | { readonly how: "refused" }
  /** Another wrote first, which is everyday. */
  | { readonly how: "conflict" }
  /** Something could not be made because its namespace goes: it is never tried again. */
  | { readonly how: "given up" }
  /** The controller returned something else than an outcome. */
  | { readonly how: "no outcome"; readonly error: NoOutcome }
  | { readonly how: "failed"; readonly error: unknown };

export function endOf({ again, isRefused }: Outcome): RunEnd {
  if (isRefused) return { how: "refused" };
  return again === undefined ? { how: "settled" } : { how: "again", ms: again };
}

/** `error` is what was thrown. */
export function endByThrowing(error: unknown): RunEnd {
  try {
    if (error instanceof NoOutcome) return { how: "no outcome", error };
    if (!(error instanceof ApiError)) return { how: "failed", error };
    if (error.reason === "Conflict") return { how: "conflict" };
    return isOfGoingNamespace(error) ? { how: "given up" } : { how: "failed", error };
  } catch {
    // A controller may throw anything, a Proxy whose traps throw for one.
    return { how: "failed", error };
  }
}
