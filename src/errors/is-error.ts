/**
 * Whether something is an error, also one of another realm (node:vm), which is an instance of that realm's Error and of none
 * of ours.
 */
import { types } from "node:util";

export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || types.isNativeError(value);
  } catch {
    // A Proxy whose traps throw, or an Error that has been replaced.
    return types.isNativeError(value);
  }
}
