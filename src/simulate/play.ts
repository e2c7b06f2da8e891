/**
 * One play: a cluster, its users and its faults, in virtual time from a seed. Steps are done one after the other, each to whatever there is
 * then; what must never be broken is looked at with each write, with each container that starts, and after each step. At the end faults
 * are over, and the cluster has the time to settle.
 */
import { messageOf } from "../errors/index.ts";
import type { Controller } from "../loop/index.ts";
import { type Random, seededRandom, VirtualClock } from "../outside/index.ts";
import type { Change } from "../store/index.ts";
import { CrashingFolder } from "./crashing-folder.ts";
import { Faults } from "./faults.ts";
import type { Broken, Invariant, MakeInvariant, Seen } from "./invariant.ts";
import { Ledger } from "./ledger.ts";
import { PlayedProcess, type Sabotage } from "./played-process.ts";
import { Record } from "./record.ts";
import { RunningContainers } from "./running-containers.ts";
import { actOf, randomOf, type Stage, type Step } from "./steps/index.ts";
import { quota } from "./steps/objects.ts";

export interface PlayOptions {
  readonly seed: number;
  readonly invariants: readonly MakeInvariant[];
  readonly controllers?: readonly Controller[] | undefined;
  readonly sabotage?: Sabotage | undefined;
  /** Told of each step when it is done, with what was written meanwhile. */
  readonly onStep?:
    | ((step: Step, what: string, changes: readonly Change[]) => void | Promise<void>)
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

const nodes = 4;
/** Longer than pods bear a lost node, than what failed waits until it is tried again, and than a rollout may take. */
const settleMs = 15 * 60_000;
/** How long a service manager waits until it starts again what could not start. */
const againMs = 5_000;
/** How long it takes until somebody has seen that nothing is written any more. */
const watchMs = 10_000;

export class Play implements Stage {
  readonly clock = new VirtualClock();
  readonly faults: Faults;
  readonly record = new Record();
  readonly ledger = new Ledger();
  readonly containers: RunningContainers;
  readonly #options: PlayOptions;
  readonly #random: Random;
  readonly #invariants: readonly Invariant[];
  readonly #told: string[] = [];
  #folder = new CrashingFolder();
  #process: PlayedProcess | undefined;
  /** How the process that runs is to end next, and for how long. */
  #end = { isMachines: false, downMs: againMs };
  #stepNumber: number | undefined;
  #broken: Broken | undefined;
  #isSettling = false;

  constructor(options: PlayOptions) {
    this.#options = options;
    // Two, so that what users do is the same whatever chance says of the disk.
    this.#random = seededRandom(options.seed ^ 0x5bd1e995);
    this.faults = new Faults(this.clock, seededRandom(options.seed ^ 0x27d4eb2f));
    this.#invariants = options.invariants.map(make => make());
    this.containers = new RunningContainers((place, others) =>
      this.#ask(invariant => invariant.started?.(place, others)),
    );
  }

  get now(): number {
    return this.clock.now();
  }

  get folder(): CrashingFolder {
    return this.#folder;
  }

  get process(): PlayedProcess | undefined {
    return this.#process?.hasEnded ? undefined : this.#process;
  }

