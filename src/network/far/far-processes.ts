/**
 * The other processes of the cluster: each says that it is here when it starts, and now and then; of two that have heard of each other the one
 * with the smaller id begins a connection. One that was started anew has another id, so that nothing of its former life is taken for its own.
 */
import { ApiError } from "../../errors/index.ts";
import { type Clock, Deferred, type Random, type Timer } from "../../outside/index.ts";
import type { Carrier } from "./carrier.ts";
import { beatMs, FarProcess, type FarProcessEvents } from "./far-process.ts";
import { type Head, headOf, identityIn, type ProcessIdentity, packetTypes, plainPacket } from "./packet.ts";

/** Of what processes say to each other: those of another version are not talked to. */
const version = 1;
/** So long another process of the same name may take to say that it is there. Where there is none the carrier says so at once. */
const aloneMs = 2_000;
/** So many beats go by from one word that this process is here to the next. */
const hereEvery = 5;

export interface FarProcessesParts {
  readonly name: string;
  readonly carrier: Carrier;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: FarProcessEvents & {
    /** What is told now is the first that it hears. */
    opened(process: FarProcess): void;
  };
  readonly onFault: (fault: unknown) => void;
}

export class FarProcesses {
  readonly #parts: FarProcessesParts;
  readonly #me: ProcessIdentity;
  readonly #byName = new Map<string, FarProcess>();
  /** What a person was told already. */
  readonly #told = new Set<string>();
  /** While it starts: whether it is alone with its name. */
  #alone: Deferred<boolean> | undefined;
  #beats = 0;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(parts: FarProcessesParts) {
    this.#parts = parts;
    // The name as well: two that draw from the same seed are two all the same.
    this.#me = { id: `${parts.random.uuid()}/${parts.name}`, name: parts.name, version };
  }

  /** Those that packets pass to. */
  get open(): readonly FarProcess[] {
    return [...this.#byName.values()].filter(({ isOpen }) => isOpen);
  }

  /** Its id decides who goes first where both begin the same. */
  isBefore({ id }: FarProcess): boolean {
    return this.#me.id < id;
  }

  /** Fails with AlreadyExists where another process has its name. */
  async start(): Promise<void> {
    const { name } = this.#me;
    const alone = new Deferred<boolean>();
    this.#alone = alone;
    await this.#parts.carrier.start(name, {
      packet: (from, bytes) => this.#heard(from, bytes),
      absent: each => {
        if (each === name) alone.resolve(true);
        this.#byName.get(each)?.isAbsent();
      },
      reconnected: () => {
        this.#sayHere();
        for (const process of this.open) process.resume();
      },
      fault: error => this.#parts.onFault(error),
    });
    this.#sayStarting();
    const timer = this.#parts.clock.after(aloneMs, () => alone.resolve(true));
    const isAlone = await alone.promise;
    timer.cancel();
    this.#alone = undefined;
    if (!isAlone) {
      this.#isStopped = true;
      await this.#parts.carrier.close();
      throw new ApiError("AlreadyExists", rivals(name));
    }
    if (this.#isStopped) return;
    this.#sayHere();
    this.#beat();
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#timer?.cancel();
    for (const process of this.#byName.values()) process.say(packetTypes.BYE);
    for (const process of [...this.#byName.values()]) process.break("this process stops");
    await this.#parts.carrier.close();
  }

  #beat(): void {
    this.#timer = this.#parts.clock.after(beatMs, () => {
      this.#beat();
      this.#beats++;
      if (this.#beats % hereEvery === 0) this.#sayHere();
      for (const process of [...this.#byName.values()]) {
        process.tick();
        if (!process.isOpen && !process.isBroken) this.#open(process);
      }
    });
  }

  #sayHere(to?: string): void {
    this.#parts.carrier.send(plainPacket(packetTypes.HERE, {}, JSON.stringify(this.#me)), to);
  }

  #open(process: FarProcess): void {
    process.say(packetTypes.OPEN, JSON.stringify(this.#me));
  }

  #heard(from: string, packet: Uint8Array): void {
    if (this.#isStopped) return;
    const head = headOf(packet);
    if (!head) return;
    if (from === this.#me.name) {
      this.#heardRival(head.type, identityIn(packet));
      return;
    }
    if (this.#alone) return;
    try {
      if (head.type === packetTypes.HERE || head.type === packetTypes.OPEN)
        this.#introduced(from, head, packet);
      else this.#heardOf(from, head, packet);
    } catch (fault) {
      this.#parts.onFault(fault);
    }
  }

  #introduced(from: string, { type, epoch }: Head, packet: Uint8Array): void {
    const them = identityIn(packet);
    if (!them || them.name !== from || them.id === this.#me.id) return;
    if (them.version !== version) {
      this.#tellOnce(`${from} is of another version of k4s, which speaks otherwise: no messages pass`);
      return;
    }
    const known = this.#byName.get(from);
    if (known && known.id !== them.id) known.break("it was started anew");
    if (type === packetTypes.OPEN) this.#accept(them, epoch);
    else if (known && !known.isBroken) known.isPresent();
    else if (this.#me.id < them.id) this.#open(this.#add(them, this.#epoch(), true));
    else this.#sayHere(from);
  }

  /**
   * Another process of the same name. Who is there first says so to one that starts, which gives up. Where both start, or both run, for
   * they did not reach each other, the one with the smaller id stays: with two, all others would go from the one to the other and back.
   */
  #heardRival(type: number, them: ProcessIdentity | undefined): void {
    const { name, id } = this.#me;
    if (them?.id === id) return;
    const mayStay = them === undefined || id < them.id;
    if (this.#alone) {
      if (type === packetTypes.RESET || !mayStay) this.#alone.resolve(false);
      else if (type === packetTypes.OPEN) this.#sayStarting();
    } else if (type === packetTypes.OPEN) this.#parts.carrier.send(plainPacket(packetTypes.RESET), name);
    else if (type === packetTypes.HERE) {
      if (mayStay) this.#tellOnce(rivals(name));
      else this.#giveWay();
    }
  }

  /** To whom has its name: whoever hears that under its own answers. */
  #sayStarting(): void {
    this.#parts.carrier.send(plainPacket(packetTypes.OPEN, {}, JSON.stringify(this.#me)), this.#me.name);
  }

  #giveWay(): void {
    this.#tellOnce(`${rivals(this.#me.name)}; this one takes part no more, until it is started anew`);
    this.stop().catch(fault => this.#parts.onFault(fault));
  }

  #accept(them: ProcessIdentity, epoch: number): void {
    const known = this.#byName.get(them.name);
    if (known?.epoch === epoch) {
      known.say(packetTypes.OPENED);
      return;
    }
    known?.break("it has begun anew");
    const process = this.#add(them, epoch, false);
    process.say(packetTypes.OPENED);
    this.#parts.events.opened(process);
  }

  #heardOf(from: string, head: Head, packet: Uint8Array): void {
    const process = this.#byName.get(from);
    if (process?.epoch !== head.epoch) {
      if (head.type !== packetTypes.RESET && head.type !== packetTypes.BYE)
        this.#parts.carrier.send(plainPacket(packetTypes.RESET, { epoch: head.epoch }), from);
      return;
    }
    if (head.type === packetTypes.RESET || head.type === packetTypes.BYE) {
      const isLeaving = head.type === packetTypes.BYE;
      process.break(isLeaving ? "it has stopped" : "it has broken the connection");
      if (!isLeaving) this.#sayHere(from);
      return;
    }
    if (!process.isOpen) {
      process.isOpen = true;
      this.#parts.events.opened(process);
    }
    process.heard(head, packet);
  }

  #add({ id, name }: ProcessIdentity, epoch: number, isInitiator: boolean): FarProcess {
    const { carrier, clock, events } = this.#parts;
    const process = new FarProcess({
      id,
      name,
      epoch,
      isInitiator,
      carrier,
      clock,
      events: {
        ...events,
        broken: (broken, why) => {
          if (this.#byName.get(name) === broken) this.#byName.delete(name);
          events.broken(broken, why);
        },
      },
    });
    this.#byName.set(name, process);
    return process;
  }

  /** Never 0, which stands for none. */
  #epoch(): number {
    return 1 + Math.floor(this.#parts.random.next() * 0xfffffffe);
  }

  #tellOnce(text: string): void {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.#parts.onFault(new Error(text));
  }
}

function rivals(name: string): string {
  return `another process takes part as ${name}: each must have a name of its own`;
}
