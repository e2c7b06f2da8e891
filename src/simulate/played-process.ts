/**
 * One process of `k4s up --data`, as it is played: a cluster with its own clock over a disk in memory. It ends as processes do, from one
 * moment to the next and at whatever it awaits; or it is stopped, and has the time for that.
 */
import { Cluster } from "../cluster/index.ts";
import type { Controller } from "../loop/index.ts";
import type { Runtime } from "../node/index.ts";
import { type Random, seededRandom, type VirtualClock } from "../outside/index.ts";
import { type Change, JournalStore, type RegistryVerbs, type Store } from "../store/index.ts";
import type { CrashingFolder } from "./crashing-folder.ts";
import type { Faults } from "./faults.ts";
import { faultyView } from "./faulty-view.ts";
import { ProcessClock } from "./process-clock.ts";
import type { RunningContainers } from "./running-containers.ts";

/** Breaks the product in one place, for those who try whether that is found out. */
export interface Sabotage {
  /** The disk. */
  readonly disk?: (folder: CrashingFolder) => void;
  /** What stands between the journal and everybody else. */
  readonly store?: (store: Store) => Store;
  /** What controllers see, and write through. */
  readonly view?: (registry: RegistryVerbs) => RegistryVerbs;
  /** What nodes run containers with. */
  readonly runtime?: (runtime: Runtime) => Runtime;
}

export interface ProcessParts {
  readonly base: VirtualClock;
  readonly folder: CrashingFolder;
  readonly faults: Faults;
  readonly random: Random;
  readonly containers: RunningContainers;
  readonly nodes: number;
  readonly controllers: readonly Controller[];
  readonly sabotage: Sabotage;
  /** Told of the store when it has read what is on the disk, before anything is written to it. */
  readonly opened: (store: Store) => void;
  /** Told of each change, as any watcher of the store is. */
  readonly changed: (change: Change) => void;
  readonly onFault: (fault: unknown) => void;
  /** Called once, when it has ended from one moment to the next. */
  readonly onEnd: () => void;
}

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

export class PlayedProcess {
  readonly clock: ProcessClock;
  readonly cluster: Cluster;
  readonly folder: CrashingFolder;
  readonly #onEnd: () => void;
  #store: Store | undefined;
  /** What it has failed with, where it could not start. */
  startFailure: unknown;
  isStarted = false;
  /** It is asked to stop, and takes its time. */
  isStopping = false;

  constructor(parts: ProcessParts) {
    const { base, folder, faults, random, containers, sabotage } = parts;
    const clock = new ProcessClock(base);
    this.clock = clock;
    this.folder = folder;
    this.#onEnd = parts.onEnd;
    sabotage.disk?.(folder);
    folder.ended = () => this.end();
    folder.duration = operation => {
      const usual = operation.startsWith("sync") ? 5 : 1;
      return clock.sleep(faults.strikes("slow disk") ? faults.delay(1_000) : usual);
    };
    this.cluster = new Cluster(
      {
        clock,
        random: seededRandom(random.below(2 ** 31)),
        runtime: "hollow",
        nodes: parts.nodes,
        nodeCapacity: { cpu: "8", memory: "8Gi", pods: "20" },
        resyncMs: 10_000,
        metricResolutionMs: 3_600_000,
        controllers: parts.controllers,
        onFault: parts.onFault,
        onWarning: () => {},
      },
      {
        storeOf: options => {
          const journal = new PlayedJournal(
            { ...options, folder, snapshotBytes, onSnapshotFault: parts.onFault },
            () => clock.hasEnded || parts.opened(store),
          );
          const store: Store = sabotage.store?.(journal) ?? journal;
          store.watch({}, change => {
            if (!clock.hasEnded) parts.changed(change);
          });
          this.#store = store;
          return store;
        },
        seenByLoops: registry => {
          const view = faultyView(registry, { clock, faults, written: () => {} });
          return sabotage.view?.(view) ?? view;
        },
        runtimeOf: runtime => {
          if (runtime.name !== "hollow") return runtime;
          const counted = containers.counted(runtime, clock);
          return sabotage.runtime?.(counted) ?? counted;
        },
        isPlayed: true,
      },
    );
  }

  get hasEnded(): boolean {
    return this.clock.hasEnded;
  }

  /** Whether it answers requests. */
  get answers(): boolean {
    return this.isStarted && !this.isStopping && !this.clock.hasEnded && !this.clock.isHalted;
  }

  /** Its store, for who looks into it. */
  get store(): Store {
    if (!this.#store) throw new Error("the cluster has made no store");
    return this.#store;
  }

  /** Never rejects: what it fails with is `startFailure`, and it has ended then. */
  async start(): Promise<void> {
    try {
      await this.cluster.start();
      this.isStarted = true;
    } catch (error) {
      if (this.hasEnded) return;
      this.startFailure = error;
      this.end();
    }
  }

  /** Stops it as a person does; what it fails with is a fault of the disk. It has ended when this resolves. */
  async stop(onFault: (fault: unknown) => void): Promise<void> {
    this.isStopping = true;
    await this.cluster.stop().catch(onFault);
    this.end();
  }

  /** From now on nothing happens in it, and nothing that it had begun comes to an end. */
  end(): void {
    if (this.hasEnded) return;
    this.clock.end();
    this.folder.operationsLeft = 0;
    this.#onEnd();
  }
}
