/**
 * One thread that takes part, as the network knows it: who it is, the control port to it, and what it wants to hear of.
 */
import {
  type ControlMessage,
  type ControlRequest,
  type Exit,
  LARGEST_TO_MAIN,
  largestTo,
  type PeerId,
  type Port,
  type Route,
  type Sender,
} from "../messages/index.ts";
import type { Subscription } from "./subscription.ts";

/** The identity of a thread, told by the node that has started it. */
export interface Identity {
  readonly namespace: string;
  readonly pod: string;
  /** The pod's uid. */
  readonly uid: string;
  /** The service account under which the pod runs. */
  readonly account: string;
  readonly container: string;
  /** True where the thread is in another process: what crosses is copied, never transferred. */
  readonly copies?: boolean;
  /** The limit of its memory, in bytes; that of a container without one where left out. What it may be sent follows from it. */
  readonly memoryBytes?: number | undefined;
  /** The channel on which the threads of its cluster say farewell (farewell-relay.ts); nothing is passed on where left out. */
  readonly farewells?: string;
}

/** What a node keeps of a container that takes part in the data plane. */
export interface Attachment {
  readonly id: PeerId;
  /**
   * The thread has ended, or is about to be killed: those that wait for an answer from it are told why. Call it as soon as the
   * end and its reason are known, once for each attachment; calling it again does nothing.
   */
  detach(exit: Exit): void;
}

/** What is otherwise about a thread that another process has (far/). */
export interface FarEnd {
  /** The other process is asked to introduce a thread of this one to it. */
  connect(from: Attached): void;
  /** Whether it is of the pod that it says, and that pod its process' to have; undefined while the pod is not known here. */
  isGenuine(): boolean | undefined;
}

/** A name that a thread has asked for, and what it was told. */
export interface Interest {
  readonly attached: Attached;
  readonly target: string;
  /** The objects on which the route depends, as `namespace/name`. */
  readonly names: readonly string[];
  /** The uids of the pods that the route leads to, attached or not. */
  pods: readonly string[];
  /** The last answer; undefined until the first. */
  told: Route | undefined;
  /** The thread waits for an answer. */
  isAsked: boolean;
}

export class Attached {
  readonly id: PeerId;
  /** Absent for the main thread itself. */
  readonly identity: Identity | undefined;
  readonly who: Sender;
  readonly interests = new Map<string, Interest>();
  /** How many bytes of heap what is sent to it may take at once. */
  readonly largest: number;
  /** The threads that this one has been introduced to. */
  readonly connectedTo = new Set<PeerId>();
  /** The streams that it has open, by their number. */
  readonly subscriptions = new Map<number, Subscription>();
  /** It is introduced to no other thread: it was told to stop, or its control port is closed. */
  isLeaving = false;
  /** Where another process has it. */
  readonly far: FarEnd | undefined;
  readonly #port: Port;

  constructor(id: PeerId, identity: Identity | undefined, port: Port, far?: FarEnd) {
    this.id = id;
    this.far = far;
    this.identity = identity;
    this.#port = port;
    this.largest = identity ? largestTo(identity.memoryBytes) : LARGEST_TO_MAIN;
    this.who = identity
      ? { cluster: false, namespace: identity.namespace, pod: identity.pod, container: identity.container }
      : { cluster: true };
  }

  get namespace(): string {
    return this.identity?.namespace ?? "default";
  }

  get copies(): boolean {
    return this.identity?.copies === true;
  }

  listen(heard: (asked: ControlRequest) => void, closed: () => void): void {
    let count = 0;
    this.#port.on("message", asked => {
      count++;
      if (isQuestion(asked)) heard(asked);
    });
    this.#port.on("messageerror", () => this.tell({ type: "unread", nth: ++count }));
    this.#port.on("close", closed);
    // The thread holds the process alive, not the port to it.
    this.#port.unref();
  }

  tell(told: ControlMessage, port?: Port): void {
    this.#port.postMessage(told, port && [port as import("node:worker_threads").MessagePort]);
  }

  close(): void {
    for (const subscription of this.subscriptions.values()) subscription.stop();
    this.#port.close();
  }
}

/** A thread runs foreign code, which can get hold of its ports: what is no question is nothing. */
function isQuestion(asked: unknown): asked is ControlRequest {
  if (typeof asked !== "object" || asked === null) return false;
  const { type, target, peer, report, id, name, args, count } = asked as Record<string, unknown>;
  switch (type) {
    case "resolve":
      return typeof target === "string";
    case "connect":
    case "denied":
      return typeof peer === "number";
    case "traffic":
      return typeof report === "object" && report !== null;
    case "call":
    case "subscribe":
      // It goes back with the answer, and a port, for one, cannot.
      return typeof id === "number" && typeof name === "string" && Array.isArray(args);
    case "read":
      return typeof id === "number" && typeof count === "number";
    case "unsubscribe":
      return typeof id === "number";
    default:
      return type === "draining";
  }
}
