/** How a new instance gets going: it is started, its postStart hook is run, and what keeps it from running is told. */
import { messageOf } from "../../errors/index.ts";
import { type Runtime, StartFailure } from "../runtimes/index.ts";
import type { ContainerEvents } from "./container-events.ts";
import type { Instance } from "./instance.ts";

/** Why an instance did not get as far as running. */
export interface Failure {
  /** As in `state.waiting`. */
  readonly reason: StartFailure["reason"] | "PostStartHookError";
  readonly message: string;
}

/** How long a postStart hook may take. */
const postStartMs = 600_000;

/**
 * Resolves to undefined when the instance runs and its hook has succeeded, else to what has kept it from that.
 * @param isAgain whether the container has run before
 */
export async function whyNotStarted(
  instance: Instance,
  { quiet }: Runtime,
  events: ContainerEvents,
  isAgain: boolean,
): Promise<Failure | undefined> {
  try {
    await instance.started;
  } catch (error) {
    const reason = error instanceof StartFailure ? error.reason : "RunContainerError";
    const message = messageOf(error);
    if (!instance.isStopping) events.failed(message);
    return { reason, message };
  }
  if (!quiet) events.started(isAgain);
  const problem = await problemOfHook(instance);
  if (problem === undefined) return undefined;
  events.hookFailed("PostStartHook");
  return { reason: "PostStartHookError", message: problem };
}

/** The end of the instance ends the wait for its hook. */
async function problemOfHook(instance: Instance): Promise<string | undefined> {
  const postStart = instance.spec.lifecycle?.postStart;
  if (!postStart) return undefined;
  const over = instance.exited.then(() => ({ ok: true }) as const);
  const result = await Promise.race([instance.runHook(postStart, postStartMs), over]);
  return result.ok ? undefined : result.problem;
}
