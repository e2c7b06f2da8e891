/**
 * One play: a cluster, its users and its faults, in virtual time from a seed. Steps are done one after the other, each to whatever there is
 * then; what must never be broken is looked at with each write, with each container that starts, with each event that a watching client is
 * told, and after each step. At the end faults are over, and the cluster has the time to settle. What the cluster is kept in, and how many
 * programs have it in common, its kinds say: folder-play.ts and etcd-play.ts.
 */
import { messageOf } from "../errors/index.ts";
import type { Controller } from "../loop/index.ts";
import { type Random, seededRandom, VirtualClock } from "../outside/index.ts";
import { Faults } from "./faults.ts";
import type { Broken, Invariant, MakeInvariant, Seen } from "./invariant.ts";
import { Ledger } from "./ledger.ts";
import type { PlayedProcess, Sabotage, SharedByProcesses } from "./played-process.ts";
import { Record, type RecordedChange } from "./record.ts";
import { RunningContainers } from "./running-containers.ts";
import type { Acts, Stage, Step } from "./steps/index.ts";
import { quota } from "./steps/objects.ts";
import { WatchingClient } from "./watching-client.ts";

export interface PlayOptions {
  readonly seed: number;
  readonly invariants: readonly MakeInvariant[];
  readonly controllers?: readonly Controller[] | undefined;
  readonly sabotage?: Sabotage | undefined;
  /** Told of each step when it is done, with what was written meanwhile. */
  readonly onStep?:
    | ((step: Step, what: string, changes: readonly RecordedChange[]) => void | Promise<void>)
    | undefined;
}

export interface PlayEnd {
  /** The first that was found; undefined where all held. */
  readonly broken: Broken | undefined;
  /** How many of each sort there were. */
  readonly faults: Readonly<{ [fault: string]: number }>;
  readonly writes: number;
  readonly acknowledged: number;
  /** What went wrong inside, and was told as such. */
  readonly told: readonly string[];
}

/** Longer than pods bear a lost node, than what failed waits until it is tried again, and than a rollout may take, one after the other. */
const settleMs = 15 * 60_000;
/** Longer than pods bear a lost node, and than what failed waits at most: where all is well by then, no more is waited for. */
const leastMs = 390_000;
const lookMs = 60_000;
/** What clients watch all along. */
const watchedKinds = ["ConfigMap", "Pod"] as const;

export abstract class Play<S extends Stage> implements Stage {
  readonly clock = new VirtualClock();
  readonly faults: Faults;
  readonly record = new Record();
  readonly ledger = new Ledger();
  readonly containers: RunningContainers;
  protected readonly random: Random;
  readonly #options: PlayOptions;
  readonly #acts: Acts<S>;
  readonly #invariants: readonly Invariant[];
  readonly #told: string[] = [];
  readonly #loopActors = new Set<string>();
  readonly #watching: readonly WatchingClient[];
  #stepNumber: number | undefined;
  #broken: Broken | undefined;
  #isSettling = false;

