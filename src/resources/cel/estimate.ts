/**
 * What is known of the value of a part of an expression before it is run: its type, its largest size, what it costs to get it.
 * Estimates of whole expressions (estimated-cost.ts) are put together from these.
 */
import type { SizedType } from "./sized-types.ts";

export interface Estimate {
  readonly cost: number;
  /** Undefined where anything may be there. */
  readonly type: SizedType | undefined;
  /** The most elements, or characters; infinite where nothing says. */
  readonly size: number;
  /** The same of each of its elements. */
  readonly entrySize: number;
  /** Whether it is a part of the object, so that the schema says how large its own parts are. */
  readonly isPart: boolean;
}

const unknown = Number.POSITIVE_INFINITY;

export const anything: SizedType | undefined = undefined;
export const truth: SizedType = { kind: "scalar", most: 0, fewestBytes: 4 };
export const text: SizedType = { kind: "string", most: unknown, fewestBytes: 2 };

export function listOf(element: SizedType | undefined): SizedType {
  return { kind: "list", most: unknown, fewestBytes: 2, ...(element && { element }) };
}

/** What is made on the way, and is no part of the object. */
export function made(
  cost: number,
  type: SizedType | undefined,
  size = type?.kind === "scalar" ? 1 : unknown,
  entrySize = unknown,
): Estimate {
  return { cost, type, size, entrySize, isPart: false };
}

/** A part of the object. */
export function part(cost: number, type: SizedType): Estimate {
  return { cost, type, size: type.most, entrySize: unknown, isPart: true };
}

/** Whole units, as many as it takes. */
export function perUnit(size: number, cost: number): number {
  return Math.ceil(times(size, cost));
}

/** A product: nothing stays nothing, however often it is taken. */
export function times(count: number, cost: number): number {
  return count === 0 || cost === 0 ? 0 : count * cost;
}
