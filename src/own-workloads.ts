/**
 * What the program that runs a cluster does with workloads, as kubectl does it: scales them, rolls their templates out, back and
 * anew, and has them scaled by load. Each is a read and a write of the API; the controllers do the rest.
 */
import { type Api, type Caller, type Client, calls, type WaitOptions } from "./api/index.ts";
import { templateIn } from "./controllers/index.ts";
import { ApiError, checkArguments } from "./errors/index.ts";
import { timestamp } from "./outside/index.ts";
import type {
  DaemonSet,
  Deployment,
  HorizontalPodAutoscaler,
  KindRegistry,
  KubernetesObject,
  ObjectMeta,
  PodTemplateSpec,
  ReplicaSet,
  StatefulSet,
} from "./resources/index.ts";

/** What has a template that is rolled out. */
type RolledOut = Deployment | StatefulSet | DaemonSet;

/** How far a template has come: the sentence is kubectl's. */
export interface RolloutStatus {
  readonly done: boolean;
  readonly message: string;
}

/** A template that a workload has had. */
export interface RolloutRevision {
  readonly revision: number;
  /** Of the ReplicaSet or ControllerRevision that keeps it. */
  readonly name: string;
  /** What the annotation `kubernetes.io/change-cause` said. */
  readonly changeCause?: string;
  readonly template: PodTemplateSpec;
}

/** The calls of `cluster.rollout`. */
export type Rollout = Pick<
  OwnWorkloads,
  "status" | "wait" | "history" | "undo" | "restart" | "pause" | "resume"
>;

interface WorkloadParts {
  readonly client: Client;
  readonly api: Pick<Api, "patch">;
  readonly caller: Caller;
  readonly kinds: KindRegistry;
  readonly running: () => Promise<void> | undefined;
  readonly now: () => number;
}

/** A roll-out has as long as a Deployment's progress deadline is where none is given. */
const rolloutMs = 600_000;
const causeAnnotation = "kubernetes.io/change-cause";
const revisionAnnotation = "deployment.kubernetes.io/revision";

export class OwnWorkloads {
  readonly #parts: WorkloadParts;

  constructor(parts: WorkloadParts) {
    this.#parts = parts;
  }

  async scale(ref: string, replicas: number): Promise<void> {
    checkArguments("scale", calls.scale, [ref, replicas]);
    await this.#parts.running();
    const { client, api, caller, kinds } = this.#parts;
    const { kind: spelling, namespace, name } = client.keyOf(ref);
    const { kind, version } = kinds.findVersion(spelling);
    if (!kind.subresources.some(part => part.name === "scale"))
      throw new ApiError("BadRequest", `a ${kind.kind} has no scale`, { kind: kind.kind, name });
    const target = { kind, version, namespace, name, subresource: "scale" };
    await api.patch(caller, target, { spec: { replicas } }, { type: "merge", fieldManager: caller.manager });
  }

