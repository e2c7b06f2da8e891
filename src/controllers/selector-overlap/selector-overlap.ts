/**
 * Tells where two workloads select each other's pods, in an event on the one that came later: Kubernetes' controllers only log it.
 * Nothing else comes of it, for each pod has one owner; but a pod without one may go to either, and who counts pods by labels counts
 * both. What another workload made (the ReplicaSets of a Deployment, the Jobs of a CronJob) is not looked at, its owner is.
 */
import { type Controller, controller, settled, type World } from "../../loop/index.ts";
import {
  controllerOf,
  isTerminating,
  type KubernetesObject,
  type LabelSelector,
  type Labels,
} from "../../resources/index.ts";
import { type Selecting, SelectorIndex } from "./selector-index.ts";

const kinds = [
  "Deployment",
  "ReplicaSet",
  "ReplicationController",
  "StatefulSet",
  "DaemonSet",
  "Job",
] as const;
type Kind = (typeof kinds)[number];

export function selectorOverlap(): Controller<Kind> {
  const index = new SelectorIndex();
  /** The uids of those that were told: each is once. */
  const told = new Set<string>();
  return controller({
    name: "selector-overlap-controller",
    kind: kinds,
    wokenBy: [],
    // Those that select nothing of their own are in no index: they would come again each second.
    concerns: (object, previous) =>
      previous ? isOther(object, previous) : !index.has(object.metadata.uid) && isSelecting(object),
    async reconcile(object, world) {
      const selecting = selectingOf(object);
      if (!selecting) {
        index.remove(object.metadata);
        return settled;
      }
      index.put(selecting);
      const other = index.overlapping(selecting);
      if (!other) return settled;
      const [earlier, later] =
        other.createdAt > selecting.createdAt ? [selecting, other] : [other, selecting];
      if (!told.has(later.uid)) tell(later, earlier, world);
      told.add(later.uid);
      return settled;
    },
    async gone(key) {
      const uid = index.removeNamed(key);
      if (uid !== undefined) told.delete(uid);
      return settled;
    },
  });
}

function isOther(object: KubernetesObject, previous: KubernetesObject): boolean {
  const isAsBefore = object.metadata.ownerReferences === previous.metadata.ownerReferences;
  return object.spec !== previous.spec || !isAsBefore || isTerminating(object) !== isTerminating(previous);
}

function tell(later: Selecting, earlier: Selecting, world: World): void {
  const object = world.byUid(later.uid);
  if (!object) return;
  const message = `Its selector and that of ${earlier.kind} ${earlier.name}, which was there before, choose each other's pods: each leaves the other's alone, but a pod without an owner may go to either, and what counts pods by labels counts both; give each a label of its own`;
  world.event(object, "Warning", "SelectorOverlap", message);
}

function isSelecting(object: KubernetesObject): boolean {
  const { selector } = object.spec as WorkloadSpec;
  return selector !== undefined && !controllerOf(object) && !isTerminating(object);
}

/** Undefined for what selects nothing of its own. */
function selectingOf(object: KubernetesObject): Selecting | undefined {
  const { kind, metadata } = object;
  const { namespace = "", name, uid, creationTimestamp } = metadata;
  const { selector, template } = object.spec as WorkloadSpec;
  if (!isSelecting(object) || !selector) return undefined;
  const asked =
    kind === "ReplicationController" ? { matchLabels: selector as Labels } : (selector as LabelSelector);
  const labels = template?.metadata?.labels ?? {};
  return { kind, namespace, name, uid, createdAt: Date.parse(creationTimestamp), selector: asked, labels };
}

interface WorkloadSpec {
  readonly selector?: LabelSelector | Labels;
  readonly template?: { readonly metadata?: { readonly labels?: Labels } };
}
