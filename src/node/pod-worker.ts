/**
 * One pod on its node. Whatever happens (the object changes, a container starts or ends, a probe draws a conclusion, a time
 * is up) only wakes it; awake, it looks at the pod and its containers as they are, does what the rules of pod-lifecycle.ts
 * say, and reports the status. One such round is under way at a time, and however often it is woken meanwhile, one more
 * follows. Idle, it has no timer and costs nothing.
 */
import { ApiError } from "../errors/index.ts";
import type { Timer } from "../outside/index.ts";
import { isTerminating, type Pod, type PodStatus } from "../resources/index.ts";
import { ContainerLife } from "./container-life.ts";
import { isSidecar } from "./init-containers.ts";
import type { Home } from "./instance.ts";
import { planFor } from "./pod-plan.ts";
import { podStatusOf } from "./pod-status.ts";
import type { Runtime } from "./runtime.ts";
import { stamp } from "./stamp.ts";
import type { NodeSurroundings } from "./surroundings.ts";

export interface PodWorkerOptions {
  readonly world: NodeSurroundings;
  readonly nodeName: string;
  readonly hostIP: string;
  readonly defaultRuntime: string;
}

const deadlineExceeded = {
  reason: "DeadlineExceeded",
  message: "Pod was active on the node longer than the specified deadline",
};
const retryMs = 1_000;
const noRevisions: readonly string[] = [];

export class PodWorker implements Home {
  readonly containers: readonly ContainerLife[];
  readonly #options: PodWorkerOptions;
  readonly #world: NodeSurroundings;
  readonly #startTime: string;
  #pod: Pod;
  #podIP: string | undefined;
  #cause: typeof deadlineExceeded | undefined;
  #deadline: Timer | undefined;
  #awake = false;
  #again = false;
  #ended = false;
  #released = false;
  #gone = false;
  /** What the last report was made of. */
  #reported: readonly unknown[] = [];
  #reporting = false;
  /** The revisions that came to our ears while we were reporting; one of them is our own. */
  #heard: readonly string[] = noRevisions;

