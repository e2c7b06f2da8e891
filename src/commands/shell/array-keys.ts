/** Which element of an array is meant. */
import { arithmetic } from "./arithmetic.ts";
import type { ShellState } from "./state.ts";

/** A number, which may be computed and is from the end where it is negative; of a map any text. */
export function keyIn(name: string, text: string, state: ShellState): string {
  if (state.associative.has(name)) return text;
  const number = arithmetic(text, state);
  if (number >= 0) return String(number);
  const last = Math.max(-1, ...state.entriesOf(name).map(([key]) => Number(key)));
  return String(last + 1 + number);
}
