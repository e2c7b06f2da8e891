/**
 * What controllers and nodes did, in words. Of all the writes in a cluster's history only those are told that an onlooker
 * would miss: what was created, placed, started, asked to stop, deleted, and how many are ready. The mirrors, counts and
 * times that objects keep beside are left out; `npm run demo -- --all` prints every write.
 */
import type {
  Change,
  Container,
  Deployment,
  EndpointSlice,
  Job,
  KubernetesObject,
  Node,
  Pod,
  ReplicaSet,
} from "k4s";

export interface Telling {
  readonly actor: string;
  /** `created Container echo-rs-0 and 3 more`: what was done to the first object, and to how many others. */
  readonly text: string;
}

/** What was done, as the words before and after the name of the object. */
interface Deed {
  readonly before: string;
  readonly after: string;
  /** Which object it is told of. */
  readonly of: string;
  /** A number that changes as long as there is work: only the last one is told. */
  readonly isCount?: boolean;
}

/** One telling for all that an actor did alike, in the order in which each began, counts where they ended. What is given is not told. */
export function tellingsOf(changes: readonly Change[]): Telling[] {
  const alike = new Map<string, { actor: string; deed: Deed; objects: Set<string> }>();
  for (const change of changes) {
    const { actor, key } = change;
    const deed = isGiven(actor) ? undefined : deedOf(change);
    if (!deed) continue;
    const { before, after, of, isCount } = deed;
    const id = JSON.stringify([actor, key.kind, before, isCount ? of : after]);
    const objects = alike.get(id)?.objects ?? new Set();
    if (isCount) alike.delete(id);
    alike.set(id, { actor, deed, objects: objects.add(of) });
  }
  return [...alike.values()].map(({ actor, deed, objects }) => {
    const [first] = objects;
    const others = objects.size > 1 ? ` and ${objects.size - 1} more` : "";
    return { actor, text: `${deed.before} ${first}${others}${deed.after}` };
  });
}

function deedOf({ type, key, object, previous }: Change): Deed | undefined {
  // Kinds that are not Kubernetes' own have their group behind them: VolumeSnapshot.snapshot.storage.k8s.io.
  const of = `${key.kind.replace(/\..*/, "")} ${key.name}`;
  if (key.kind === "Event" || key.kind === "Lease") return undefined;
  // A node comes with what it says of itself.
  if ((key.kind === "Node" || key.kind === "CSINode") && type === "ADDED") return undefined;
  if (type !== "MODIFIED") return { before: type === "ADDED" ? "created" : "deleted", of, after: "" };
  if (object.metadata.deletionTimestamp && !previous?.metadata.deletionTimestamp)
    return { before: "asked", of, after: " to stop" };
  return changesOf[key.kind]?.(of, object, previous);
}

/** A method: each is given objects of its own kind. */
interface Teller {
  changes(of: string, is: KubernetesObject, was?: KubernetesObject): Deed | undefined;
}

/** What is told of a changed object, by its kind; of other kinds nothing. */
const changesOf: Record<string, Teller["changes"]> = {
  Pod(of, is: Pod, was?: Pod) {
    if (is.spec.nodeName !== was?.spec.nodeName)
      return { before: "put", of, after: ` on ${is.spec.nodeName}` };
    const reports = (after: string) => ({ before: "reports", of, after: `: ${after}` });
    const phase = is.status?.phase ?? "Pending";
    if (phase !== was?.status?.phase) return reports(isReady(is) ? `${phase} and Ready` : phase);
    if (isReady(is) === isReady(was)) return undefined;
    if (isReady(is)) return reports("Ready");
    const { state, lastState } = is.status?.containerStatuses?.[0] ?? {};
    const end = state?.terminated ?? lastState?.terminated;
    return reports(end ? `not Ready (${end.reason}, exit code ${end.exitCode})` : "not Ready");
  },
  Container(of, is: Container, was?: Container) {
    if (is.spec.module !== was?.spec.module)
      return { before: "changed", of, after: ` to module ${is.spec.module}` };
    return is.status?.ready && !was?.status?.ready ? { before: "reports", of, after: ": Ready" } : undefined;
  },
  Deployment(of, { spec }: Deployment, was?: Deployment) {
    if (!was || spec.replicas === was.spec.replicas) return undefined;
    return { before: "scaled", of, after: ` to ${spec.replicas}`, isCount: true };
  },
  ReplicaSet(of, { spec, status }: ReplicaSet, was?: ReplicaSet) {
    if (was && spec.replicas !== was.spec.replicas)
      return { before: "scaled", of, after: ` to ${spec.replicas}`, isCount: true };
    const ready = status?.readyReplicas ?? 0;
    if (ready === (was?.status?.readyReplicas ?? 0)) return undefined;
    return { before: "reports", of, after: `: ${ready} of ${spec.replicas} ready`, isCount: true };
  },
  Job(of, is: Job, was?: Job) {
    const ended = (job?: Job) =>
      job?.status?.conditions?.find(
        ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
      );
    const end = ended(is);
    if (end && !ended(was)) return { before: "reports", of, after: `: ${end.type}` };
    const { succeeded = 0, failed = 0 } = is.status ?? {};
    if (succeeded === (was?.status?.succeeded ?? 0) && failed === (was?.status?.failed ?? 0))
      return undefined;
    return { before: "reports", of, after: `: ${succeeded} succeeded, ${failed} failed`, isCount: true };
  },
  Node(of, is: Node, was?: Node) {
    const [now, before] = [readinessOf(is), readinessOf(was)];
    if (now !== before) return { before: "reports", of, after: `: Ready is ${now}` };
    const taints = taintsOf(is).filter(taint => !taintsOf(was).includes(taint));
    return taints.length > 0 ? { before: "taints", of, after: ` ${taints.join(", ")}` } : undefined;
  },
  EndpointSlice(_, is: EndpointSlice, was?: EndpointSlice) {
    if (readyIn(is) === readyIn(was)) return undefined;
    const of = `Service ${is.metadata.labels?.["kubernetes.io/service-name"]}`;
    return {
      before: "leads",
      of,
      after: ` to ${readyIn(is)} ${readyIn(is) === 1 ? "pod" : "pods"}`,
      isCount: true,
    };
  },
};

/** The onlooker's own writes, and those with which each cluster begins. */
function isGiven(actor: string): boolean {
  return actor === "user" || actor === "k4s";
}

function isReady(pod?: Pod): boolean {
  return pod?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

function readinessOf(node?: Node): string {
  return node?.status?.conditions?.find(({ type }) => type === "Ready")?.status ?? "Unknown";
}

function taintsOf(node?: Node): string[] {
  return node?.spec?.taints?.map(({ key, effect }) => `${key}:${effect}`) ?? [];
}

function readyIn(slice?: EndpointSlice): number {
  return slice?.endpoints?.filter(({ conditions }) => conditions?.ready).length ?? 0;
}
