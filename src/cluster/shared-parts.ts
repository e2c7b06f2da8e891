/**
 * What the control planes over one store have in common: the store, the network, the nodes, what these report, and what was counted. The one that starts first opens it,
 * and it is closed with the last. Nodes are made by the control plane that made the store, whichever is asked to add one: what they
 * are given by it (a registry, events) is kept until they have stopped, however early that control plane itself stops.
 */

import { ApiError } from "../errors/index.ts";
import type { EventCounts } from "../loop/index.ts";
import type { Entrances, Network } from "../network/index.ts";
import type { Runtime, UsageMeter } from "../node/index.ts";
import { everyEnd, everyStep, removeOrphans } from "../outside/index.ts";
import type { StorageDrivers } from "../storage/index.ts";
import type { Store } from "../store/index.ts";
import type { SharedNodes } from "./agents.ts";
import { type ClusterPlace, openStore } from "./data-folder.ts";
import type { ReportedMetrics } from "./metrics.ts";
import type { Reaching } from "./reaching.ts";
import type { Scalings } from "./scalings.ts";

/** What of a control plane may be needed longer than it runs. */
export interface ControlPlane {
  /** Reads the store, and keeps limits from then on. Safe to call twice. */
  begin(): Promise<void>;
  /** What waits for a function of the program fails now, and later. */
  fail(): void;
  /** Resolves when all that was told through it is written. */
  close(): Promise<void>;
}

interface Shared {
  /** What the cluster is kept in; undefined where it is kept nowhere. */
  readonly data: ClusterPlace | undefined;
  readonly storage: StorageDrivers;
  readonly store: Store;
  readonly network: Network;
  readonly entrances: Entrances;
  readonly runtimes: ReadonlyMap<string, Runtime>;
  readonly nodes: SharedNodes;
  /** What the containers on the nodes use. */
  readonly meter: UsageMeter;
  /** What they report of themselves, and the program of what is outside. */
  readonly reported: ReportedMetrics;
  /** What all of them have told. */
  readonly counts: EventCounts;
  readonly scalings: Scalings;
  /** How its nodes and those of other processes reach each other. */
  readonly reaching: Reaching;
}

export class SharedParts {
  readonly data: ClusterPlace | undefined;
  readonly storage: StorageDrivers;
  readonly store: Store;
  readonly network: Network;
  readonly entrances: Entrances;
  readonly runtimes: ReadonlyMap<string, Runtime>;
  readonly nodes: SharedNodes;
  readonly meter: UsageMeter;
  readonly reported: ReportedMetrics;
  readonly counts: EventCounts;
  readonly scalings: Scalings;
  readonly reaching: Reaching;
  readonly #maker: ControlPlane;
  readonly #running = new Set<ControlPlane>();
  /** Those that stop, and still may write. */
  readonly #leaving = new Set<ControlPlane>();
  #opened: Promise<void> | undefined;
  #started: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  /** @param maker the control plane that these were made for */
  constructor(shared: Shared, maker: ControlPlane) {
    this.data = shared.data;
    this.storage = shared.storage;
    this.store = shared.store;
    this.network = shared.network;
    this.entrances = shared.entrances;
    this.runtimes = shared.runtimes;
    this.nodes = shared.nodes;
    this.meter = shared.meter;
    this.reported = shared.reported;
    this.counts = shared.counts;
    this.scalings = shared.scalings;
    this.reaching = shared.reaching;
    this.#maker = maker;
  }

  /** Whether any control plane runs. */
  get isRunning(): boolean {
    return this.#running.size > 0;
  }

  /** A control plane starts. Fails with ServiceUnavailable where the last one has stopped already. */
  async join(plane: ControlPlane): Promise<void> {
    if (this.#closed)
      throw new ApiError(
        "ServiceUnavailable",
        "the last control plane over this store was stopped: make a new cluster",
      );
    this.#running.add(plane);
    this.#opened ??= this.#open();
    await this.#opened;
    await plane.begin();
  }

  /** The nodes that are there from the start join. Resolves when they have. Safe to call twice. */
  startNodes(): Promise<void> {
    // Those only: one that is added meanwhile is started by who adds it.
    this.#started ??= startAll(this.nodes.first());
    return this.#started;
  }

  /**
   * A control plane stops. Resolves when it has, and, where it was the last, when nothing is left running.
   * @param stopOwn stops what is its alone
   */
  async leave(plane: ControlPlane, stopOwn: () => Promise<void>): Promise<void> {
    const isMaker = plane === this.#maker;
    // Where the store's maker stops without having run, no other can run either, unless one does.
    const mayEnd = this.#running.delete(plane) || isMaker;
    this.#leaving.add(plane);
    if (!isMaker) plane.fail();
    if (mayEnd && !this.isRunning) {
      this.#maker.fail();
      this.meter.stop();
    }
    // Also where one of these fails: nothing is to be left running.
    await everyStep([
      stopOwn,
      () => (isMaker ? undefined : plane.close()),
      () => {
        this.#leaving.delete(plane);
        if (!mayEnd || this.isRunning || this.#leaving.size > 0) return undefined;
        this.#closed ??= this.#close();
        return this.#closed;
      },
    ]);
  }

  async #open(): Promise<void> {
    await openStore(this.store, this.data);
    // Of processes that were killed: nobody waits for it.
    void removeOrphans();
    await this.#maker.begin();
    this.scalings.start();
    this.network.start();
    this.reaching.start();
    await this.network.meetOthers();
    await this.entrances.start();
  }

  #close(): Promise<void> {
    const { store, network, entrances, nodes, runtimes, reaching } = this;
    return everyStep([
      () => entrances.stop(),
      () => reaching.stop(),
      () => network.stop(),
      () => everyEnd([...nodes.agents.values()].map(agent => agent.stop())),
      () => everyEnd([...runtimes.values()].map(runtime => runtime.close())),
      () => this.storage.close(),
      () => this.#maker.close(),
      () => store.close(),
      () => this.data?.close(),
    ]);
  }
}

async function startAll(agents: readonly { start(): Promise<void> }[]): Promise<void> {
  for (const agent of agents) await agent.start();
}
