/**
 * What a pod's spec says when it says nothing: the defaults that depend on other fields. One part is filled in wherever a
 * pod's spec stands, in templates too, the other only in real pods: a template that was stored before a default changed makes
 * pods of today. What a pod gets besides (tolerations, a priority, an account) it gets by admission.
 */
import type {
  ContainerPort,
  PodContainer,
  PodSpec,
  ResourceRequirements,
  Volume,
} from "../../generated/kubernetes.gen.ts";
import { containersAmounts, isPodLevel } from "../../pod-amounts.ts";
import { formatQuantity } from "../../quantity.ts";
import { isSame } from "../../sameness.ts";

/** Whose pods those are that name no scheduler. */
export const defaultSchedulerName = "default-scheduler";

/** The spec of a pod or of a template. The same object where nothing was missing. */
export function filledPodSpec(spec: PodSpec): PodSpec {
  const { hostNetwork = false, serviceAccountName, serviceAccount } = spec;
  return changed(spec, {
    containers: each(spec.containers, container => filledContainer(container, hostNetwork)),
    initContainers: each(spec.initContainers, container => filledContainer(container, hostNetwork)),
    volumes: each(spec.volumes, filledVolume),
    // The older name of the field: both are always there.
    serviceAccountName: serviceAccountName || serviceAccount,
    serviceAccount: serviceAccountName || serviceAccount,
  });
}

const filledBefore = new WeakMap<PodSpec, PodSpec>();

/** The spec of a pod: the template's part and the pod's own. All pods of one (frozen) template get one and the same object. */
export function filledLivePodSpec(given: PodSpec): PodSpec {
  const known = filledBefore.get(given);
  if (known) return known;
  const spec = filledPodSpec(given);
  const withContainers = changed(spec, {
    containers: each(spec.containers, withRequests),
    initContainers: each(spec.initContainers, withRequests),
    enableServiceLinks: spec.enableServiceLinks ?? true,
  });
  const filled = changed(withContainers, { resources: podLevelRequests(withContainers) });
  if (Object.isFrozen(given)) filledBefore.set(given, filled);
  return filled;
}

/** Always where the image has no tag or the tag `latest`: then it may be another one the next time. */
function defaultPullPolicy(image = ""): "Always" | "IfNotPresent" {
  if (image.includes("@")) return "IfNotPresent";
  const tag = /:([^/:]*)$/.exec(image)?.[1] ?? "latest";
  return tag === "latest" ? "Always" : "IfNotPresent";
}

function filledContainer(container: PodContainer, hostNetwork: boolean): PodContainer {
  const { imagePullPolicy, image, ports } = container;
  return changed(container, {
    imagePullPolicy: imagePullPolicy || defaultPullPolicy(image),
    ports: hostNetwork ? each(ports, onHostNetwork) : ports,
  });
}

/** On the network of the host a port is the host's. */
function onHostNetwork(port: ContainerPort): ContainerPort {
  return changed(port, { hostPort: port.hostPort || port.containerPort });
}

/** A volume that says nothing but its name is an empty directory. */
function filledVolume(volume: Volume): Volume {
  return Object.keys(volume).length > 1 ? volume : { ...volume, emptyDir: {} };
}

/** What is limited and not requested is requested up to the limit. */
function withRequests(container: PodContainer): PodContainer {
  const { resources } = container;
  const { limits, requests = {} } = resources ?? {};
  const missing = Object.entries(limits ?? {}).filter(([name]) => !Object.hasOwn(requests, name));
  if (missing.length === 0) return container;
  const more: ResourceRequirements = {
    ...resources,
    requests: { ...requests, ...Object.fromEntries(missing) },
  };
  return { ...container, resources: more };
}

/**
 * A pod that is limited as a whole requests as a whole what its containers request together, or else up to the limit.
 */
function podLevelRequests(spec: PodSpec): ResourceRequirements | undefined {
  const { resources } = spec;
  if (!resources || Object.keys(resources.limits ?? {}).length === 0) return resources;
  const limits = Object.entries(resources.limits ?? {}).filter(([name]) => isPodLevel(name));
  const together = [...containersAmounts(spec, "requests")]
    .filter(([name]) => isPodLevel(name) && !name.startsWith("hugepages-"))
    .map(([name, amount]) => [name, formatQuantity(amount)] as const);
  const requests = { ...Object.fromEntries([...limits, ...together]), ...resources.requests };
  return isSame(requests, resources.requests) ? resources : { ...resources, requests };
}

const noKeys = Object.freeze({});

/** The object with these fields; itself where they are what they were. Fields that are undefined stay out. */
function changed<T extends object>(object: T, fields: Partial<T>): T {
  let copy: T | undefined;
  for (const name in fields) {
    if (fields[name] === object[name]) continue;
    // A literal that begins with `object` would get a hidden class for each pod (docs/internals/performance-notebook.md).
    copy ??= { ...noKeys, ...object };
    copy[name] = fields[name] as T[typeof name];
  }
  return copy ?? object;
}

/** The list with each element changed; the same list where none did. */
function each<T>(list: readonly T[] | undefined, change: (element: T) => T): readonly T[] | undefined {
  if (!list) return list;
  const copy = list.map(change);
  return copy.some((element, i) => element !== list[i]) ? copy : list;
}
