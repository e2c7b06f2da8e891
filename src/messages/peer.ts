/** A thread's end of the data plane (skeleton: signatures first). */
import type { Clock, Random } from "../outside/index.ts";
import type { Message, MessageApi } from "./message.ts";
import type { Port } from "./port.ts";

export interface PeerOptions {
  /** The line to the main thread's network (introductions.ts). The peer owns it from now on. */
  control: Port;
  clock: Clock;
  random: Random;
}

export class Peer {
  /** `send` and `request`, bound: they may be passed around. */
  readonly api: MessageApi;
  /** What others sent. Ends after `drain` when what had arrived is read, and after `close`. One reader at a time. */
  readonly inbox: AsyncIterable<Message>;

  constructor(_options: PeerOptions) {
    throw new Error("not yet");
  }

  /** Told to stop: every sender is asked to send no more; the inbox ends when what had arrived is read. */
  drain(): void {}

  /** Resolves once everything that was sent or replied so far has been posted. */
  async flushed(): Promise<void> {}

  /** The end: pending requests fail with ClusterStopping (or with `error`), the inbox ends, ports close. Safe to call twice. */
  close(_error?: Error): void {}

  /** Calls a function of the cluster by name: get, list, create, … Rejects with the error that it threw. */
  call(_name: string, _args: readonly unknown[]): Promise<unknown> {
    throw new Error("not yet");
  }

  /** A stream of the cluster by name: watch. Leaving the loop, or the signal, ends it at the other side. */
  subscribe(_name: string, _args: readonly unknown[], _signal?: AbortSignal): AsyncIterable<unknown> {
    throw new Error("not yet");
  }

  /** Lets the thread end although the peer is open (`false`), or holds it alive while it is (`true`, the default). */
  hold(_alive: boolean): void {}
}
