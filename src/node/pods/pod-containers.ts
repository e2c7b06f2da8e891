/**
 * The containers of a pod on its node, made of its spec in this order: init containers, the pod's own, those that were added for
 * debugging. What a node that went down has left in the status is where each of them goes on.
 */
import {
  type ContainerStatus,
  isSame,
  type Pod,
  type PodContainer,
  type PodSpec,
} from "../../resources/index.ts";
import { type ContainerDependencies, ContainerLife, type OwningPod } from "../containers/index.ts";
import { isSidecar } from "./init-containers.ts";

export function containersOf(
  owner: OwningPod,
  dependencies: ContainerDependencies,
): readonly ContainerLife[] {
  const { spec, status } = owner.pod();
  const init = (spec.initContainers ?? []).map((container, index) => {
    const before = status?.initContainerStatuses?.[index];
    const role = isSidecar(container) ? "sidecar" : "init";
    return new ContainerLife(container, role, owner, dependencies, before);
  });
  const main = spec.containers.map((container, index) => {
    const before = status?.containerStatuses?.[index];
    return new ContainerLife(container, "main", owner, dependencies, before);
  });
  const added = ephemeralOf(owner, 0, dependencies);
  return init.length === 0 && added.length === 0 ? main : [...init, ...main, ...added];
}

/**
 * The containers of a pod whose spec has changed: those that it had, each told of its new definition, and what was added.
 * @param isResized false while the node has no room for other resources: each keeps those that it has
 */
export function redefined(
  containers: readonly ContainerLife[],
  owner: OwningPod,
  dependencies: ContainerDependencies,
  isResized: boolean,
): readonly ContainerLife[] {
  const { spec } = owner.pod();
  const specs = [...(spec.initContainers ?? []), ...spec.containers];
  for (const container of containers) {
    const now = specs.find(({ name }) => name === container.name);
    if (now) container.redefine(isResized ? now : withResourcesOf(container.spec, now));
  }
  const known = containers.filter(({ role }) => role === "ephemeral").length;
  const added = ephemeralOf(owner, known, dependencies);
  return added.length > 0 ? [...containers, ...added] : containers;
}

/** The same container with the resources of another definition. */
function withResourcesOf({ resources }: PodContainer, container: PodContainer): PodContainer {
  return isSame(resources ?? {}, container.resources ?? {}) ? container : { ...container, resources };
}

/** The spec of a pod with what the node has given its containers. */
export function allocatedSpec(spec: PodSpec, containers: readonly ContainerLife[]): PodSpec {
  const given = (own: PodContainer) => {
    const life = containers.find(({ name }) => name === own.name);
    return life ? withResourcesOf(life.spec, own) : own;
  };
  const { initContainers } = spec;
  return {
    ...spec,
    containers: spec.containers.map(given),
    ...(initContainers && { initContainers: initContainers.map(given) }),
  };
}

/** Whether a container that can be resized asks for other resources than it has. */
export function asksForOthers({ spec }: Pod, containers: readonly ContainerLife[]): boolean {
  const asked = new Map([...(spec.initContainers ?? []), ...spec.containers].map(own => [own.name, own]));
  return containers.some(({ name, role, spec: has }) => {
    if (role !== "main" && role !== "sidecar") return false;
    return !isSame(has.resources ?? {}, asked.get(name)?.resources ?? {});
  });
}

/** Those for debugging, without the `known` first ones; a pod only ever gets more of them. */
function ephemeralOf(
  owner: OwningPod,
  known: number,
  dependencies: ContainerDependencies,
): readonly ContainerLife[] {
  const { spec, status } = owner.pod();
  return (spec.ephemeralContainers ?? []).slice(known).map(container => {
    const before = status?.ephemeralContainerStatuses?.find(({ name }) => name === container.name);
    return new ContainerLife(container, "ephemeral", owner, dependencies, before);
  });
}

/** The statuses of all containers as the pod's status has them: each sort by itself. */
export interface StatusesBySort {
  readonly init: readonly ContainerStatus[];
  readonly main: readonly ContainerStatus[];
  readonly ephemeral: readonly ContainerStatus[];
}

/** @param statuses in the order of the containers */
export function bySort({ spec }: Pod, statuses: readonly ContainerStatus[]): StatusesBySort {
  const initCount = spec.initContainers?.length ?? 0;
  const ownCount = initCount + spec.containers.length;
  return {
    init: statuses.slice(0, initCount),
    main: statuses.slice(initCount, ownCount),
    ephemeral: statuses.slice(ownCount),
  };
}
