/**
 * What a worker may ask of the cluster besides messages: the verbs of the Client, called from inside a thread, in the
 * worker's own namespace and signed with its pod's name. `watch` is the one that answers with a stream. It asks as the service
 * account that its pod had when it was started, and only as long as that pod is there.
 */
import { ApiError } from "../errors/index.ts";
import { serviceAccountUser } from "../store/index.ts";
import type { WatchSelection } from "./call-options.ts";
import { Client, type ClientParts } from "./client.ts";

/**
 * So many events of a worker's watch may wait here, besides those that it has been sent. A worker that reads on after it was
 * busy gets them, and must have the memory for them.
 */
const MOST_UNREAD = 4_000;

/** The verbs, and no other method of Client. */
const verbs = [
  ...(["apply", "get", "list", "create", "update", "updateStatus", "patch", "delete"] as const),
  "deleteCollection",
] as const;
type Verb = (typeof verbs)[number];

interface Caller {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly account: string;
}

export class WorkerCalls {
  readonly #parts: ClientParts;

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  async call(who: Caller, name: string, args: readonly unknown[]): Promise<unknown> {
    const verb = verbs.find(verb => verb === name);
    if (!verb)
      throw new ApiError(
        "MethodNotAllowed",
        `a worker cannot call "${name}"; it can ${verbs.join(", ")}, watch`,
      );
    const client: Record<Verb, (...args: never[]) => Promise<unknown>> = this.#clientOf(who);
    return client[verb](...(args as never[]));
  }

  async *subscribe(
    who: Caller,
    name: string,
    args: readonly unknown[],
    signal: AbortSignal,
  ): AsyncIterable<unknown> {
    if (name !== "watch")
      throw new ApiError("MethodNotAllowed", `a worker cannot subscribe to "${name}", only to watch`);
    const [kind, selection] = args;
    // What is no object stays that, and is refused as everywhere.
    const isObject = selection === undefined || (typeof selection === "object" && selection !== null);
    const options = isObject ? { ...selection, signal, limit: MOST_UNREAD } : (selection as WatchSelection);
    yield* this.#clientOf(who).watch(kind as string, options);
  }

  /** Throws Unauthorized for a worker whose pod is gone: another of its name is another. */
  #clientOf({ namespace, pod, uid, account }: Caller): Client {
    if (this.#parts.store.get("Pod", namespace, pod)?.metadata.uid !== uid)
      throw new ApiError("Unauthorized", `the pod ${namespace}/${pod} of this worker is gone`);
    const user = serviceAccountUser(namespace, account);
    return new Client(this.#parts, { actor: `pod/${namespace}/${pod}`, user, manager: "worker" }, namespace);
  }
}
