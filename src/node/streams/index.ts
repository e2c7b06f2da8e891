/** The door of streams/: what comes out of a container and goes into it, as bytes. */
export { ContainerOutput } from "./container-output.ts";
export { PodPorts } from "./dial.ts";
export type { Log, LogOptions } from "./log.ts";
export { LogReading } from "./log-reading.ts";
export {
  brokenOff,
  endedSession,
  LocalSession,
  notRunning,
  type Session,
  type SessionExit,
  type SessionOutput,
} from "./session.ts";
