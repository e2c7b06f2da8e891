/**
 * Many ports through one pipe: how a container in a child process takes part in the data plane. The IPC of a child process
 * (serialization "advanced") carries values as structured clone does, but no ports; so each port that is handed to
 * the other side becomes a number there, and a port that speaks through the tunnel.
 *
 *     main thread                                    child process
 *     port ◀─ bridge ─▶ Tunnel ════ IPC, {port, value} ════ Tunnel ◀─▶ TunnelPort
 *
 * Batches of messages, which are text, go as they are; everything else goes as the bytes of its structured clone
 * (structured-clone.ts).
 *
 * Both ends start with one port, `first`. A message on any of them whose field is a MessagePort, such as an
 * introduction, bridges that port. Everything else is copied: ArrayBuffers stay where they are, and what cannot be
 * serialized throws from postMessage, as on any port. What is posted from behind a bridge must have been tried
 * before (Outgoing does, where its port `copies`): behind the bridge there is no caller to throw at.
 */
import { MessagePort } from "node:worker_threads";
import { Fifo } from "../../outside/index.ts";
import type { Port } from "./port.ts";
import { UNREADABLE } from "./posted-bytes.ts";
import { decode, encode } from "./structured-clone.ts";

/** The pipe itself: what a ChildProcess and, in the child, `process` have in common. */
export interface Ipc {
  on(event: "message", listener: (value: unknown) => void): unknown;
  on(event: "disconnect", listener: () => void): unknown;
  /** Throws what cannot be serialized; `sent` is called with the error, if there is one, or null. */
  send?(value: unknown, sent: (error: Error | null) => void): unknown;
  /** Where it can be let go of, so that the process may end. */
  readonly channel?: { ref?(): void; unref?(): void } | null | undefined;
  readonly connected: boolean;
}

/** What goes through the pipe. The fields in `ports` stand for ports by number. Anything else there is not ours. */
interface Parcel {
  readonly k4s: number;
  /** Text, or a list that begins with text: a batch. */
  readonly value?: unknown;
  /** Any other value, by structured clone. */
  readonly bytes?: Uint8Array;
  readonly ports?: Readonly<Record<string, number>>;
  readonly closed?: true;
}

export class Tunnel {
  /** The port that is there from the beginning; its other end is the other tunnel's `first`. */
  readonly first: Port;
  readonly #ipc: Ipc;
  readonly #ports = new Map<number, TunnelPort>();
  #lastNumber: number;
  #held = 0;

