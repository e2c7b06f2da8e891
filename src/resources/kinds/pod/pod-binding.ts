/**
 * How a pod gets its node: a Binding is created at `pods/NAME/binding`, once. That is one write, which names the node and
 * says so in the condition PodScheduled.
 */
import { ApiError } from "../../../errors/index.ts";
import { bodyKind, type OwnPart, type Subresource } from "../../definition/index.ts";
import { notSupported, required } from "../../faults.ts";
import type { Pod, PodCondition } from "../../generated/kubernetes.gen.ts";
import type { Draft, KubernetesObject } from "../../object.ts";
import { definition } from "../../schema/index.ts";

export interface Binding extends KubernetesObject {
  readonly target: { readonly kind?: string; readonly name: string };
}

/** What puts the pod of this name on a node. */
export function bindingOf(
  { name, namespace }: { readonly name: string; readonly namespace?: string },
  nodeName: string,
): Draft<Binding> {
  return {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name, namespace },
    target: { kind: "Node", name: nodeName },
  };
}

/** A Binding that is created by itself is created at its pod: the older path for the same. */
export const binding: Pick<OwnPart, "createdAt"> = { createdAt: { kind: "Pod", subresource: "binding" } };

export const podBinding: Subresource = {
  name: "binding",
  verbs: ["create"],
  as: { group: "", version: "v1", kind: "Binding" },
  body: bodyKind<Binding>("v1", "Binding", () => definition("Binding"), {
    validate({ target }) {
      const { kind = "", name = "" } = target ?? {};
      return [
        ...(kind === "" || kind === "Node" ? [] : [notSupported("target.kind", kind, ["Node", "<empty>"])]),
        ...(name === "" ? [required("target.name")] : []),
      ];
    },
  }),
  // That a pod has its node answers what was wanted: its generation stays.
  isReport: true,
  create(pod, binding, now) {
    const { metadata, target } = binding as Draft<Binding>;
    assertSame(pod as Pod, metadata);
    return bound(pod as Pod, target.name, now);
  },
};

/** A Binding that names a uid or a version is for that pod alone, not for another that has its name by now. */
function assertSame({ metadata: pod }: Pod, { uid, resourceVersion }: Draft<Binding>["metadata"]): void {
  const insisted = { UID: [uid, pod.uid], ResourceVersion: [resourceVersion, pod.resourceVersion] };
  for (const [what, [wanted, found]] of Object.entries(insisted)) {
    if (!wanted || wanted === found) continue;
    const { name, namespace } = pod;
    const key = `Key: /registry/pods/${namespace}/${name}, ResourceVersion: 0`;
    const problem = `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`;
    const message = `Operation cannot be fulfilled on pods ${JSON.stringify(name)}: StorageError: invalid object, Code: 4, ${key}, AdditionalErrorMsg: ${problem}`;
    throw new ApiError("Conflict", message, { name, kind: "pods" });
  }
}

/** The pod on its node. Fails with Conflict if it has one already, is going, or has gates that keep it from nodes. */
function bound(pod: Pod, nodeName: string, now: string): Pod {
  const { name, deletionTimestamp } = pod.metadata;
  if (deletionTimestamp !== undefined)
    throw refused(name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod.spec.nodeName)
    throw refused(name, `pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  if (pod.spec.schedulingGates?.length)
    throw refused(name, `pod ${name} has non-empty .spec.schedulingGates`);
  const scheduled: PodCondition = { type: "PodScheduled", status: "True", lastTransitionTime: now };
  const others = (pod.status?.conditions ?? []).filter(condition => condition.type !== "PodScheduled");
  // It has what it was promised, or something else.
  const { nominatedNodeName: _, ...status } = pod.status ?? {};
  return {
    ...pod,
    spec: { ...pod.spec, nodeName },
    status: { ...Object.freeze(status), conditions: [...others, scheduled] },
  };
}

function refused(name: string, problem: string): ApiError {
  const message = `Operation cannot be fulfilled on pods/binding ${JSON.stringify(name)}: ${problem}`;
  return new ApiError("Conflict", message, { name, kind: "pods" });
}
