/** What must hold at each write, whatever happens to the nodes; looked at in the order of history. */
import type { Change, KubernetesObject } from "k4s";

interface Sized extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number;
    readonly strategy?: { readonly rollingUpdate?: Readonly<Record<string, string>> };
  };
  readonly status?: { readonly availableReplicas?: number; readonly readyReplicas?: number };
}

export interface SeenPod extends KubernetesObject {
  readonly spec: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { type: string; status: string }[];
  };
}

const finalizer = "batch.kubernetes.io/job-tracking";

/** As many writes of one author to one object in a second are fine. */
const mostWrites = 40;

export class Invariants {
  readonly broken: string[] = [];
  readonly #deployments = new Map<string, Sized>();
  readonly #sets = new Map<string, Sized>();
  /** By the uid of a pod of a Job: how it was when it was held last. */
  readonly #held = new Map<string, { job: string; phase: string | undefined; isGoing: boolean }>();
  readonly #removed = new Set<string>();
  readonly #jobs = new Map<string, KubernetesObject>();
  readonly #pods = new Map<string, SeenPod>();
  /** Of which second the last writes of each author to an object were, and how many. */
  readonly #writes = new Map<string, { second: number; count: number }>();

  see({ type, key, object, actor, at }: Change): void {
    const id = `${actor} ${key.kind}/${key.name}`;
    const second = Math.floor(at / 1_000);
    const before = this.#writes.get(id);
    const count = before?.second === second ? before.count + 1 : 1;
    this.#writes.set(id, { second, count });
    const tell = (what: string) =>
      this.broken.push(`${new Date(at).toISOString()} ${actor} ${key.kind}/${key.name}: ${what}`);
    // Each step of many pods is one write at most, and nothing runs in a circle.
    if (count === mostWrites + 1) tell(`writes more than ${mostWrites} times in a second`);
    if (key.kind === "Deployment") this.#deployments.set(object.metadata.uid, object as Sized);
    if (key.kind === "ReplicaSet") this.#seeSet(type, object as Sized, actor, tell);
    if (key.kind === "Job") this.#jobs.set(key.name, object);
    if (key.kind === "Pod") this.#seePod(type, object as SeenPod, actor, tell);
  }

  #seeSet(type: string, set: Sized, actor: string, tell: (what: string) => void): void {
    const { uid, ownerReferences = [] } = set.metadata;
    const owner = ownerReferences[0]?.uid ?? "";
    const deployment = this.#deployments.get(owner);
    const all = () =>
      [...this.#sets.values()].filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === owner);
    const usable = () =>
      all().reduce(
        (sum, { spec, status }) => sum + Math.min(spec.replicas ?? 1, status?.availableReplicas ?? 0),
        0,
      );
    const before = usable();
    if (type === "DELETED") this.#sets.delete(uid);
    else this.#sets.set(uid, set);
    if (!deployment || actor !== "deployment-controller") return;
    const wanted = deployment.spec.replicas ?? 1;
    const { maxSurge = "25%", maxUnavailable = "25%" } = deployment.spec.strategy?.rollingUpdate ?? {};
    const most = wanted + Math.ceil((wanted * Number.parseInt(maxSurge, 10)) / 100);
    const least = wanted - Math.floor((wanted * Number.parseInt(maxUnavailable, 10)) / 100);
    const total = all().reduce((sum, { spec }) => sum + (spec.replicas ?? 1), 0);
    if (total > most) tell(`${total} pods are asked for where ${most} may be`);
    if (usable() < Math.min(least, before))
      tell(`leaves ${usable()} of ${before} available pods where ${least} should be`);
  }

  #seePod(type: string, pod: SeenPod, actor: string, tell: (what: string) => void): void {
    const { uid, ownerReferences = [], finalizers = [], deletionTimestamp } = pod.metadata;
    const [owner] = ownerReferences;
    if (type === "DELETED") this.#pods.delete(uid);
    else this.#pods.set(uid, pod);
    if (
      type === "DELETED" &&
      owner?.kind === "StatefulSet" &&
      pod.spec.nodeName &&
      !ended(pod) &&
      !actor.startsWith("node/")
    )
      tell("is gone before its node said that it has ended");
    if (owner?.kind !== "Job") return;
    if (finalizers.includes(finalizer))
      this.#held.set(uid, {
        job: owner.name,
        phase: pod.status?.phase,
        isGoing: deletionTimestamp !== undefined,
      });
    else if (
      actor === "job-controller" &&
      deletionTimestamp &&
      this.#held.get(uid)?.isGoing === false &&
      !ended(pod)
    )
      this.#removed.add(uid);
  }

  /** Of each Job where not every pod was counted once what is wrong. */
  jobsCounted(): string[] {
    return [...this.#jobs].flatMap(([name, job]) => {
      const { succeeded = 0, failed = 0 } = (job as unknown as { status: Record<string, number> }).status;
      const pods = [...this.#held].filter(([uid, { job }]) => job === name && !this.#removed.has(uid));
      return pods.length === succeeded + failed
        ? []
        : [`${name}: ${pods.length} pods, ${succeeded} succeeded, ${failed} failed`];
    });
  }

  /** How many pods of an app are ready, and not told to go. */
  healthy(app: string): number {
    return [...this.#pods.values()].filter(pod => pod.metadata.labels?.app === app && isHealthy(pod)).length;
  }
}

export function isHealthy({ metadata, status }: SeenPod): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return metadata.deletionTimestamp === undefined && ready?.status === "True";
}

function ended({ status }: SeenPod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}