  async autoscale(
    ref: string,
    options: { readonly min?: number; readonly max: number; readonly cpu?: number },
  ): Promise<HorizontalPodAutoscaler> {
    checkArguments("autoscale", calls.autoscale, [ref, options]);
    const { client, kinds } = this.#parts;
    const { kind: spelling, namespace, name } = client.keyOf(ref);
    const { apiVersion } = kinds.findVersion(spelling).version;
    const { min = 1, max, cpu: averageUtilization = 80 } = options;
    const resource = { name: "cpu", target: { type: "Utilization", averageUtilization } };
    const [made] = await client.apply({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name, namespace },
      spec: {
        scaleTargetRef: { apiVersion, kind: kinds.find(spelling).kind, name },
        minReplicas: min,
        maxReplicas: max,
        metrics: [{ type: "Resource", resource }],
      },
    });
    return made as HorizontalPodAutoscaler;
  }

  /** How far the present template has come. */
  async status(ref: string): Promise<RolloutStatus> {
    checkArguments("rollout.status", calls["rollout.status"], [ref]);
    return statusOf(await this.#workload(ref));
  }

  /**
   * Resolves when the present template is rolled out, to what the status says then. Fails with Timeout when its progress deadline
   * has passed, or when that takes longer than `timeoutMs` (10 minutes).
   */
  async wait(ref: string, options: WaitOptions = {}): Promise<RolloutStatus> {
    checkArguments("rollout.wait", calls["rollout.wait"], [ref, options]);
    const { kind, metadata } = await this.#workload(ref);
    const isDone = (workload: KubernetesObject | undefined) => {
      if (!workload) throw notFound(kind, metadata.name);
      return statusOf(workload as RolledOut).done;
    };
    const place = `${kind}/${metadata.namespace}/${metadata.name}`;
    const found = await this.#parts.client.waitFor(place, isDone, { timeoutMs: rolloutMs, ...options });
    return statusOf(found as RolledOut);
  }

  /** The templates that are remembered, oldest first. */
  async history(ref: string): Promise<RolloutRevision[]> {
    checkArguments("rollout.history", calls["rollout.history"], [ref]);
    return this.#revisions(await this.#workload(ref));
  }

  /**
   * Goes back to the template before, or to one by its number in the history. Nothing is written where that is the present one.
   * Fails with NotFound where it is not remembered, BadRequest while the roll-out is paused.
   */
  async undo(ref: string, options: { readonly toRevision?: number } = {}): Promise<void> {
    checkArguments("rollout.undo", calls["rollout.undo"], [ref, options]);
    const workload = await this.#workload(ref);
    const { kind, metadata } = workload;
    if (workload.kind === "Deployment" && workload.spec.paused)
      throw new ApiError(
        "BadRequest",
        `cannot roll back ${kind} ${metadata.name} while it is paused: resume it first`,
      );
    const revisions = await this.#revisions(workload);
    const { toRevision = revisions.at(-2)?.revision } = options;
    const wanted = revisions.find(({ revision }) => revision === toRevision);
    if (!wanted) {
      const which = toRevision === undefined ? "no earlier revision" : `no revision ${toRevision}`;
      throw new ApiError("NotFound", `${kind} ${metadata.name} remembers ${which}`, {
        kind,
        name: metadata.name,
      });
    }
    if (wanted === revisions.at(-1)) return;
    const { resourceVersion: _, managedFields: __, ...own } = metadata;
    await this.#parts.client.update<KubernetesObject>({
      ...workload,
      metadata: own,
      spec: { ...workload.spec, template: wanted.template },
    });
  }

  /** Replaces all pods, by the workload's own strategy. */
  async restart(ref: string): Promise<void> {
    checkArguments("rollout.restart", calls["rollout.restart"], [ref]);
    const annotations = { "kubectl.kubernetes.io/restartedAt": timestamp(this.#parts.now()) };
    await this.#change(await this.#workload(ref), { template: { metadata: { annotations } } });
  }

  /** A changed template waits from now on. Fails with BadRequest for what cannot be paused, and where it is. */
  async pause(ref: string): Promise<void> {
    checkArguments("rollout.pause", calls["rollout.pause"], [ref]);
    await this.#change(await this.#pausable(ref, false), { paused: true });
  }

  /** What waits is rolled out. Fails with BadRequest where nothing is paused. */
  async resume(ref: string): Promise<void> {
    checkArguments("rollout.resume", calls["rollout.resume"], [ref]);
    await this.#change(await this.#pausable(ref, true), { paused: null });
  }

  async #pausable(ref: string, isPaused: boolean): Promise<Deployment> {
    const workload = await this.#workload(ref);
    const { kind, metadata } = workload;
    if (workload.kind !== "Deployment")
      throw new ApiError("BadRequest", `a ${kind} cannot be paused`, { kind, name: metadata.name });
    if ((workload.spec.paused ?? false) !== isPaused)
      throw new ApiError("BadRequest", `${kind} ${metadata.name} is ${isPaused ? "not" : "already"} paused`);
    return workload;
  }

  async #change({ kind, metadata: { name, namespace } }: RolledOut, spec: object): Promise<void> {
    await this.#parts.client.patch(kind, name, { spec }, { namespace });
  }

  async #workload(ref: string): Promise<RolledOut> {
    await this.#parts.running();
    const { kind, namespace, name } = this.#parts.client.keyOf(ref);
    const known = (["Deployment", "StatefulSet", "DaemonSet"] as const).find(each => each === kind);
    if (!known)
      throw new ApiError(
        "BadRequest",
        `a ${kind} is not rolled out: name a Deployment, StatefulSet or DaemonSet`,
      );
    const found = await this.#parts.client.get(known, name, namespace);
    if (found) return found;
    throw notFound(kind, name);
  }

  async #revisions(workload: RolledOut): Promise<RolloutRevision[]> {
    const { client } = this.#parts;
    const { namespace, uid } = workload.metadata;
    const isIts = ({ metadata }: { readonly metadata: ObjectMeta }) =>
      metadata.ownerReferences?.some(owner => owner.uid === uid) ?? false;
    const revisions =
      workload.kind === "Deployment"
        ? (await client.list("ReplicaSet", { namespace })).filter(isIts).map(ofSet)
        : (await client.list("ControllerRevision", { namespace })).filter(isIts).map(kept => ({
            ...named(kept.metadata, kept.revision),
            template: templateIn(kept),
          }));
    return revisions.sort((one, other) => one.revision - other.revision);
  }
}

