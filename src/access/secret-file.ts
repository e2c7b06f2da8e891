/** Keeps a secret for the next start, readable for its owner alone. */
import { writeIfPossible } from "../outside/index.ts";

/** Where it cannot be kept, it is made anew the next time. */
export function writeSecret(place: string, text: string): void {
  writeIfPossible(place, text, 0o600);
}
