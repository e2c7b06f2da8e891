/** The time as it stands in a status. Thousands of pods report in one second: its text is made once. */
import { type Clock, timestamp } from "../outside/index.ts";

let second = -1;
let text = "";

export function stamp(clock: Pick<Clock, "now">): string {
  const now = Math.floor(clock.now() / 1_000);
  if (now !== second) {
    second = now;
    text = timestamp(now * 1_000);
  }
  return text;
}
