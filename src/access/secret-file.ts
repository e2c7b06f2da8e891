/** Keeps a secret for the next start, readable for its owner alone. */
import { chmodSync } from "node:fs";
import { writeIfPossible } from "../outside/index.ts";

/** Where it cannot be kept, it is made anew the next time. */
export function writeSecret(place: string, text: string): void {
  writeIfPossible(place, text);
  try {
    chmodSync(place, 0o600);
  } catch {
    // It could not be written, so there is nothing to protect.
  }
}
