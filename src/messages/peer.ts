/**
 * A thread's end of the data plane. The main thread has one too, and differs in nothing: a Peer has an outbox, which
 * knows where names lead, a channel to every thread that it talks to, and one inbox for what they send. It asks the main
 * thread only for introductions, on the control port; then the threads talk directly.
 *
 * A message's way: `request` makes a PendingMessage with a deadline, the Target chooses a Channel, the Channel writes it into
 * its batch. Where one of the three cannot go on (the name not resolved, the channel not open, the inbox full) the message
 * waits there, with a snapshot of its body, and goes on when that changes. Whatever happens, it is settled once: by the
 * answer, its deadline, its signal, the end of the other thread, or ours.
 */
import { fromWire, MessageError } from "../errors/index.ts";
import type { Clock, Random } from "../outside/index.ts";
import { Calls } from "./calls.ts";
import { Channels } from "./channels/index.ts";
import { checkedApi } from "./checked-api.ts";
import type { ControlMessage, ControlRequest } from "./introductions.ts";
import type { Message, MessageApi } from "./message.ts";
import type { Port } from "./ports/index.ts";
import { Inbox, type Incoming, Unanswered } from "./receiving/index.ts";
import { Outbox } from "./routing/index.ts";
import { again } from "./sending/index.ts";
import { TrafficBook, type TrafficReport } from "./traffic/index.ts";

export interface PeerOptions {
  /** The port to the main thread's network (introductions.ts). The peer owns it from now on. */
  control: Port;
  clock: Clock;
  random: Random;
}

export class Peer {
  /** `send` and `request`, bound: they may be passed around. */
  readonly api: MessageApi;
  /** What others sent. Ends after `drain` when what had arrived is read, and after `close`. */
  readonly inbox: AsyncIterable<Message>;

  /** What this thread has under way to Services. */
  readonly traffic: TrafficBook;
  readonly #control: Port;
  /** How many questions have been posted to the main thread. */
  #asked = 0;
  readonly #calls: Calls;
  readonly #incoming = new Inbox<Incoming>();
  readonly #channels: Channels;
  readonly #outbox: Outbox;
  readonly #unanswered = new Unanswered();
  #isDraining = false;
  #hasMetAll = false;
  #isClosed = false;

  constructor({ control, clock, random }: PeerOptions) {
    this.#control = control;
    const peer = this;
    this.#calls = new Calls({
      get asked() {
        return peer.#asked;
      },
      ask: asked => this.#ask(asked),
    });
    this.#channels = new Channels(clock, this.#incoming, this.#unanswered, {
      wanted: peer => this.#ask({ type: "connect", peer }),
      left: channel => this.#outbox.leave(channel),
      undelivered: (pending, error) => this.#outbox.undelivered(pending, error),
      heardLast: () => this.#endInboxIfComplete(),
    });
    this.traffic = new TrafficBook({
      clock,
      random,
      report: report => this.#ask({ type: "traffic", report }),
    });
    this.#outbox = new Outbox({ clock, random, traffic: this.traffic }, this.#channels, {
      resolve: target => this.#ask({ type: "resolve", target }),
      denied: peer => this.#ask({ type: "denied", peer }),
    });
    this.inbox = this.#incoming;
    this.api = checkedApi(this.#outbox);
    control.on("message", message => this.#take(message as ControlMessage));
    control.on("close", () => this.close());
  }

  /** Told to stop: every sender is asked to send no more; the inbox ends when what had arrived is read. */
  drain(): void {
    if (this.#isDraining || this.#isClosed) return;
    this.#isDraining = true;
    this.#ask({ type: "draining" });
    this.#channels.drain();
    this.#endInboxIfComplete();
  }

  /**
   * Resolves when every request that was read from the inbox has been answered, or its answer is not awaited any more.
   * For a worker that handles messages side by side, and whose loop over the inbox ends before its last answers.
   */
  answered(): Promise<void> {
    return this.#unanswered.none();
  }

  /** Posts what was sent and answered in this turn, without waiting for its end. */
  flush(): void {
    this.#channels.flush();
  }

  /**
   * The end: what was answered is posted, what was not read goes back to its sender, what is pending fails with `error`
   * (ClusterStopping where left out), and every channel is closed. Safe to call twice.
   */
  close(error = new MessageError("ClusterStopping", "the cluster, or this part of it, is stopping")): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const message of this.#incoming.abandon()) message.giveBack();
    this.#outbox.close(error);
    this.#channels.close(handled => again(error, handled));
    this.#calls.close(error);
    this.traffic.close();
    this.#control.close();
  }

  /** Calls a function of the cluster by name: get, list, create, … Rejects with the error that it threw. */
  call(name: string, args: readonly unknown[]): Promise<unknown> {
    return this.#calls.call(name, args);
  }

  /** A stream of the cluster by name: watch. Leaving the loop, or the signal, ends it at the other side too. */
  subscribe(name: string, args: readonly unknown[], signal?: AbortSignal): AsyncIterableIterator<unknown> {
    return this.#calls.subscribe(name, args, signal);
  }

  /** Tells the main thread what was sent to Services, as another book than `traffic` has it. */
  reportTraffic(report: TrafficReport): void {
    this.#ask({ type: "traffic", report });
  }

  /** Lets the thread end although the peer is open (`false`), or holds it alive while it is (`true`, as at first). */
  hold(alive: boolean): void {
    if (alive) this.#control.ref();
    else this.#control.unref();
  }

  #ask(asked: ControlRequest): void {
    this.#control.postMessage(asked);
    this.#asked++;
  }

  /** A message from the main thread. */
  #take(told: ControlMessage): void {
    if (this.#isClosed || this.#calls.heard(told)) return;
    switch (told.type) {
      case "route":
        this.#outbox.lead(told.target, told.route, told.asked);
        break;
      case "no-route":
        this.#outbox.leadNowhere(told.target, told.error);
        break;
      case "introduce":
        this.#channels.meet(told);
        break;
      case "gone":
        this.#channels.gone(told);
        break;
      case "refused":
        this.#channels.refused(told);
        break;
      case "forbidden":
        this.#channels.forbidden(told);
        break;
      case "introduced-to-all":
        this.#hasMetAll = true;
        this.#endInboxIfComplete();
        break;
      case "stopping":
        this.close(fromWire(told.error) as MessageError);
        break;
    }
  }

  /** After `drain`: no new channel can come, and all that are known have sent their last message. */
  #endInboxIfComplete(): void {
    if (!this.#isDraining || !this.#hasMetAll || this.#incoming.hasEnded) return;
    if (this.#channels.haveHeardLast) this.#incoming.end();
  }
}