  /** Plays the steps, and looks whether all is well in the end. Never rejects for what is broken. */
  async play(steps: readonly Step[]): Promise<PlayEnd> {
    this.#start();
    await this.clock.advance(5_000);
    this.request("create the namespace limited", async cluster => {
      await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "limited" } });
      await cluster.create(quota(4));
    });
    await this.clock.advance(1_000);
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
    const process = this.#process;
    if (!process?.answers) return;
    const end = this.ledger.begin(what, this.now);
    ask(process.cluster).then(
      answer => {
        end();
        if (!process.hasEnded) told(answer);
      },
      error => {
        end();
        if (process.hasEnded) return;
        this.#tell(`${what}: ${messageOf(error)}`);
        // A journal that takes no more writes is opened anew by whoever looks after the process.
        if (messageOf(error).includes("until it is opened anew")) this.later(watchMs, () => process.end());
      },
    );
  }

  crash(operations: number, isMachines: boolean, downMs: number): void {
    const process = this.process;
    if (!process) return;
    this.#end = { isMachines, downMs };
    process.folder.operationsLeft = operations;
    // Where it does so little, it ends all the same.
    this.later(10_000, () => process.end());
  }

  restart(): void {
    const process = this.process;
    if (!process) return;
    this.#end = { isMachines: false, downMs: 100 };
    void process.stop(fault => this.#tell(`stop: ${messageOf(fault)}`));
    // What stops for too long is ended.
    this.later(60_000, () => process.end());
  }

  later(ms: number, act: () => void): void {
    this.clock.after(ms, act);
  }

  #start(): void {
    const process: PlayedProcess = new PlayedProcess({
      base: this.clock,
      folder: this.#folder,
      faults: this.faults,
      random: this.#random,
      containers: this.containers,
      nodes,
      controllers: this.#options.controllers ?? [],
      sabotage: this.#options.sabotage ?? {},
      opened: store => {
        const lost = this.record.reopened(store, change => this.#changed(change));
        if (lost) this.#found("nothing that was told is lost", lost);
      },
      changed: change => this.#changed(change),
      onFault: fault => this.#tell(messageOf(fault)),
      onEnd: () => {
        this.ledger.disconnect();
        const { isMachines, downMs } = this.#end;
        if (process.startFailure) this.#tell(`start: ${messageOf(process.startFailure)}`);
        this.#folder = isMachines ? process.folder.crashed(this.#random) : process.folder.left();
        this.#folder.capacity = process.folder.capacity;
        this.#end = { isMachines: false, downMs: againMs };
        this.later(downMs, () => this.#start());
      },
    });
    this.#process = process;
    void process.start();
  }

  async #step(step: Step): Promise<void> {
    this.#stepNumber = step.number;
    const before = this.record.changes.length;
    const what = actOf(step).play(this, randomOf(step));
    await this.clock.advance(step.pauseMs);
    this.#look();
    await this.#options.onStep?.(
      step,
      what ?? `${step.act}: nothing to do`,
      this.record.changes.slice(before),
    );
  }

  /** Faults are over: all that is broken is mended, and all nodes come back. */
  async #settle(): Promise<void> {
    this.#stepNumber = undefined;
    this.#isSettling = true;
    this.faults.end();
    const mend = () => {
      this.folder.capacity = Number.POSITIVE_INFINITY;
      this.folder.fault = () => undefined;
      this.process?.clock.setRight();
      this.process?.clock.goOn();
    };
    mend();
    // Long enough for whatever was to end or to start yet.
    await this.clock.advance(120_000);
    mend();
    if (this.process?.answers) this.#ask(invariant => invariant.calmed?.(this.#seen));
    // A journal that takes no more writes is opened anew.
    this.restart();
    await this.clock.advance(90_000);
    for (let node = 0; node < nodes; node++)
      this.request(`start node-${node}`, cluster => cluster.nodes.start(`node-${node}`));
    await this.clock.advance(settleMs);
    if (!this.process?.answers) {
      const failure = messageOf(this.#process?.startFailure ?? "it does not answer");
      this.#found("the cluster settles", `the cluster does not run: ${failure}`);
    } else if (!this.#broken) {
      this.#look();
      this.#ask(invariant => invariant.settled?.(this.#seen));
    }
    this.process?.end();
  }

  #changed(change: Change): void {
    this.record.add(change);
    this.#ask(invariant => invariant.written?.(change, this.#seen));
  }

  #look(): void {
    this.#ask(invariant => invariant.stepped?.(this.#seen));
  }

  get #seen(): Seen {
    return { record: this.record, ledger: this.ledger, containers: this.containers, now: this.now };
  }

  #ask(look: (invariant: Invariant) => string | undefined): void {
    for (const invariant of this.#invariants) {
      const problem = look(invariant);
      if (problem) this.#found(invariant.name, problem);
    }
  }

  #found(invariant: string, problem: string): void {
    this.#broken ??= { invariant, problem, step: this.#stepNumber };
  }

  #tell(what: string): void {
    if (this.#told.length < 1_000) this.#told.push(`${this.#isSettling ? "settling: " : ""}${what}`);
  }

  #ended(): PlayEnd {
    this.process?.end();
    return {
      broken: this.#broken,
      faults: this.faults.counts,
      writes: this.record.revision,
      acknowledged: this.ledger.acknowledged.length,
      told: this.#told,
    };
  }
}
