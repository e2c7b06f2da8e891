/**
 * What a thread and the main thread post to each other on the control port. The main thread only introduces: a thread
 * asks where a name leads (`resolve`) and is told of every later change unasked; it asks for a channel to one endpoint
 * (`connect`), and both ends receive a port of one new channel. Messages themselves never pass here. The calls that a
 * worker makes to the cluster (get, list, create, watch) travel on the same port as `call` and `subscribe`.
 */
import type { WireError } from "../errors/index.ts";
import type { Sender } from "./message.ts";
import type { Port } from "./ports/index.ts";
import type { RetryBudgetPolicy, TrafficPolicy, TrafficReport } from "./traffic/index.ts";

/** The number of one attached thread: never used twice, so that a restarted container gets another. 0: the main thread. */
export type PeerId = number;

/** Where a name leads now. */
export interface Route {
  /** The threads to choose from; none when nothing is ready. */
  readonly endpoints: readonly RouteEndpoint[];
  /** Why there are none, though a pod runs. */
  readonly why?: string;
  /** Of a Service: how one of them is chosen. */
  readonly traffic?: TrafficPolicy;
  /** Of a Service with an HTTPRoute: messages go where that says. */
  readonly plan?: RoutePlan;
  /** The address of this sender, by which it keeps to an endpoint. */
  readonly client: string;
  /** True: one certain pod is meant; a message is never re-routed to another. */
  readonly single: boolean;
  /** Those of the endpoints that NetworkPolicies deny to this sender, and which policies these are; undefined: none. */
  readonly denied?: readonly Denied[];
}

/** What an HTTPRoute says of messages. */
export interface RoutePlan {
  /** One of them gets the message: `to` is a name to send to, or `why` there is none. */
  readonly backends: readonly { readonly weight: number; readonly to?: string; readonly why?: string }[];
  /** These get a copy. */
  readonly mirrors: readonly { readonly to: string; readonly fraction: number }[];
  /** All tries together may take so long, each of them so long; 0 or undefined: as long as the caller waits. */
  readonly timeoutMs?: number;
  readonly attemptMs?: number;
  /** By the statuses that failures would have over HTTP. */
  readonly retry?: {
    readonly codes: readonly number[];
    readonly attempts: number;
    readonly backoffMs: number;
  };
  readonly budget: RetryBudgetPolicy;
}

/** A thread that a name leads to. */
interface RouteEndpoint {
  readonly peer: PeerId;
  /** The address of its pod. */
  readonly address: string;
}

/** A thread that may not be sent to. */
export interface Denied {
  readonly peer: PeerId;
  /** Which policy denies it, for the message of the error. */
  readonly text: string;
}

/** How a thread ended. */
export interface Exit {
  /** As in Kubernetes: 0, 1, n, 137 (killed), 143 (asked to stop). */
  readonly exitCode: number;
  /** As in containerStatuses: Completed, Error, OOMKilled, … */
  readonly reason: string;
  /** Says more, where there is more to say. */
  readonly message?: string;
}

/** From a thread to the main thread. */
export type ControlRequest =
  | { readonly type: "resolve"; readonly target: string }
  | { readonly type: "connect"; readonly peer: PeerId }
  /** A message to that thread was rejected, as NetworkPolicies deny it. Told at most once a minute for each thread. */
  | { readonly type: "denied"; readonly peer: PeerId }
  /** What the thread has under way to Services. */
  | { readonly type: "traffic"; readonly report: TrafficReport }
  /** The thread was told to stop: it gets no more introductions. */
  | { readonly type: "draining" }
  | { readonly type: "call"; readonly id: number; readonly name: string; readonly args: readonly unknown[] }
  | {
      readonly type: "subscribe";
      readonly id: number;
      readonly name: string;
      readonly args: readonly unknown[];
    }
  /** So many more items of the stream have been read. */
  | { readonly type: "read"; readonly id: number; readonly count: number }
  | { readonly type: "unsubscribe"; readonly id: number };

/** From the main thread to a thread. */
export type ControlMessage =
  /** Where a target leads: `asked`, the answer to `resolve`; and again, unasked, whenever it changes. */
  | { readonly type: "route"; readonly target: string; readonly route: Route; readonly asked: boolean }
  /** The target does not exist (any more): the error for every message to it. The next message asks again. */
  | { readonly type: "no-route"; readonly target: string; readonly error: WireError }
  /**
   * One end of a new channel to `peer`, asked for by either side. `copies`: nothing can be transferred on it. `largest`: how
   * many bytes of heap one message to the peer may take.
   */
  | {
      readonly type: "introduce";
      readonly peer: PeerId;
      readonly who: Sender;
      readonly port: Port;
      readonly copies: boolean;
      readonly largest: number;
    }
  /** The thread has ended; comes to each thread that has a channel to it or asks for one. */
  | { readonly type: "gone"; readonly peer: PeerId; readonly who: Sender; readonly exit: Exit }
  /** The thread is being stopped and gets no new channels; comes to each thread that asks for one. */
  | { readonly type: "refused"; readonly peer: PeerId; readonly who: Sender }
  /** NetworkPolicies deny messages to the thread; comes to each thread that asks for a channel to it. */
  | { readonly type: "forbidden"; readonly peer: PeerId; readonly text: string }
  /** The answer to `draining`: all introductions that there will ever be have come. */
  | { readonly type: "introduced-to-all" }
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  | { readonly type: "failed"; readonly id: number; readonly error: WireError }
  /** One item of a subscription, then its end. */
  | { readonly type: "item"; readonly id: number; readonly value: unknown }
  | { readonly type: "end"; readonly id: number; readonly error?: WireError }
  /** What the thread posted as its nth on this port could not be built again over there; n is the id of a call. */
  | { readonly type: "unread"; readonly nth: number }
  /** The cluster stops: everything pending fails with this. */
  | { readonly type: "stopping"; readonly error: WireError };
