/**
 * Another process of the cluster, as this one is connected to it: nothing that either tells the other is lost, or the connection is broken, and
 * both know. Threads on both sides have ports through it, as many as they need; of these it knows the numbers only.
 */
import type { MessagePort } from "node:worker_threads";
import { postedBytes, postedValue, UNREADABLE } from "../../messages/index.ts";
import type { Clock } from "../../outside/index.ts";
import type { Carrier } from "./carrier.ts";
import { type FrameKind, frameKinds, IncomingFrames, OutgoingFrames } from "./frames.ts";
import { type Head, type PacketType, packetTypes, plainPacket } from "./packet.ts";
import { Transmission } from "./transmission.ts";

/** Longer packets gain nothing, and hold up others. */
const longestPacket = 256 * 1024;
/** So long nothing is heard of a process that is taken for dead. Each beats once a second. */
const silenceMs = 10_000;
/** The same where the carrier says that nobody of its name is there: it may have lost its own connection for a moment. */
const absenceMs = 4_000;
export const beatMs = 1_000;

export interface FarProcessEvents {
  /** It tells something on the port of the processes themselves. */
  told(process: FarProcess, value: unknown): void;
  /** It asks for a port between a thread of its own and one here, or answers such a question of ours. */
  port(process: FarProcess, port: number, kind: FrameKind, value: unknown): void;
  /** Nothing passes any more. */
  broken(process: FarProcess, why: string): void;
}

export interface FarProcessParts {
  readonly id: string;
  readonly name: string;
  readonly epoch: number;
  /** This side began: its ports have even numbers. */
  readonly isInitiator: boolean;
  readonly carrier: Carrier;
  readonly clock: Clock;
  readonly events: FarProcessEvents;
}

export class FarProcess {
  readonly id: string;
  readonly name: string;
  readonly epoch: number;
  /** Packets pass both ways. */
  isOpen: boolean;
  readonly #carrier: Carrier;
  readonly #clock: Clock;
  readonly #events: FarProcessEvents;
  readonly #transmission: Transmission;
  readonly #outgoing = new OutgoingFrames();
  readonly #incoming = new IncomingFrames(port => this.#isAwaited(port));
  /** The ports that were asked for, while there is no answer. */
  readonly #asked = new Set<number>();
  readonly #bridged = new Map<number, { readonly real: MessagePort; readonly closed: () => void }>();
  #lastPort: number;
  #isBroken = false;
  #flushes = false;
  #heardAt: number;
  #absentSince: number | undefined;
  #tickedAt: number;

