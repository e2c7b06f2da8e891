/** The far side of a network: the other processes, and the threads that they have. */
import type { Exit, TrafficReport } from "../../messages/index.ts";
import type { Clock, Random } from "../../outside/index.ts";
import type { Pod } from "../../resources/index.ts";
import type { Store } from "../../store/index.ts";
import type { Attached, Identity } from "../attachment.ts";
import type { Carrier } from "./carrier.ts";
import { FarProcesses } from "./far-processes.ts";
import { FarThreads, type FarThreadsParts, speaksForCluster } from "./far-threads.ts";

export interface FarOptions {
  readonly carrier: Carrier;
  /**
   * What this process is called among those of the cluster, each by another name: its node, where it is one; with a slash in front where it
   * is the control plane's, which may have nodes of any name, and speaks for the cluster.
   */
  readonly name: string;
}

export type FarNetworkParts = Omit<FarThreadsParts, "isGenuine" | "isBefore"> & {
  readonly store: Pick<Store, "byUid">;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: (fault: unknown) => void;
};

export class FarNetwork {
  readonly #processes: FarProcesses;
  readonly #threads: FarThreads;

  constructor({ carrier, name }: FarOptions, { store, random, onFault, ...parts }: FarNetworkParts) {
    this.#threads = new FarThreads({
      ...parts,
      isGenuine: (identity, process) => isGenuine(store, identity, process),
      isBefore: process => this.#processes.isBefore(process),
    });
    const threads = this.#threads;
    this.#processes = new FarProcesses({
      name,
      carrier,
      clock: parts.clock,
      random,
      onFault,
      events: {
        opened: process => threads.opened(process),
        told: (process, value) => threads.told(process, value),
        port: (process, port, kind, value) => threads.port(process, port, kind, value),
        broken: (process, why) => threads.broken(process, why),
      },
    });
  }

  /** Fails as `Carrier.start`. */
  start(): Promise<void> {
    return this.#processes.start();
  }

  stop(): Promise<void> {
    return this.#processes.stop();
  }

  attached(thread: Attached): void {
    this.#threads.attached(thread);
  }

  leaving(thread: Attached): void {
    this.#threads.leaving(thread);
  }

  traffic(thread: Attached, report: TrafficReport): void {
    this.#threads.traffic(thread, report);
  }

  gone(thread: Attached, exit: Exit): void {
    this.#threads.gone(thread, exit);
  }
}

/**
 * A node may have the pods that are bound to it; the control plane's process has nodes of its own, whichever. What those who are sent to see of the
 * sender is the names, what policies go by is the uid: both have to be of one pod.
 */
function isGenuine(
  store: Pick<Store, "byUid">,
  { uid, namespace, pod: name, account }: Identity,
  process: string,
): boolean | undefined {
  const pod = store.byUid(uid) as Pod | undefined;
  if (!pod) return undefined;
  const { metadata, spec } = pod;
  const isNamed =
    metadata.namespace === namespace &&
    metadata.name === name &&
    (spec.serviceAccountName ?? "default") === account;
  return isNamed && (speaksForCluster(process) || spec.nodeName === process);
}
