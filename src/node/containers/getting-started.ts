/** How a new instance gets going: it is started, its postStart hook is run, and what keeps it from running is told. */

import { type Runtime, StartFailure } from "../runtimes/runtime.ts";
import type { Instance } from "./instance.ts";
import type { TellOf } from "./surroundings.ts";

/** Why an instance did not get as far as running. */
export interface Failure {
  /** As in `state.waiting`. */
  readonly reason: StartFailure["reason"] | "PostStartHookError";
  readonly message: string;
}

/** How long a postStart hook may take. */
const postStartMs = 600_000;

/** Resolves when the instance runs and its hook is through, or to what has kept it from that. */
export async function whyNotStarted(
  instance: Instance,
  { quiet }: Runtime,
  tell: TellOf,
): Promise<Failure | undefined> {
  try {
    await instance.started;
  } catch (error) {
    const reason = error instanceof StartFailure ? error.reason : "RunContainerError";
    const message = error instanceof Error ? error.message : String(error);
    if (!instance.isStopping) tell("Warning", "Failed", `Error: ${message}`);
    return { reason, message };
  }
  if (!quiet) tell("Normal", "Started", "Container started");
  const problem = await problemOfHook(instance);
  if (problem === undefined) return undefined;
  const message = `PostStartHook failed: ${problem}`;
  tell("Warning", "FailedPostStartHook", message);
  return { reason: "PostStartHookError", message };
}

/** Nobody waits for the hook of an instance that has ended meanwhile. */
async function problemOfHook(instance: Instance): Promise<string | undefined> {
  const postStart = instance.spec.lifecycle?.postStart;
  if (!postStart) return undefined;
  const over = instance.exited.then(() => ({ ok: true }) as const);
  const answer = await Promise.race([instance.ask(postStart, postStartMs), over]);
  return answer.ok ? undefined : answer.problem;
}