  /** `side`: the main thread's end is the parent, and the only one that has ports to bridge. */
  constructor(ipc: Ipc, side: "parent" | "child") {
    this.#ipc = ipc;
    this.#lastNumber = side === "parent" ? 0 : -1;
    this.first = this.#open(0);
    ipc.on("message", parcel => this.#arrived(parcel as Parcel));
    ipc.on("disconnect", () => this.#collapse());
  }

  /** Posts on the numbered port. Throws what cannot be serialized. */
  post(number: number, value: unknown): void {
    // Batches of messages are text or arrays: only control messages have ports in their fields.
    const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
    const fields = isRecord ? Object.entries(value) : [];
    const ports = fields.filter((field): field is [string, MessagePort] => field[1] instanceof MessagePort);
    if (ports.length === 0) {
      const isBatch = typeof value === "string" || (Array.isArray(value) && value.length > 1);
      this.#send(
        isBatch || value === UNREADABLE ? { k4s: number, value } : { k4s: number, bytes: encode(value) },
      );
      return;
    }
    const rest = Object.fromEntries(fields.filter(([, item]) => !(item instanceof MessagePort)));
    const bridged = Object.fromEntries(ports.map(([field, port]) => [field, this.#bridge(port)]));
    this.#send({ k4s: number, bytes: encode(rest), ports: bridged });
  }

  /** One end of the numbered port was closed here. */
  closed(number: number): void {
    if (this.#ports.delete(number)) this.#send({ k4s: number, closed: true });
  }

  /** So many ports want the process alive. The pipe is one handle: it is held while any of them does. */
  hold(change: 1 | -1): void {
    this.#held += change;
    if (this.#held === 1 && change === 1) this.#ipc.channel?.ref?.();
    if (this.#held === 0) this.#ipc.channel?.unref?.();
  }

  #open(number: number): TunnelPort {
    const port = new TunnelPort(this, number);
    this.#ports.set(number, port);
    return port;
  }

  /** Joins a real port to a new one of the tunnel: what comes out of either goes into the other. */
  #bridge(real: MessagePort): number {
    this.#lastNumber += 2;
    const ours = this.#open(this.#lastNumber);
    ours.on("message", value => real.postMessage(value));
    ours.on("close", () => real.close());
    real.on("message", value => ours.postMessage(value));
    real.on("messageerror", () => ours.postMessage(UNREADABLE));
    real.on("close", () => ours.close());
    ours.unref();
    real.unref();
    return this.#lastNumber;
  }

  #send(parcel: Parcel): void {
    // What is posted to a process that ends is lost, as on a port: the callback takes the EPIPE of it.
    if (this.#ipc.connected) this.#ipc.send?.(parcel, () => {});
  }

  #arrived(parcel: Parcel): void {
    const port = typeof parcel?.k4s === "number" ? this.#ports.get(parcel.k4s) : undefined;
    if (port === undefined) return;
    if (parcel.closed) {
      this.#ports.delete(parcel.k4s);
      port.hasClosed();
      return;
    }
    const value = contentOf(parcel);
    // What comes from a child process may be anything: ports can be put only into an object.
    if (isPlain(value))
      for (const [field, number] of Object.entries(parcel.ports ?? {}))
        if (typeof number === "number") value[field] = this.#open(number);
    port.deliver(value);
  }

  /** The other process has ended, or disconnected. */
  #collapse(): void {
    const ports = [...this.#ports.values()];
    this.#ports.clear();
    for (const port of ports) port.hasClosed();
  }
}

/** No array and no other thing whose fields cannot be set. */
function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function contentOf({ value, bytes }: Parcel): unknown {
  if (!(bytes instanceof Uint8Array)) return value;
  try {
    return decode(bytes);
  } catch {
    return UNREADABLE;
  }
}

/** A port whose messages go through a tunnel. As a MessagePort does, it keeps what comes until there is a listener. */
class TunnelPort implements Port {
  readonly #tunnel: Tunnel;
  readonly #number: number;
  readonly #early = new Fifo<unknown>();
  readonly #onMessage: ((value: unknown) => void)[] = [];
  readonly #onUnreadable: (() => void)[] = [];
  readonly #onClose: (() => void)[] = [];
  #isOpen = true;
  #holds = false;

  constructor(tunnel: Tunnel, number: number) {
    this.#tunnel = tunnel;
    this.#number = number;
  }

  postMessage(value: unknown): void {
    if (this.#isOpen) this.#tunnel.post(this.#number, value);
  }

  on(event: "message" | "messageerror" | "close", listener: ((value: unknown) => void) | (() => void)): void {
    if (event === "close") {
      this.#onClose.push(listener as () => void);
      return;
    }
    if (event === "messageerror") {
      this.#onUnreadable.push(listener as () => void);
      return;
    }
    this.#onMessage.push(listener);
    this.ref();
    if (this.#early.length > 0) queueMicrotask(() => this.#deliverEarly());
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#tunnel.closed(this.#number);
    // As a MessagePort: `close` is reported at this end too, and not before the call returns.
    queueMicrotask(() => this.hasClosed());
  }

  ref(): void {
    if (this.#holds || !this.#isOpen) return;
    this.#holds = true;
    this.#tunnel.hold(1);
  }

  unref(): void {
    if (!this.#holds) return;
    this.#holds = false;
    this.#tunnel.hold(-1);
  }

  deliver(value: unknown): void {
    if (this.#onMessage.length === 0 || this.#early.length > 0) this.#early.push(value);
    else this.#tell(value);
  }

  hasClosed(): void {
    if (!this.#isOpen) return;
    this.#deliverEarly();
    this.unref();
    this.#isOpen = false;
    for (const listener of this.#onClose) listener();
  }

  #deliverEarly(): void {
    if (this.#onMessage.length === 0) return;
    for (const value of this.#early.drain()) this.#tell(value);
  }

  #tell(value: unknown): void {
    if (value === UNREADABLE) for (const listener of this.#onUnreadable) listener();
    else for (const listener of this.#onMessage) listener(value);
  }
}
