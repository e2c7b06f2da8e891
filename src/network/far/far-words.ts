/**
 * What two processes tell each other of their threads. It comes from another machine, which may be of another mind: what is none of this is
 * nothing.
 */
import type { Exit, PeerId, TrafficReport } from "../../messages/index.ts";
import { fieldsOf } from "../../outside/index.ts";
import type { Identity } from "../attachment.ts";

/** On the port of the processes themselves. */
export type Told =
  /** A thread is attached; the main thread where it has no identity. */
  | { readonly type: "thread"; readonly id: PeerId; readonly identity?: Identity }
  /** It takes no more messages. */
  | { readonly type: "leaving"; readonly id: PeerId }
  /** What it has sent to Services by now; told to the control plane, which has the sums. */
  | { readonly type: "traffic"; readonly id: PeerId; readonly report: TrafficReport }
  /** It has ended. */
  | { readonly type: "gone"; readonly id: PeerId; readonly exit: Exit };

/** A thread of who asks wants a port to one of who is asked. */
export interface Asking {
  readonly from: PeerId;
  readonly to: PeerId;
}

/** Why there is no port. */
export type Answer =
  | { readonly why: "gone"; readonly exit: Exit }
  | { readonly why: "leaving" }
  | { readonly why: "forbidden"; readonly text: string }
  /** Both have asked: it comes by the other question. */
  | { readonly why: "crossed" };

export function toldIn(value: unknown): Told | undefined {
  const { type, id, identity, exit, report } = fieldsOf(value);
  if (!isId(id)) return undefined;
  if (type === "leaving") return { type, id };
  if (type === "gone") return { type, id, exit: exitIn(exit) };
  // What is in it is looked at where it is counted, as of threads here.
  if (type === "traffic") return { type, id, report: fieldsOf(report) as unknown as TrafficReport };
  if (type !== "thread") return undefined;
  if (identity === undefined) return { type, id };
  const known = identityIn(identity);
  return known && { type, id, identity: known };
}

export function isAsking(value: unknown): value is Asking {
  const { from, to } = fieldsOf(value);
  return isId(from) && isId(to);
}

export function answerIn(value: unknown): Answer | undefined {
  const { why, exit, text } = fieldsOf(value);
  if (why === "gone") return { why, exit: exitIn(exit) };
  if (why === "forbidden") return { why, text: String(text) };
  return why === "leaving" || why === "crossed" ? { why } : undefined;
}

function identityIn(value: unknown): Identity | undefined {
  const { namespace, pod, uid, account, container, memoryBytes } = fieldsOf(value);
  if (!isText(namespace) || !isText(pod) || !isText(uid) || !isText(account) || !isText(container))
    return undefined;
  const known = { namespace, pod, uid, account, container };
  return typeof memoryBytes === "number" ? { ...known, memoryBytes } : known;
}

function exitIn(value: unknown): Exit {
  const { exitCode, reason, message } = fieldsOf(value);
  const known = {
    exitCode: typeof exitCode === "number" ? exitCode : 0,
    reason: isText(reason) ? reason : "Unknown",
  };
  return isText(message) ? { ...known, message } : known;
}

function isId(value: unknown): value is PeerId {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
