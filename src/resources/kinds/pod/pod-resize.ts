/**
 * The resources of a pod's containers change while it runs (`pods/NAME/resize`): processor and memory of those that stay, as far as the
 * pod keeps its class of service. As in Kubernetes' `ValidatePodResize`.
 */
import type { Cause } from "../../../errors/index.ts";
import type { Subresource } from "../../definition/index.ts";
import { forbidden, invalidValue } from "../../faults.ts";
import type { Pod, PodContainer, PodSpec } from "../../generated/kubernetes.gen.ts";
import type { Draft } from "../../object.ts";
import { isSame } from "../../sameness.ts";
import { qosClassOf } from "./qos-class.ts";
import { resourceFaults } from "./resource-rules.ts";

/** Of all that is given only the resources of containers are taken over, and how they may change; of containers that are not there, nothing. */
export const resize: Subresource<Pod> = {
  name: "resize",
  verbs: ["get", "patch", "update"],
  next(last, given) {
    const { containers = [], initContainers } = (given as Draft<Pod>).spec ?? {};
    return {
      ...last,
      spec: {
        ...last.spec,
        containers: resized(last.spec.containers, containers),
        ...(last.spec.initContainers && {
          initContainers: resized(last.spec.initContainers, initContainers ?? []),
        }),
      },
    };
  },
  faults({ spec }, last) {
    const fixed = whyFixed(last);
    if (fixed !== undefined) return [forbidden(wholeObject, fixed)];
    const { spec: old } = last;
    const [now, before] = [qosClassOf(spec), qosClassOf(old)];
    const unclassed = "Pod QOS Class may not change as a result of resizing";
    return [
      ...(["containers", "initContainers"] as const).flatMap(name => amountFaults(spec, name)),
      ...(now === before ? [] : [invalidValue("spec", before, unclassed)]),
      ...(["initContainers", "containers"] as const).flatMap(name => removedFaults(spec, old, name)),
      ...(["containers", "initContainers"] as const).flatMap(name => otherFaults(spec, old, name)),
    ];
  },
};

/** How Kubernetes prints a path that has no name. */
const wholeObject = "[]";
const mirrored = "kubernetes.io/config.mirror";

/** Why nothing of the pod can be resized; undefined where it can. */
function whyFixed({ metadata, spec: { resources, os } }: Pod): string | undefined {
  const amounts = { ...resources?.requests, ...resources?.limits };
  if (Object.keys(amounts).length > 0) return "pods with pod-level resources cannot be resized";
  if (metadata.annotations?.[mirrored] !== undefined) return "static pods cannot be resized";
  return os?.name === "windows" ? "windows pods cannot be resized" : undefined;
}

function resized(
  containers: readonly PodContainer[],
  given: readonly PodContainer[],
): readonly PodContainer[] {
  return containers.map(container => {
    const asked = given.find(({ name }) => name === container.name);
    return asked ? { ...container, resources: asked.resources, resizePolicy: asked.resizePolicy } : container;
  });
}

type Containers = "containers" | "initContainers";

function amountFaults(spec: PodSpec, name: Containers): Cause[] {
  return (spec[name] ?? []).flatMap(({ resources }, i) =>
    resources ? resourceFaults(resources, `spec.${name}[${i}].resources`) : [],
  );
}

/** Init containers that stay beside the others are resized like them. */
function isResizable({ restartPolicy }: PodContainer, name: Containers): boolean {
  return name === "containers" || restartPolicy === "Always";
}

function removedFaults(spec: PodSpec, old: PodSpec, name: Containers): Cause[] {
  return (old[name] ?? []).flatMap((before, i) => {
    if (!isResizable(before, name)) return [];
    const field = `spec.${name}[${i}].resources`;
    const isLess = (side: "limits" | "requests") =>
      Object.keys(before.resources?.[side] ?? {}).some(
        key => spec[name]?.[i]?.resources?.[side]?.[key] === undefined,
      );
    return [
      ...(isLess("requests") ? [forbidden(`${field}.requests`, "resource requests cannot be removed")] : []),
      ...(isLess("limits") ? [forbidden(`${field}.limits`, "resource limits cannot be removed")] : []),
    ];
  });
}

function otherFaults(spec: PodSpec, old: PodSpec, name: Containers): Cause[] {
  return (spec[name] ?? []).flatMap((container, i) => {
    const before = old[name]?.[i];
    if (!before) return [];
    const now = isResizable(container, name) ? withOldAmounts(container, before) : container;
    const detail = isResizable(container, name)
      ? `only cpu and memory resources${name === "containers" ? "" : " for sidecar containers"} are mutable`
      : "resources for non-sidecar init containers are immutable";
    return isSame(definedOf(now), definedOf(before)) ? [] : [forbidden("spec", detail)];
  });
}

/** The container as it would be if its processor and memory had not changed. */
function withOldAmounts(container: PodContainer, before: PodContainer): PodContainer {
  const { claims, ...now } = container.resources ?? {};
  const amounts = (side: "limits" | "requests") => {
    const { cpu: _, memory: _1, ...others } = now[side] ?? {};
    const { cpu, memory } = before.resources?.[side] ?? {};
    const kept = { ...others, ...(cpu !== undefined && { cpu }), ...(memory !== undefined && { memory }) };
    return Object.keys(kept).length > 0 ? kept : undefined;
  };
  const resources = definedOf({ claims, limits: amounts("limits"), requests: amounts("requests") });
  return { ...container, resources: Object.keys(resources).length > 0 ? resources : undefined };
}

function definedOf(object: object): object {
  return Object.fromEntries(
    Object.entries(object).filter(
      ([, value]) => value !== undefined && !(typeof value === "object" && Object.keys(value).length === 0),
    ),
  );
}
