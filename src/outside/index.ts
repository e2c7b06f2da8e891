/** The door of outside/: time and chance, which come in from outside everywhere. */
export { type Clock, realClock, type Timer, timestamp } from "./clock.ts";
export { type Random, realRandom, seededRandom } from "./random.ts";
export { VirtualClock } from "./virtual-clock.ts";