  constructor(options: PlayOptions, acts: Acts<S>) {
    this.#options = options;
    this.#acts = acts;
    // Several, so that what users do is the same whatever chance says of the disk.
    this.random = seededRandom(options.seed ^ 0x5bd1e995);
    this.faults = new Faults(this.clock, seededRandom(options.seed ^ 0x27d4eb2f));
    this.#invariants = options.invariants.map(make => make());
    this.containers = new RunningContainers((place, others) =>
      this.#ask(invariant => invariant.started?.(place, others)),
    );
    this.#watching = watchedKinds.map(
      (kind, number) =>
        new WatchingClient(kind, {
          clock: this.clock,
          random: seededRandom(options.seed ^ (0x1b873593 + number)),
          faults: this.faults,
          process: random => this.asked(random),
          told: event => this.#ask(invariant => invariant.watched?.(event, this.#seen)),
        }),
    );
  }

  get now(): number {
    return this.clock.now();
  }

  /** Plays the steps, and looks whether all is well in the end. Never rejects for what is broken. */
  async play(steps: readonly Step[]): Promise<PlayEnd> {
    await this.begin();
    this.request("create the namespace limited", async cluster => {
      await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "limited" } });
      await cluster.create(quota(4));
    });
    await this.clock.advance(1_000);
    for (const client of this.#watching) client.start();
    for (const step of steps) {
      await this.#step(step);
      if (this.#broken) return this.#ended();
    }
    await this.#settle();
    return this.#ended();
  }

  request<T>(
    what: string,
    ask: (cluster: PlayedProcess["cluster"]) => Promise<T>,
    told: (answer: T) => void = () => {},
  ): void {
    const process = this.asked(this.random);
    if (process) this.requestOf(process, what, ask, told);
  }

  later(ms: number, act: () => void): void {
    this.clock.after(ms, act);
  }

  // --- What its kinds say.

  /** What steps are done to. */
  protected abstract readonly stage: S;
  /** A process that answers, of those that there are. */
  protected abstract asked(random: Random): PlayedProcess | undefined;
  /** Resolves when what runs is there to be asked. */
  protected abstract begin(): Promise<void>;
  /** All that is broken is mended. */
  protected abstract mend(): void;
  /** What runs is started anew, and all nodes come back. */
  protected abstract renew(): Promise<void>;
  /** Why it does not run; undefined where it does. */
  protected abstract notRunning(): string | undefined;
  /** Ends whatever runs. */
  protected abstract end(): void;
  /** A request has failed with this. */
  protected failed(_process: PlayedProcess, _problem: string): void {}

  // --- For them.

  protected get shared(): SharedByProcesses {
    const { controllers = [], sabotage = {} } = this.#options;
    return {
      faults: this.faults,
      random: this.random,
      containers: this.containers,
      controllers,
      sabotage,
      onFault: fault => this.tell(messageOf(fault)),
      onLoopWrite: actor => void this.#loopActors.add(actor),
    };
  }

  protected requestOf<T>(
    process: PlayedProcess,
    what: string,
    ask: (cluster: PlayedProcess["cluster"]) => Promise<T>,
    told: (answer: T) => void = () => {},
  ): void {
    const end = this.ledger.begin(what, this.now, process);
    ask(process.cluster).then(
      answer => {
        end();
        if (!process.hasEnded) told(answer);
      },
      error => {
        end();
        if (process.hasEnded) return;
        this.tell(`${what}: ${messageOf(error)}`);
        this.failed(process, messageOf(error));
      },
    );
  }

  protected changed(change: RecordedChange): void {
    this.record.add(change);
    this.#ask(invariant => invariant.written?.(change, this.#seen));
  }

  protected found(invariant: string, problem: string): void {
    this.#broken ??= { invariant, problem, step: this.#stepNumber };
  }

  protected tell(what: string): void {
    if (this.#told.length < 1_000) this.#told.push(`${this.#isSettling ? "settling: " : ""}${what}`);
  }

  async #step(step: Step): Promise<void> {
    this.#stepNumber = step.number;
    const before = this.record.changes.length;
    const what = this.#acts.play(step, this.stage);
    await this.clock.advance(step.pauseMs);
    this.#look();
    await this.#options.onStep?.(step, what, this.record.changes.slice(before));
  }

  /** Faults are over. */
  async #settle(): Promise<void> {
    this.#stepNumber = undefined;
    this.#isSettling = true;
    this.faults.end();
    this.mend();
    // Long enough for whatever was to end or to start yet.
    await this.clock.advance(120_000);
    this.mend();
    if (this.notRunning() === undefined) this.#ask(invariant => invariant.calmed?.(this.#seen));
    await this.renew();
    // What goes on by the clock would never come to rest.
    for (const { metadata } of this.record.list("CronJob"))
      this.request(`delete CronJob ${metadata.name}`, cluster => cluster.delete("CronJob", metadata.name));
    await this.#untilSettled();
    const notRunning = this.notRunning();
    if (notRunning !== undefined) this.found("the cluster settles", notRunning);
    else if (!this.#broken) {
      this.#look();
      this.#ask(invariant => invariant.settled?.(this.#seen));
    }
  }

  async #untilSettled(): Promise<void> {
    const until = this.now + settleMs;
    await this.clock.advance(leastMs);
    const isSettled = () => this.#invariants.every(({ settled }) => settled?.(this.#seen) === undefined);
    while (this.now < until && !isSettled()) await this.clock.advance(lookMs);
  }

  #look(): void {
    this.#ask(invariant => invariant.stepped?.(this.#seen));
  }

  get #seen(): Seen {
    return {
      record: this.record,
      ledger: this.ledger,
      containers: this.containers,
      loopActors: this.#loopActors,
      watching: this.#watching,
      now: this.now,
    };
  }

  #ask(look: (invariant: Invariant) => string | undefined): void {
    for (const invariant of this.#invariants) {
      const problem = look(invariant);
      if (problem) this.found(invariant.name, problem);
    }
  }

  #ended(): PlayEnd {
    for (const client of this.#watching) client.stop();
    this.end();
    return {
      broken: this.#broken,
      faults: this.faults.counts,
      writes: this.record.revision,
      acknowledged: this.ledger.acknowledged.length,
      told: this.#told,
    };
  }
}
