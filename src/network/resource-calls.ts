/**
 * The calls of workers to the cluster: a question and its answer by number, or a stream until its reader has had enough.
 * What the names mean is known to the cluster alone (api/worker-calls.ts).
 */
import { K4sError, toWire } from "../errors/index.ts";
import { measured } from "../messages/index.ts";
import type { Attached, Identity } from "./attachment.ts";
import type { FairTurns } from "./fair-turns.ts";
import { Subscription } from "./subscription.ts";

/** What a worker can ask the cluster for besides messages: its `api.get`, `api.watch`, … The cluster supplies it. */
export interface ResourceCalls {
  /** Resolves, or rejects, with what the worker's promise shall. `who` is the thread that asks. */
  call(who: Identity, name: string, args: readonly unknown[]): Promise<unknown>;
  /** Each item goes to the worker. The signal aborts when it has stopped listening, or has ended. */
  subscribe(
    who: Identity,
    name: string,
    args: readonly unknown[],
    signal: AbortSignal,
  ): AsyncIterable<unknown>;
}

/** Answers one call. Never throws: what the call threw goes to the worker. */
export async function answerCall(
  calls: Pick<ResourceCalls, "call">,
  turns: FairTurns<Attached>,
  attached: Attached,
  id: number,
  name: string,
  args: readonly unknown[],
): Promise<void> {
  const turn = turns.wait(attached);
  if (turn) await turn;
  try {
    const value = await calls.call(callerOf(attached), name, args);
    measured(`the answer to ${name}`, value, attached.largest);
    attached.tell({ type: "answer", id, value });
  } catch (error) {
    attached.tell({ type: "failed", id, error: toWire(error) });
  }
}

/** Tells a stream item by item, as fast as the worker reads. Never throws. */
export async function tellStream(
  calls: Pick<ResourceCalls, "subscribe">,
  turns: FairTurns<Attached>,
  attached: Attached,
  id: number,
  name: string,
  args: readonly unknown[],
): Promise<void> {
  const subscription = new Subscription(attached.largest);
  const { signal } = subscription;
  attached.subscriptions.get(id)?.stop();
  attached.subscriptions.set(id, subscription);
  const turn = turns.wait(attached);
  if (turn) await turn;
  try {
    for await (const value of calls.subscribe(callerOf(attached), name, args, signal)) {
      if (signal.aborted) break;
      subscription.add(value);
      attached.tell({ type: "item", id, value });
      await subscription.room();
    }
    attached.tell({ type: "end", id });
  } catch (error) {
    attached.tell({ type: "end", id, error: toWire(error) });
  } finally {
    if (attached.subscriptions.get(id) === subscription) attached.subscriptions.delete(id);
  }
}

function callerOf(attached: Attached): Identity {
  if (attached.identity) return attached.identity;
  throw new K4sError("InternalError", "the main thread calls the cluster itself, not over its line");
}
