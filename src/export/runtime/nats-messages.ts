/**
 * Messages over NATS for one exported container: its inbox, and `send` and `request` to others. It listens to its pod's name at once, and
 * to the Services that select it while it is ready; told to stop, it leaves them first, and then reads what had arrived to its end.
 */
import { randomUUID } from "node:crypto";
import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";
import { MessageError, toWire } from "../../errors/index.ts";
import { checkedApi, Inbox, type Message, type MessageApi } from "../../messages/index.ts";
import { type Clock, Deferred } from "../../outside/index.ts";
import { type AnswerFrame, answerIn, encoded, largeIn, lookIn, requestIn, unansweredIn } from "./frames.ts";
import { IncomingMessage } from "./incoming.ts";
import { HeldPayloads, pulled, saysNobody } from "./large-payloads.ts";
import { type Line, Outgoing } from "./outgoing.ts";
import { instanceSubject, podSubject, queueGroup, serviceSubject } from "./subjects.ts";

/** Who this container is, and how it is reached. */
export interface Reached {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** As what k4s knew it, where that was not the pod's name. */
  readonly name: string | undefined;
  readonly services: readonly string[];
}

/** So many messages are taken in before they are read; the senders of more wait. */
const mostUnread = 256;
/** So long an answer that could not be sent waits for who asks for it, after which it is lost. */
const keptMs = 60_000;
/** So long an instance may take to say what it has; it is asked again then. */
const lookMs = 2_000;

export class NatsMessages {
  readonly api: MessageApi;
  readonly #nats: NatsConnection;
  readonly #self: Reached;
  readonly #instance = randomUUID();
  readonly #answersAt = `_INBOX.k4s.${this.#instance}`;
  readonly #inbox = new Inbox<IncomingMessage>();
  readonly #outgoing: Outgoing;
  readonly #clock: Clock;
  readonly #ofPod: readonly Subscription[];
  #ofServices: Subscription[] = [];
  readonly #largeAnswers: HeldPayloads;
  /** Large answers that were not pulled yet. */
  readonly #leaving = new Set<Promise<void>>();
  /** By sender, what is still to come of a large message: what the same one has sent after it waits. */
  readonly #coming = new Map<string, Promise<void>>();
  /** Where the answer to each goes that was not answered yet; undefined: it is from this process. */
  readonly #unanswered = new Map<IncomingMessage, string | undefined>();
  /** Those whose sender was not told that they were taken. */
  readonly #untold = new Set<IncomingMessage>();
  #allAnswered: Deferred<void> | undefined;
  #isAway = false;
  /** By where they go, answers that could not be sent, as bytes: who waits for one asks what has become of its message. */
  readonly #unsent = new Map<string, Uint8Array>();
  #isStopping = false;

