/**
 * Which pods a node takes in, as a kubelet decides it by itself (room-on-node.ts): a pod that it refuses has failed, and nothing of it
 * is started.
 */
import { hasReason } from "../errors/index.ts";
import { timestamp } from "../outside/index.ts";
import {
  defaultSchedulerName,
  hasEnded,
  isTerminating,
  isTrue,
  type Pod,
  type PodSpec,
} from "../resources/index.ts";
import type { Writer } from "../store/index.ts";
import type { PodDependencies, PodWorker } from "./pods/index.ts";
import type { Registration } from "./registration.ts";
import { type Refusal, refusedStatus, whyNotResized, whyRefused } from "./room-on-node.ts";

const shuttingDownRefusal: Refusal = {
  reason: "NodeShutdown",
  message: "Pod was rejected as the node is shutting down.",
};

export interface PodAdmissionParts {
  readonly registration: Registration;
  /** What the node runs, by uid. */
  readonly pods: ReadonlyMap<string, PodWorker>;
  readonly writer: Writer;
  readonly dependencies: Pick<PodDependencies, "registry" | "clock" | "tell">;
}

export class PodAdmission {
  readonly #registration: Registration;
  readonly #pods: ReadonlyMap<string, PodWorker>;
  readonly #writer: Writer;
  readonly #dependencies: PodAdmissionParts["dependencies"];

  constructor({ registration, pods, writer, dependencies }: PodAdmissionParts) {
    this.#registration = registration;
    this.#pods = pods;
    this.#writer = writer;
    this.#dependencies = dependencies;
  }

  /** Undefined where the pod can have the resources that it asks for now, or the node is gone. */
  whyNotResized(pod: Pod): Refusal | undefined {
    const node = this.#registration.node();
    return node && whyNotResized(pod.spec, node, this.#othersThan(pod));
  }

  /** A pod that the cluster's own scheduler has sent has been weighed already. */
  whyRefused(pod: Pod): Refusal | undefined {
    if (pod.status?.startTime !== undefined || isTerminating(pod)) return undefined;
    if (this.#registration.isShuttingDown) return shuttingDownRefusal;
    const { schedulerName = defaultSchedulerName } = pod.spec;
    if (schedulerName === defaultSchedulerName && isTrue(pod, "PodScheduled")) return undefined;
    const node = this.#registration.node();
    if (!node || !whyRefused(pod, node, this.#othersThan(pod))) return undefined;
    // Some of the others may have ended, or gone, in the store, and the node has not heard of it yet.
    return whyRefused(pod, node, this.#othersThan(pod, true));
  }

  /** Says in its status, and in an event, why it is refused. */
  async refuse(pod: Pod, refusal: Refusal): Promise<void> {
    const { name, namespace = "", uid, resourceVersion } = pod.metadata;
    const { registry, clock, tell } = this.#dependencies;
    tell(pod, "Warning", refusal.reason, refusal.message);
    const refused = refusedStatus(pod, refusal, timestamp(clock.now()));
    const author = { ...this.#writer, cause: Number(resourceVersion) };
    const request = { author, isChecked: true, subresource: "status" };
    const change = (now: Pod) =>
      now.metadata.uid === uid ? { ...now, status: { ...now.status, ...refused } } : undefined;
    await registry.modify("Pod", namespace, name, change, request).catch(error => {
      if (!hasReason(error, "NotFound")) throw error;
    });
  }

  /** What else the node runs. @param asStored whether the store is asked, rather than what was heard of it */
  #othersThan({ metadata: { uid } }: Pod, asStored = false): PodSpec[] {
    const { store } = this.#dependencies.registry;
    const runs = ({ metadata: { uid, namespace = "", name } }: Pod) => {
      const now = asStored ? store.get("Pod", namespace, name) : this.#pods.get(uid)?.pod();
      return now?.metadata.uid === uid && !hasEnded(now);
    };
    const others = [...this.#pods.values()].filter(each => each.pod().metadata.uid !== uid);
    return others.filter(each => runs(each.pod())).map(each => each.allocated());
  }
}
