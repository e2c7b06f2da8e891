/**
 * How many pods there should be, by what has these pods in charge: asked of the scale of each, of kinds of one's own too, as
 * the controller of PodDisruptionBudgets does in Kubernetes (`getExpectedScale`). Pods that nothing has in charge count for none.
 */
import type { Reader } from "../../loop/index.ts";
import {
  controllerOf,
  type KindDefinition,
  type KubernetesObject,
  type OwnerReference,
  type Pod,
} from "../../resources/index.ts";

export interface ExpectedPods {
  readonly count: number;
  /** Some pods have no controller: they are not among `count`. */
  readonly isUnmanaged: boolean;
}

/** Or why it cannot be known, in Kubernetes' words. */
export function expectedPods(
  pods: readonly Pod[],
  kinds: readonly KindDefinition[],
  reader: Reader,
): ExpectedPods | { readonly problem: string } {
  const sizes = new Map<string, number>();
  const seen = new Set<string>();
  let isUnmanaged = false;
  for (const pod of pods) {
    const owner = controllerOf(pod);
    isUnmanaged ||= owner === undefined;
    if (!owner || seen.has(owner.uid)) continue;
    seen.add(owner.uid);
    const found = scaleOf(owner, kinds, reader);
    if (!found) return { problem: `found no controllers for pod "${pod.metadata.name}"` };
    if ("problem" in found) return found;
    sizes.set(found.uid, found.replicas);
  }
  return { count: [...sizes.values()].reduce((sum, size) => sum + size, 0), isUnmanaged };
}

/** Whether objects of its kind have a number of replicas. */
export function isScalable(
  { apiVersion, kind }: KubernetesObject,
  kinds: readonly KindDefinition[],
): boolean {
  return kindOf({ apiVersion, kind }, kinds)?.subresources.some(({ name }) => name === "scale") ?? false;
}

interface Scale {
  readonly uid: string;
  readonly replicas: number;
}

/** A ReplicaSet's is that of its Deployment. Undefined where the object is not there. */
function scaleOf(
  owner: OwnerReference,
  kinds: readonly KindDefinition[],
  reader: Reader,
): Scale | { readonly problem: string } | undefined {
  const kind = kindOf(owner, kinds);
  if (!kind) {
    const version = JSON.stringify(owner.apiVersion);
    return { problem: `no matches for kind ${JSON.stringify(owner.kind)} in version ${version}` };
  }
  const scale = kind.subresources.find(({ name }) => name === "scale");
  if (!scale?.show) {
    const resource = [kind.plural, kind.group].filter(Boolean).join(".");
    return { problem: `${resource} does not implement the scale subresource` };
  }
  const object = reader.byUid(owner.uid);
  if (!object) return undefined;
  const above = kind.name === "ReplicaSet" ? controllerOf(object) : undefined;
  if (above && kindOf(above, kinds)?.name === "Deployment") {
    const found = scaleOf(above, kinds, reader);
    if (found) return found;
  }
  const { replicas = 0 } = (scale.show(object).spec ?? {}) as { readonly replicas?: number };
  return { uid: owner.uid, replicas };
}

function kindOf(
  { apiVersion, kind }: Pick<OwnerReference, "apiVersion" | "kind">,
  kinds: readonly KindDefinition[],
): KindDefinition | undefined {
  return kinds.find(
    each => each.kind === kind && each.versions.some(version => version.apiVersion === apiVersion),
  );
}