  constructor(nats: NatsConnection, self: Reached, clock: Clock) {
    this.#nats = nats;
    this.#self = self;
    this.#clock = clock;
    const { namespace, pod, container } = self;
    const line: Line = {
      publish: (subject, payload, number) =>
        nats.publish(subject, this.#fitting(payload, `messages.${number}`), {
          reply: `${this.#answersAt}.${number}`,
        }),
      askHolder: (instance, numbers) => this.#unansweredAt(instance, numbers),
    };
    this.#largeAnswers = new HeldPayloads(clock);
    this.#outgoing = new Outgoing(line, { cluster: false, namespace, pod, container }, clock);
    this.api = checkedApi(this.#outgoing);
    nats.subscribe(`${this.#answersAt}.*`, { callback: (_, message) => this.#answered(message) });
    nats.subscribe(`${this.#answersAt}.*.*`, { callback: (_, message) => this.#pulledFrom(message) });
    nats.subscribe(instanceSubject(this.#instance), { callback: (_, message) => this.#lookedFor(message) });
    void this.#follow();
    const names = self.name === undefined || self.name === pod ? [pod] : [pod, self.name];
    this.#ofPod = names.map(name => this.#listen(podSubject(namespace, name)));
  }

  get inbox(): AsyncIterable<Message> {
    return this.#inbox;
  }

  /** Services may send to it from now on, or no more. Resolves when the server knows. */
  async setReady(isReady: boolean): Promise<void> {
    if (this.#isStopping || isReady === this.#ofServices.length > 0) return;
    const { namespace, services } = this.#self;
    if (isReady) this.#ofServices = services.map(each => this.#listen(serviceSubject(namespace, each)));
    else for (const left of this.#ofServices.splice(0)) void left.drain();
    // Where it is away, it is told when it is back.
    await this.#nats.flush().catch(() => {});
  }

  /** A message from this process, as a probe sends it: the answer, or the worker's error. */
  ask(body: unknown, signal: AbortSignal): Promise<unknown> {
    const { namespace, pod, container } = this.#self;
    const answer = new Deferred<unknown>();
    if (this.#isStopping) return Promise.reject(new MessageError("ContainerStopping", "it is stopping"));
    signal.addEventListener("abort", () => answer.reject(signal.reason), { once: true });
    const message = new IncomingMessage(
      { from: { cluster: false, namespace, pod, container }, expectsReply: true, body },
      {
        read: () => {},
        answer: (_, frame) => {
          if (frame.type === "reply") answer.resolve(frame.value);
          else
            answer.reject(frame.type === "failed" ? new Error(frame.error.message) : new Error("not read"));
        },
      },
    );
    this.#inbox.take(message);
    return answer.promise;
  }

  /** Told to stop: nobody sends here any more, and the inbox ends when what had arrived is read. */
  async drain(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const heard = [...this.#ofServices, ...this.#ofPod].map(each => each.drain());
    this.#ofServices = [];
    await Promise.allSettled(heard);
    while (this.#coming.size > 0) await Promise.all(this.#coming.values());
    this.#inbox.end();
  }

  /** Resolves when every request that was read has been answered. */
  answered(): Promise<void> {
    if (this.#unanswered.size === 0) return Promise.resolve();
    this.#allAnswered ??= new Deferred();
    return this.#allAnswered.promise;
  }

  /** The end: what was not read goes back to its sender, what was answered is sent. */
  async close(): Promise<void> {
    this.#isStopping = true;
    for (const message of this.#inbox.abandon()) this.#answer(message, { type: "back" });
    this.#outgoing.close(new MessageError("ClusterStopping", "this container is stopping"));
    await Promise.all(this.#leaving);
    await this.#nats.drain().catch(() => this.#nats.close());
  }

  #listen(subject: string): Subscription {
    return this.#nats.subscribe(subject, {
      queue: queueGroup,
      callback: (_, message) => this.#arrived(message),
    });
  }

  /** What comes from one sender is read in order, also where a large message has to be pulled first. */
  #arrived({ data, reply }: Msg): void {
    const sender = reply?.slice(0, reply.lastIndexOf(".")) ?? "";
    const before = this.#coming.get(sender);
    const large = largeIn(data);
    if (!before && !large) {
      this.#take(data, reply);
      return;
    }
    const come = (before ?? Promise.resolve()).then(async () => {
      const whole = large ? await pulled(this.#nats, large.at, large.length) : data;
      // Its sender is gone, else.
      if (whole) this.#take(whole, reply);
    });
    this.#coming.set(sender, come);
    void come.finally(() => {
      if (this.#coming.get(sender) === come) this.#coming.delete(sender);
    });
  }

  #take(data: Uint8Array, reply: string | undefined): void {
    const frame = requestIn(data);
    if (!frame) {
      const error = new MessageError(
        "NotCloneable",
        "the receiver cannot read the message: it is no frame of k4s",
      );
      if (reply !== undefined) void this.#tell(reply, { type: "failed", error: toWire(error) });
      return;
    }
    const message = new IncomingMessage(frame, {
      read: read => this.#taken(read),
      answer: (answered, answer) => this.#answer(answered, answer),
    });
    this.#unanswered.set(message, reply);
    this.#untold.add(message);
    if (this.#inbox.length < mostUnread) this.#taken(message);
    this.#inbox.take(message);
  }

  #taken(message: IncomingMessage): void {
    if (!this.#untold.delete(message)) return;
    const reply = this.#unanswered.get(message);
    // Who was not told that it was taken does not know whom to ask.
    if (reply !== undefined && !this.#isAway)
      void this.#tell(reply, { type: "taken", instance: this.#instance });
    if (!message.expectsReply) this.#over(message);
  }

  #answer(message: IncomingMessage, frame: AnswerFrame): void {
    const reply = this.#unanswered.get(message);
    const told = reply === undefined ? undefined : this.#tell(reply, frame);
    if (told) void told.then(() => this.#over(message));
    else this.#over(message);
  }

  #over(message: IncomingMessage): void {
    this.#unanswered.delete(message);
    this.#untold.delete(message);
    if (this.#unanswered.size === 0) this.#allAnswered?.resolve();
  }

  /** A promise where it has to be pulled; it resolves when it was. */
  #tell(reply: string, frame: AnswerFrame): Promise<void> | undefined {
    const payload = encoded(frame, "the answer");
    if (payload.length <= this.#largest) {
      this.#publish(reply, payload);
      return undefined;
    }
    const { number, released } = this.#largeAnswers.hold(payload);
    this.#publish(reply, this.#fitting(payload, `answers.${number}`));
    this.#leaving.add(released);
    void released.then(() => this.#leaving.delete(released));
    return released;
  }

  /** The client throws away what is published while the server of NATS is away: it is kept instead. */
  #publish(reply: string, payload: Uint8Array): void {
    if (!this.#isAway) {
      this.#nats.publish(reply, payload);
      return;
    }
    this.#unsent.set(reply, payload);
    this.#clock.after(keptMs, () => this.#unsent.delete(reply));
  }

  get #largest(): number {
    return this.#nats.info?.max_payload ?? 1024 * 1024;
  }

  /** As it is, or what says where it is pulled from. */
  #fitting(payload: Uint8Array, place: string): Uint8Array {
    if (payload.length <= this.#largest) return payload;
    const at = `${this.#answersAt}.${place}`;
    return encoded({ type: "large", at, length: payload.length }, "what is too large");
  }

  /** Somebody asks for the next piece of something large. */
  #pulledFrom(message: Msg): void {
    const [kind = "", number = ""] = message.subject.slice(this.#answersAt.length + 1).split(".");
    const from = Number(message.string());
    const held = kind === "answers" ? this.#largeAnswers : this.#outgoing;
    const piece =
      Number.isSafeInteger(from) && from >= 0 ? held.piece(Number(number), from, this.#largest) : undefined;
    message.respond(piece ?? new Uint8Array());
  }

  #answered({ subject, data, headers }: Msg): void {
    const number = Number(subject.slice(this.#answersAt.length + 1));
    const isNobody = headers?.code === 503 && data.length === 0;
    const large = largeIn(data);
    if (large) {
      void pulled(this.#nats, large.at, large.length).then(whole => whole && this.#heard(number, whole));
      return;
    }
    if (isNobody) this.#outgoing.heard(number, undefined);
    else this.#heard(number, data);
  }

  #heard(number: number, data: Uint8Array): void {
    const frame = answerIn(data);
    if (frame) this.#outgoing.heard(number, frame);
  }

  /** Whether the server of NATS is away. Resolves when the connection is closed. */
  async #follow(): Promise<void> {
    for await (const { type } of this.#nats.status()) {
      if (type === "disconnect") {
        this.#isAway = true;
        this.#outgoing.disconnected();
      } else if (type === "reconnect") {
        this.#isAway = false;
        this.#outgoing.reconnected();
      }
    }
  }

  async #unansweredAt(
    instance: string,
    numbers: readonly number[],
  ): Promise<ReadonlySet<number> | "gone" | "silent"> {
    const look = encoded({ type: "look", at: this.#answersAt, numbers }, "what is looked for");
    try {
      const { data } = await this.#nats.request(instanceSubject(instance), look, { timeout: lookMs });
      const frame = unansweredIn(data);
      return frame ? new Set(frame.numbers) : "silent";
    } catch (error) {
      // One that is busy answers late, and is there all the same.
      return saysNobody(error) ? "gone" : "silent";
    }
  }

  /** A sender asks what has become of its messages. */
  #lookedFor(message: Msg): void {
    const look = lookIn(message.data);
    if (!look) return;
    const waiting = new Set(this.#unanswered.values());
    const numbers = look.numbers.filter(number => {
      const reply = `${look.at}.${number}`;
      const unsent = this.#unsent.get(reply);
      if (unsent && this.#unsent.delete(reply)) this.#publish(reply, unsent);
      return waiting.has(reply);
    });
    message.respond(encoded({ type: "unanswered", numbers }, "what is unanswered"));
  }
}