  constructor({ id, name, epoch, isInitiator, carrier, clock, events }: FarProcessParts) {
    this.id = id;
    this.name = name;
    this.epoch = epoch;
    this.isOpen = !isInitiator;
    this.#carrier = carrier;
    this.#clock = clock;
    this.#events = events;
    this.#lastPort = isInitiator ? 0 : -1;
    this.#heardAt = clock.elapsed();
    this.#tickedAt = clock.elapsed();
    this.#transmission = new Transmission(epoch, {
      largest: () => carrier.largest,
      send: packet => carrier.send(packet, name),
      arrived: body => this.#incoming.read(body, (port, kind, bytes) => this.#take(port, kind, bytes)),
    });
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** On the port of the processes themselves. */
  tell(value: unknown): void {
    this.#push(0, frameKinds.VALUE, postedBytes(value));
  }

  /** Asks for a port; gives back its number. */
  ask(question: unknown): number {
    this.#lastPort += 2;
    this.#asked.add(this.#lastPort);
    this.answer(this.#lastPort, frameKinds.ASK, question);
    return this.#lastPort;
  }

  answer(port: number, kind: FrameKind, value?: unknown): void {
    this.#push(port, kind, postedBytes(value));
  }

  /** What comes out of the real port goes to the other side's, and back. @param closed called once, when nothing more comes from there */
  bridge(port: number, real: MessagePort, closed: () => void): void {
    this.#bridged.set(port, { real, closed });
    real.on("message", value => this.#pass(port, value));
    real.on("messageerror", () => this.#push(port, frameKinds.VALUE, postedBytes(UNREADABLE)));
    real.on("close", () => {
      if (!this.#bridged.delete(port)) return;
      this.#incoming.forget(port);
      this.#push(port, frameKinds.CLOSED);
      closed();
    });
    real.unref();
  }

  /** A packet of this connection has come. */
  heard(head: Head, packet: Uint8Array): void {
    if (this.#isBroken) return;
    this.isPresent();
    try {
      this.#transmission.heard(head, packet);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.break(`what it sent cannot be read: ${error.message}`);
    }
    this.#flush();
  }

  /** It was heard of. */
  isPresent(): void {
    this.#heardAt = this.#clock.elapsed();
    this.#absentSince = undefined;
  }

  isAbsent(): void {
    this.#absentSince ??= this.#clock.elapsed();
  }

  /** Once a second. */
  tick(): void {
    const now = this.#clock.elapsed();
    // This process itself may have stood still, and what came meanwhile was not read yet.
    const stoodStill = now - this.#tickedAt > 3 * beatMs;
    this.#tickedAt = now;
    if (stoodStill) this.isPresent();
    if (now - (this.#absentSince ?? now) > absenceMs) this.break("it is gone");
    else if (now - this.#heardAt > silenceMs)
      this.break(`nothing was heard of it for ${silenceMs / 1_000} s`);
    else if (this.isOpen) this.#transmission.beat();
  }

  /** What carries packets was away for a moment. */
  resume(): void {
    if (this.isOpen) this.#transmission.beat();
  }

  /** A word of this connection that is under no number. */
  say(type: PacketType, text = ""): void {
    this.#carrier.send(plainPacket(type, { epoch: this.epoch }, text), this.name);
  }

  break(why: string): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.isOpen = false;
    this.say(packetTypes.RESET);
    const bridged = [...this.#bridged.values()];
    this.#bridged.clear();
    for (const { real } of bridged) real.close();
    this.#events.broken(this, why);
  }

  #pass(port: number, value: unknown): void {
    let bytes: Uint8Array;
    try {
      bytes = postedBytes(value);
    } catch {
      // A thread that broke its own built-ins can post what no process can be sent.
      bytes = postedBytes(UNREADABLE);
    }
    this.#push(port, frameKinds.VALUE, bytes);
  }

  #push(port: number, kind: FrameKind, bytes?: Uint8Array): void {
    if (this.#isBroken) return;
    this.#outgoing.push(port, kind, bytes);
    if (this.#flushes) return;
    this.#flushes = true;
    this.#clock.soon(() => {
      this.#flushes = false;
      this.#flush();
    });
  }

  #flush(): void {
    const largest = Math.min(this.#carrier.largest, longestPacket);
    while (this.isOpen && this.#transmission.hasRoom && !this.#outgoing.isEmpty)
      this.#transmission.send(this.#outgoing.packet(largest));
  }

  #isAwaited(port: number): boolean {
    return port === 0 || this.#bridged.has(port) || this.#asked.has(port);
  }

  #take(port: number, kind: FrameKind, bytes: Uint8Array): void {
    const isValue = kind === frameKinds.VALUE;
    const bridged = isValue || kind === frameKinds.CLOSED ? this.#bridged.get(port) : undefined;
    if (isValue && port === 0) this.#events.told(this, postedValue(bytes));
    else if (isValue) bridged?.real.postMessage(postedValue(bytes));
    else if (kind !== frameKinds.CLOSED) {
      if (kind !== frameKinds.ASK) this.#asked.delete(port);
      this.#events.port(this, port, kind, postedValue(bytes));
    } else if (bridged) {
      this.#bridged.delete(port);
      bridged.real.close();
      bridged.closed();
    }
  }
}
