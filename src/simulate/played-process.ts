/**
 * One process of `k4s up`, as it is played: a cluster with its own clock, over a disk or an etcd in memory. It ends as processes do, from one
 * moment to the next and at whatever it awaits; or it is stopped, and has the time for that.
 */
import { Cluster } from "../cluster/index.ts";
import type { Controller } from "../loop/index.ts";
import type { MessageApi } from "../messages/index.ts";
import type { Runtime } from "../node/index.ts";
import { type Random, seededRandom } from "../outside/index.ts";
import type { RegistryVerbs, Store } from "../store/index.ts";
import type { CrashingFolder } from "./crashing-folder.ts";
import type { Faults } from "./faults.ts";
import { faultyView } from "./faulty-view.ts";
import type { ProcessClock } from "./process-clock.ts";
import type { RunningContainers } from "./running-containers.ts";

type Foundations = NonNullable<ConstructorParameters<typeof Cluster>[1]>;
type StoreOptions = Parameters<NonNullable<Foundations["storeOf"]>>[0];

/** Breaks the product in one place, for those who try whether that is found out. */
export interface Sabotage {
  /** The disk. */
  readonly disk?: (folder: CrashingFolder) => void;
  /** What stands between the journal and everybody else. */
  readonly store?: (store: Store) => Store;
  /** What controllers see, and write through. */
  readonly view?: (registry: RegistryVerbs) => RegistryVerbs;
  /** What messages are sent through. */
  readonly api?: (api: Pick<MessageApi, "send" | "request">) => Pick<MessageApi, "send" | "request">;
  /** What nodes run containers with. */
  readonly runtime?: (runtime: Runtime) => Runtime;
}

/** What all processes of a play have in common. */
export interface SharedByProcesses {
  readonly faults: Faults;
  readonly random: Random;
  readonly containers: RunningContainers;
  readonly controllers: readonly Controller[];
  readonly sabotage: Sabotage;
  readonly onFault: (fault: unknown) => void;
  /** Told who writes as a controller, or as the scheduler: what a leader alone may do where there are several. */
  readonly onLoopWrite: (actor: string) => void;
}

export interface ProcessParts extends SharedByProcesses {
  readonly clock: ProcessClock;
  /** How many it has. */
  readonly nodes: number;
  /** Which of several it is; it is the only one where left out. */
  readonly program?: NonNullable<Foundations["program"]>;
  readonly storeOf: (options: StoreOptions) => Store;
  /** Called once, when it has ended from one moment to the next. */
  readonly onEnd: () => void;
}

export class PlayedProcess {
  readonly clock: ProcessClock;
  readonly cluster: Cluster;
  /** In the leases, where there are several. */
  readonly identity: string | undefined;
  readonly #ended = new Set<() => void>();
  /** What it has failed with, where it could not start. */
  startFailure: unknown;
  isStarted = false;
  /** It is asked to stop, and takes its time. */
  isStopping = false;

  constructor(parts: ProcessParts) {
    const { clock, faults, random, containers, sabotage, program } = parts;
    this.clock = clock;
    this.identity = program?.identity;
    this.#ended.add(parts.onEnd);
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
        ...(program && { leaderElection: true }),
      },
      {
        storeOf: parts.storeOf,
        seenByLoops: registry => {
          const view = faultyView(registry, { clock, faults, asked: parts.onLoopWrite });
          return sabotage.view?.(view) ?? view;
        },
        runtimeOf: runtime => {
          if (runtime.name !== "hollow") return runtime;
          const counted = containers.counted(runtime, clock);
          return sabotage.runtime?.(counted) ?? counted;
        },
        isPlayed: true,
        ...(program && { program }),
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

  /** Calls when it has ended. Returns what takes that back. */
  onEnd(listener: () => void): () => void {
    this.#ended.add(listener);
    return () => void this.#ended.delete(listener);
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
    for (const listener of [...this.#ended]) listener();
  }
}
