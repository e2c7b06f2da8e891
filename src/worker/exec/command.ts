/** A command that exec can run inside a container, and what it finds there. */
import type { ExecSession } from "./session.ts";

/** Resolves to the exit code; what it throws is printed, and is 1. */
export type Command = (
  args: readonly string[],
  session: ExecSession,
  world: ExecWorld,
) => number | Promise<number>;

export interface ExecWorld {
  /** The module that the container runs: what a command requires is looked up from there. */
  readonly filename: string;
  /** Sends the container itself a message. */
  request(body: unknown, signal: AbortSignal): Promise<unknown>;
}