function ofSet({ metadata, spec }: ReplicaSet): RolloutRevision {
  const { "pod-template-hash": _, ...labels } = spec.template.metadata?.labels ?? {};
  const template = { ...spec.template, metadata: { ...spec.template.metadata, labels } };
  return { ...named(metadata, Number(metadata.annotations?.[revisionAnnotation] ?? 0)), template };
}

function named({ name, annotations }: ObjectMeta, revision: number) {
  const changeCause = annotations?.[causeAnnotation];
  return { revision, name, ...(changeCause !== undefined && { changeCause }) };
}

function notFound(kind: string, name: string): ApiError {
  return new ApiError("NotFound", `${kind} "${name}" not found`, { kind, name });
}

function statusOf(workload: RolledOut): RolloutStatus {
  if (workload.kind === "Deployment") return deploymentStatus(workload);
  return workload.kind === "StatefulSet" ? statefulSetStatus(workload) : daemonSetStatus(workload);
}

function isSeen({ metadata, status }: RolledOut): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}

function waiting(message: string): RolloutStatus {
  return { done: false, message };
}

function deploymentStatus(workload: Deployment): RolloutStatus {
  const { name } = workload.metadata;
  if (!isSeen(workload)) return waiting("Waiting for deployment spec update to be observed...");
  const { replicas: wanted = 1 } = workload.spec;
  const { conditions = [], updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = workload.status ?? {};
  if (conditions.some(({ type, reason }) => type === "Progressing" && reason === "ProgressDeadlineExceeded"))
    throw new ApiError("Timeout", `deployment ${JSON.stringify(name)} exceeded its progress deadline`);
  const what = `Waiting for deployment ${JSON.stringify(name)} rollout to finish:`;
  if (updatedReplicas < wanted)
    return waiting(`${what} ${updatedReplicas} out of ${wanted} new replicas have been updated...`);
  if (replicas > updatedReplicas)
    return waiting(`${what} ${replicas - updatedReplicas} old replicas are pending termination...`);
  if (availableReplicas < updatedReplicas)
    return waiting(`${what} ${availableReplicas} of ${updatedReplicas} updated replicas are available...`);
  return { done: true, message: `deployment ${JSON.stringify(name)} successfully rolled out` };
}

function daemonSetStatus(workload: DaemonSet): RolloutStatus {
  const { name } = workload.metadata;
  if (workload.spec.updateStrategy?.type === "OnDelete") throw onDelete();
  if (!isSeen(workload)) return waiting("Waiting for daemon set spec update to be observed...");
  const {
    updatedNumberScheduled = 0,
    desiredNumberScheduled: wanted = 0,
    numberAvailable = 0,
  } = workload.status ?? {};
  const what = `Waiting for daemon set ${JSON.stringify(name)} rollout to finish:`;
  if (updatedNumberScheduled < wanted)
    return waiting(`${what} ${updatedNumberScheduled} out of ${wanted} new pods have been updated...`);
  if (numberAvailable < wanted)
    return waiting(`${what} ${numberAvailable} of ${wanted} updated pods are available...`);
  return { done: true, message: `daemon set ${JSON.stringify(name)} successfully rolled out` };
}

function statefulSetStatus(workload: StatefulSet): RolloutStatus {
  const { spec, status } = workload;
  if (spec.updateStrategy?.type === "OnDelete") throw onDelete();
  if (!isSeen(workload)) return waiting("Waiting for statefulset spec update to be observed...");
  const { replicas: wanted = 1 } = spec;
  const { readyReplicas = 0, updatedReplicas = 0, updateRevision, currentRevision } = status ?? {};
  if (readyReplicas < wanted) return waiting(`Waiting for ${wanted - readyReplicas} pods to be ready...`);
  const { partition = 0 } = spec.updateStrategy?.rollingUpdate ?? {};
  if (partition > 0) {
    if (updatedReplicas < wanted - partition)
      return waiting(
        `Waiting for partitioned roll out to finish: ${updatedReplicas} out of ${wanted - partition} new pods have been updated...`,
      );
    return {
      done: true,
      message: `partitioned roll out complete: ${updatedReplicas} new pods have been updated...`,
    };
  }
  if (updateRevision !== currentRevision)
    return waiting(
      `waiting for statefulset rolling update to complete ${updatedReplicas} pods at revision ${updateRevision}...`,
    );
  const { currentReplicas = 0 } = status ?? {};
  return {
    done: true,
    message: `statefulset rolling update complete ${currentReplicas} pods at revision ${currentRevision}...`,
  };
}

function onDelete(): ApiError {
  return new ApiError("BadRequest", "rollout status is only available for RollingUpdate strategy type");
}
