/**
 * Several control planes over one store: which of them runs the controllers, and which the scheduler. Each takes part in two
 * elections (loop/leader-election.ts) by the leases that Kubernetes has for it in kube-system. Who does not lead stands by: its
 * loops follow what changes and run nothing, so that it takes over at once.
 */
import {
  type ControllerContext,
  fencedRegistry,
  gauge,
  type LeaderElectionTimes,
  LeaderElector,
  type Loop,
  leaderElectionTimes,
  leaseLock,
  type MetricFamily,
} from "../loop/index.ts";
import type { Lease } from "../resources/index.ts";
import { componentWriter, type Fence } from "../store/index.ts";

/** What is led by a lease of its own, named as in Kubernetes. */
export type Component = "kube-controller-manager" | "kube-scheduler";
export const components: readonly Component[] = ["kube-controller-manager", "kube-scheduler"];

/** What is known of control planes in other processes. */
export interface OtherPrograms {
  /** Whether the one of this identity led this, and its process has ended. */
  hasGone(identity: string, of: Component): boolean;
  /** Calls when one has. */
  onGone(listener: () => void): void;
}

export class Leaders {
  readonly #context: ControllerContext;
  readonly #electors: ReadonlyMap<Component, LeaderElector>;
  readonly #loops = new Map<Component, readonly Loop[]>();
  /** By which write we lead. */
  readonly #fences = new Map<Component, Fence>();
  readonly #onFault: (error: unknown) => void;
  readonly #others: OtherPrograms | undefined;

  /**
   * @param identity of this control plane in the leases: no other's
   * @param others those of other processes, where there are any
   * @param times where they are to be other than Kubernetes'
   */
  constructor(
    context: ControllerContext,
    identity: string,
    onFault: (error: unknown) => void,
    others?: OtherPrograms,
    times: Partial<LeaderElectionTimes> = {},
  ) {
    this.#context = context;
    this.#onFault = onFault;
    this.#others = others;
    const { registry, clock, random } = context;
    this.#electors = new Map(
      components.map(component => {
        const writer = componentWriter(component);
        const tell = (lease: Lease, what: string) =>
          context.events.record(writer, lease, "Normal", "LeaderElection", `${identity} ${what}`);
        const elector = new LeaderElector({
          lock: leaseLock(registry, component, writer),
          identity,
          clock,
          random,
          times: { ...leaderElectionTimes, ...times },
          ...(others && { isGone: holder => others.hasGone(holder, component) }),
          onStarted: lease => {
            this.#fences.set(component, { of: component, claim: Number(lease.metadata.resourceVersion) });
            tell(lease, "became leader");
            for (const loop of this.#loopsOf(component)) loop.resume("standby");
          },
          onStopped: lease => {
            this.#fences.delete(component);
            for (const loop of this.#loopsOf(component)) void loop.pause("standby");
            tell(lease, "stopped leading");
          },
          onFault,
        });
        return [component, elector];
      }),
    );
  }

  /** What the loops of a component are to be given: it lets nothing be written by who does not lead. */
  contextOf(component: Component): ControllerContext {
    const fence = () => this.#fences.get(component);
    return { ...this.#context, registry: fencedRegistry(this.#context.registry, fence), fence };
  }

  leads(component: Component): boolean {
    return this.#electors.get(component)?.isLeader ?? false;
  }

  /** Takes part from now on. The loops have just been started: they stand by until they lead. */
  start(loopsOf: (component: Component) => readonly Loop[]): void {
    for (const [component, elector] of this.#electors) {
      this.#loops.set(component, loopsOf(component));
      for (const loop of this.#loopsOf(component)) void loop.pause("standby");
      elector.start();
    }
    this.#others?.onGone(() => {
      for (const elector of this.#electors.values()) elector.lookAgain();
    });
  }

  /**
   * Another may take over. To be called when the loops have stopped. A lease that cannot be given back is told as a fault, and runs
   * out by itself.
   */
  async stop(): Promise<void> {
    await Promise.all([...this.#electors.values()].map(elector => elector.release().catch(this.#onFault)));
  }

  families(): MetricFamily[] {
    const values = components.map(name => ({ labels: { name }, value: this.leads(name) ? 1 : 0 }));
    const help =
      "Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master.";
    return [gauge("leader_election_master_status", help, values)];
  }

  #loopsOf(component: Component): readonly Loop[] {
    return this.#loops.get(component) ?? [];
  }
}
