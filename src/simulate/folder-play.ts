/** A play of one process that keeps its cluster in a journal on a disk, as `k4s up --data` does. */
import { messageOf } from "../errors/index.ts";
import type { Random } from "../outside/index.ts";
import { JournalStore, type Store } from "../store/index.ts";
import { CrashingFolder } from "./crashing-folder.ts";
import { Play, type PlayOptions } from "./play.ts";
import { PlayedProcess } from "./played-process.ts";
import { ProcessClock } from "./process-clock.ts";
import { type FolderStage, folderActs } from "./steps/index.ts";

const nodes = 4;
/** How long a service manager waits until it starts again what could not start. */
const againMs = 5_000;
/** How long it takes until somebody has seen that nothing is written any more. */
const watchMs = 10_000;
/** After so many bytes of changes all objects are written down anew: soon, so that it happens in each play. */
const snapshotBytes = 64 << 10;

class PlayedJournal extends JournalStore {
  readonly #opened: () => void;

  constructor(options: ConstructorParameters<typeof JournalStore>[0], opened: () => void) {
    super(options);
    this.#opened = opened;
  }

  override async open(): Promise<void> {
    await super.open();
    this.#opened();
  }
}

export class FolderPlay extends Play<FolderStage> implements FolderStage {
  protected readonly stage = this;
  readonly #sabotage: NonNullable<PlayOptions["sabotage"]>;
  #folder = new CrashingFolder();
  #process: PlayedProcess | undefined;
  /** How the process that runs is to end next, and for how long. */
  #end = { isMachines: false, downMs: againMs };

  constructor(options: PlayOptions) {
    super(options, folderActs);
    this.#sabotage = options.sabotage ?? {};
  }

  get folder(): CrashingFolder {
    return this.#folder;
  }

  get process(): PlayedProcess | undefined {
    return this.#process?.hasEnded ? undefined : this.#process;
  }

  crash(operations: number, isMachines: boolean, downMs: number): void {
    const process = this.process;
    if (!process) return;
    this.#end = { isMachines, downMs };
    this.#folder.operationsLeft = operations;
    // Where it does so little, it ends all the same.
    this.later(10_000, () => process.end());
  }

  restart(): void {
    const process = this.process;
    if (!process) return;
    this.#end = { isMachines: false, downMs: 100 };
    void process.stop(fault => this.tell(`stop: ${messageOf(fault)}`));
    // What stops for too long is ended.
    this.later(60_000, () => process.end());
  }

  protected asked(_random: Random): PlayedProcess | undefined {
    return this.#process?.answers ? this.#process : undefined;
  }

  protected async begin(): Promise<void> {
    this.#start();
    await this.clock.advance(5_000);
  }

  protected mend(): void {
    this.folder.capacity = Number.POSITIVE_INFINITY;
    this.folder.fault = () => undefined;
    this.process?.clock.setRight();
    this.process?.clock.goOn();
  }

  protected async renew(): Promise<void> {
    // A journal that takes no more writes is opened anew.
    this.restart();
    await this.clock.advance(90_000);
    for (let node = 0; node < nodes; node++)
      this.request(`start node-${node}`, cluster => cluster.nodes.start(`node-${node}`));
  }

  protected notRunning(): string | undefined {
    if (this.process?.answers) return undefined;
    return `the cluster does not run: ${messageOf(this.#process?.startFailure ?? "it does not answer")}`;
  }

  protected end(): void {
    this.process?.end();
  }

  protected override failed(process: PlayedProcess, problem: string): void {
    // A journal that takes no more writes is opened anew by whoever looks after the process.
    if (problem.includes("until it is opened anew")) this.later(watchMs, () => process.end());
  }

  #start(): void {
    const folder = this.#folder;
    const clock = new ProcessClock(this.clock);
    const { faults } = this;
    this.#sabotage.disk?.(folder);
    folder.duration = operation => {
      const usual = operation.startsWith("sync") ? 5 : 1;
      return clock.sleep(faults.strikes("slow disk") ? faults.delay(1_000) : usual);
    };
    const process = new PlayedProcess({
      ...this.shared,
      clock,
      nodes,
      storeOf: options => {
        const parts = { ...options, folder, snapshotBytes, onSnapshotFault: this.shared.onFault };
        const journal = new PlayedJournal(parts, () => clock.hasEnded || this.#opened(store));
        const store: Store = this.#sabotage.store?.(journal) ?? journal;
        store.watch({}, change => {
          if (!clock.hasEnded) this.changed(change);
        });
        return store;
      },
      onEnd: () => this.#ended(process),
    });
    folder.ended = () => process.end();
    this.#process = process;
    void process.start();
  }

  /** A store has read what is on the disk, and nothing is written to it yet. */
  #opened(store: Store): void {
    const lost = this.record.reopened(store, change => this.changed(change));
    if (lost) this.found("nothing that was told is lost", lost);
  }

  #ended(process: PlayedProcess): void {
    const folder = this.#folder;
    folder.operationsLeft = 0;
    this.ledger.disconnect(process);
    const { isMachines, downMs } = this.#end;
    if (process.startFailure) this.tell(`start: ${messageOf(process.startFailure)}`);
    this.#folder = isMachines ? folder.crashed(this.random) : folder.left();
    this.#folder.capacity = folder.capacity;
    this.#end = { isMachines: false, downMs: againMs };
    this.later(downMs, () => this.#start());
  }
}