  constructor(pod: Pod, options: PodWorkerOptions) {
    this.#pod = pod;
    this.#options = options;
    this.#world = options.world;
    const { spec, status } = pod;
    this.#startTime = status?.startTime ?? stamp(this.#world.clock);
    this.#podIP = status?.podIP;
    if (this.#podIP !== undefined) this.#world.addresses.keep(this.#podIP);
    const init = (spec.initContainers ?? []).map(
      (container, place) =>
        new ContainerLife(
          container,
          isSidecar(container) ? "sidecar" : "init",
          this,
          this.#world,
          status?.initContainerStatuses?.[place],
        ),
    );
    const main = spec.containers.map(
      (container, place) =>
        new ContainerLife(container, "main", this, this.#world, status?.containerStatuses?.[place]),
    );
    this.containers = init.length === 0 ? main : [...init, ...main];
    this.#watchDeadline();
    this.wake();
  }

  pod(): Pod {
    return this.#pod;
  }

  podIP(): string {
    this.#podIP ??= this.#world.addresses.take();
    return this.#podIP;
  }

  runtime(): Runtime | undefined {
    const { runtimeClassName } = this.#pod.spec;
    const { runtimes, registry } = this.#world;
    if (runtimeClassName === undefined) return runtimes.get(this.#options.defaultRuntime);
    return runtimes.get(
      registry.store.get("RuntimeClass", "", runtimeClassName)?.handler ?? runtimeClassName,
    );
  }

  /** The object as it is now. Our own writes come back here too, and are no news. */
  changed(pod: Pod): void {
    const before = this.#pod;
    this.#pod = pod;
    if (pod.spec !== before.spec) this.#redefine(pod);
    if (this.#reporting) this.#heard = [...this.#heard, pod.metadata.resourceVersion];
    else this.wake();
  }

  /** The object is no longer there: nothing may be left of it here either. */
  gone(): void {
    if (!this.#released) for (const container of this.containers) container.stop(0);
    void this.abandon(0);
  }

  /** Ends what runs and looks after it no more. Resolves when nothing is left of it. */
  async abandon(graceMs: number): Promise<void> {
    this.#gone = true;
    this.#deadline?.cancel();
    await Promise.all(this.containers.map(container => container.abandon(graceMs)));
    if (this.#podIP !== undefined) this.#world.addresses.release(this.#podIP);
  }

  wake(): void {
    if (this.#gone) return;
    if (this.#awake) {
      this.#again = true;
      return;
    }
    this.#awake = true;
    void this.#rounds();
  }

  async #rounds(): Promise<void> {
    do {
      this.#again = false;
      try {
        await this.#round();
      } catch (error) {
        if (this.#gone || isGone(error)) break;
        this.#world.onFault(error);
        this.#world.clock.after(retryMs, () => this.wake());
        break;
      }
    } while (this.#again && !this.#gone);
    this.#awake = false;
  }

  /** Looks, reports what is so, and does the next thing. */
  async #round(): Promise<void> {
    const stopping = isTerminating(this.#pod) || this.#cause !== undefined;
    const plan = planFor(this.#pod, this.containers, stopping);
    this.#ended = plan.ended;
    await this.#report();
    // The plan is for the pod as it was; if something has come up meanwhile, the next round makes another.
    if (this.#gone || this.#again) return;
    for (const container of this.containers) {
      if (plan.start.includes(container.name)) this.#start(container);
      else if (plan.stop.includes(container.name)) container.stop(this.#graceMs());
    }
    if (plan.ended && isTerminating(this.#pod)) await this.#release();
  }

  #start(container: ContainerLife): void {
    this.podIP();
    container.start();
  }

  #graceMs(): number {
    const { metadata, spec } = this.#pod;
    const seconds = isTerminating(this.#pod) ? metadata.deletionGracePeriodSeconds : undefined;
    return (seconds ?? spec.terminationGracePeriodSeconds ?? 30) * 1_000;
  }

  #redefine({ spec }: Pod): void {
    const specs = [...(spec.initContainers ?? []), ...spec.containers];
    for (const container of this.containers) {
      const now = specs.find(({ name }) => name === container.name);
      if (now) container.redefine(now);
    }
  }

  /** Writes the status, if anything in it has changed since the last time. */
  async #report(): Promise<void> {
    const { metadata, spec } = this.#pod;
    const shown = [
      this.#ended,
      this.#cause,
      metadata.generation,
      ...this.containers.map(({ status }) => status),
    ];
    const same =
      shown.length === this.#reported.length && shown.every((item, place) => item === this.#reported[place]);
    // Conditions that others write count too, where the pod waits for them.
    if (same && spec.readinessGates === undefined) return;
    const { registry } = this.#world;
    const options = { author: this.#author(), trusted: true, subresource: "status" } as const;
    this.#reporting = true;
    try {
      const current = await registry.modify(
        "Pod",
        metadata.namespace ?? "",
        metadata.name,
        pod => (pod.metadata.uid === metadata.uid ? { ...pod, status: this.#statusOf(pod) } : undefined),
        options,
      );
      if (this.#heard.some(revision => revision !== current.metadata.resourceVersion)) this.#again = true;
      this.#reported = shown;
    } finally {
      this.#reporting = false;
      this.#heard = noRevisions;
    }
  }

  #statusOf(pod: Pod): PodStatus {
    const initCount = pod.spec.initContainers?.length ?? 0;
    const statuses = this.containers.map(({ status }) => status);
    return podStatusOf(pod, {
      init: statuses.slice(0, initCount),
      main: initCount === 0 ? statuses : statuses.slice(initCount),
      ready: this.#podIP !== undefined,
      ended: this.#ended,
      cause: this.#cause,
      hostIP: this.#options.hostIP,
      podIP: this.#podIP,
      startTime: this.#startTime,
      now: stamp(this.#world.clock),
    });
  }

  /** The pod has ended and was to be deleted: the object goes, if nothing else holds it. */
  async #release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    const { name, namespace = "", uid } = this.#pod.metadata;
    const options = { author: this.#author(), trusted: true, gracePeriodSeconds: 0, preconditions: { uid } };
    await this.#world.registry.delete("Pod", namespace, name, options);
  }

  #author() {
    return { actor: `node/${this.#options.nodeName}`, cause: Number(this.#pod.metadata.resourceVersion) };
  }

  #watchDeadline(): void {
    const { activeDeadlineSeconds } = this.#pod.spec;
    if (activeDeadlineSeconds === undefined) return;
    const { clock, tell } = this.#world;
    const dueMs = Date.parse(this.#startTime) + activeDeadlineSeconds * 1_000 - clock.now();
    this.#deadline = clock.after(dueMs, () => {
      if (this.#ended) return;
      this.#cause = deadlineExceeded;
      tell(this.#pod, "Normal", deadlineExceeded.reason, deadlineExceeded.message);
      this.wake();
    });
  }
}

function isGone(error: unknown): boolean {
  return error instanceof ApiError && (error.reason === "NotFound" || error.reason === "Conflict");
}
