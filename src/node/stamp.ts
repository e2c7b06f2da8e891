/** The time as it stands in a status. */
import { type Clock, timestamp } from "../outside/index.ts";

export function stamp(clock: Pick<Clock, "now">): string {
  return timestamp(clock.now());
}
