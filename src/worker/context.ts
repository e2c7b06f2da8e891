/**
 * What a worker function gets: the context. Its types are part of the public face of k4s (`import type { WorkerContext }
 * from "k4s"`).
 */
import type { Message, MessageApi, Peer } from "../messages/index.ts";
import { type Log, makeLog } from "./log.ts";
import type { WorkerMetrics } from "./metrics.ts";
import { parametersOf } from "./parameters.ts";
import type { Assignment, Self } from "./protocol.ts";

/** The context of a worker function whose parameters have the shape `Parameters`. */
export interface WorkerContext<Parameters = Record<string, unknown>> {
  /**
   * The messages for this container, in the order in which they arrived. Ends when the container is told to stop and
   * what had arrived is read: a function that loops over it and returns stops as it should.
   */
  readonly inbox: AsyncIterable<Message>;
  /** `spec.parameters` of the Container, or the `args` of the pod: `--precision=2` is `{ precision: 2 }`. */
  readonly parameters: Parameters;
  /** Messages to others, and the cluster's resources. */
  readonly api: WorkerApi;
  readonly log: Log;
  /** Figures of its own, for autoscalers and Prometheus. */
  readonly metrics: WorkerMetrics;
  /** Aborts at the end of the grace period, shortly before the thread is killed: the last moment to give up. */
  readonly signal: AbortSignal;
  /** Aborts as soon as the container is told to stop: for workers that do not read the inbox. */
  readonly stopping: AbortSignal;
  /** The environment of the container; process.env is the same. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly self: Self;
}

/** One thing that happened to an object, as a worker's watch tells it. */
interface WatchEvent<T = KubernetesData> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: T;
}

/** An object as a worker sees it: apiVersion, kind, metadata and whatever its kind has. */
// biome-ignore lint/suspicious/noExplicitAny: the fields of an object are those of its kind, which a worker knows and we do not.
type KubernetesData = Record<string, any>;

/**
 * `api` inside a worker: `send` and `request` as on `cluster.api`, and the same calls for resources that the cluster
 * offers outside, made in the name of the pod. Where one object is meant, the namespace defaults to the pod's own. Errors
 * are the cluster's, with their class and reason; a kind that does not exist is NotFound everywhere.
 */
export interface WorkerApi extends MessageApi {
  /** Resolves to undefined where there is none. */
  get(kind: string, name: string, namespace?: string): Promise<KubernetesData | undefined>;
  /** In the order of namespace and name; of all namespaces where none is given. BadRequest for a selector that cannot be read. */
  list(kind: string, options?: Selection): Promise<KubernetesData[]>;
  /** Resolves to the object as stored. AlreadyExists, Invalid, BadRequest, or NotFound for its namespace. */
  create(object: KubernetesData): Promise<KubernetesData>;
  /** Replaces all but the status. Conflict where it has a resourceVersion and changed since; NotFound, Invalid. */
  update(object: KubernetesData): Promise<KubernetesData>;
  /** Replaces the status and nothing else. Conflict, NotFound, Invalid, as `update`. */
  updateStatus(object: KubernetesData): Promise<KubernetesData>;
  /** Changes a part of an object: `options.type` is "merge" (default), "json" or "strategic". NotFound, BadRequest, Invalid. */
  patch(kind: string, name: string, patch: unknown, options?: Options): Promise<KubernetesData>;
  /** Asks for deletion, and resolves to the object as it was last. NotFound. */
  delete(kind: string, name: string, options?: Options): Promise<KubernetesData>;
  /** Deletes all that the selection finds; of all namespaces where none is given. Resolves to what that was. */
  deleteCollection(kind: string, options?: Options): Promise<KubernetesData[]>;
  /** Creates what is not there and changes what differs; all of the manifest or, where anything in it is wrong, nothing. */
  apply(manifest: string | KubernetesData | readonly KubernetesData[]): Promise<KubernetesData[]>;
  /**
   * What is there, as ADDED, then a BOOKMARK, then changes as they happen, until the loop is left or the signal aborts; of all
   * namespaces where none is given.
   */
  watch(kind: string, options?: Selection & { signal?: AbortSignal }): AsyncIterable<WatchEvent>;
}

type Options = Readonly<Record<string, unknown>> & { readonly namespace?: string };

/** Which objects are meant. */
interface Selection {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ContextParts {
  readonly assignment: Assignment;
  readonly peer: Peer;
  readonly metrics: WorkerMetrics;
  readonly stopping: AbortSignal;
  readonly signal: AbortSignal;
}

export function makeContext({ assignment, peer, metrics, stopping, signal }: ContextParts): WorkerContext {
  return {
    inbox: peer.inbox,
    parameters: parametersOf(assignment.args),
    api: makeApi(peer),
    log: makeLog((stream, text) => process[stream].write(text)),
    metrics,
    signal,
    stopping,
    env: process.env,
    self: assignment.self,
  };
}

/** The cluster's client does the work, in the pod's namespace and name; here the calls only take the wire. */
function makeApi(peer: Peer): WorkerApi {
  const verb =
    (name: string) =>
    (...args: readonly unknown[]) =>
      peer.call(name, args) as Promise<never>;
  return {
    send: peer.api.send,
    request: peer.api.request,
    get: verb("get"),
    list: verb("list"),
    create: verb("create"),
    update: verb("update"),
    updateStatus: verb("updateStatus"),
    deleteCollection: verb("deleteCollection"),
    patch: verb("patch"),
    delete: verb("delete"),
    apply: verb("apply"),
    watch: (kind, { signal, ...selection } = {}) =>
      peer.subscribe("watch", [kind, selection], signal) as AsyncIterable<WatchEvent>,
  };
}
