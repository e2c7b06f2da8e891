/**
 * What a pod's spec says when it says nothing: the defaults that depend on other fields. Kubernetes fills in one part
 * wherever a pod's spec stands, in templates too, and the other part, much of it by admission, only in real pods: a
 * template that was stored before a default changed makes pods of today.
 *
 * The token volume of a pod's service account, which Kubernetes mounts into every pod, is not made here: there are no
 * service accounts yet.
 */
import type {
  ContainerPort,
  PodContainer,
  PodSpec,
  ResourceRequirements,
  Toleration,
  Volume,
} from "../kubernetes.gen.ts";

/** The priorities that exist without a PriorityClass of their name having been made. */
const systemPriorities = new Map([
  ["system-node-critical", 2_000_001_000],
  ["system-cluster-critical", 2_000_000_000],
]);

/** How long a pod stays on a node that does not answer. */
const outages: readonly Toleration[] = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].map(
  key => Object.freeze({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }),
);

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

/** The spec of a pod that is new. All pods of one (frozen) template get one and the same object. */
export function filledNewPodSpec(spec: PodSpec): PodSpec {
  const known = filledBefore.get(spec);
  if (known) return known;
  const { serviceAccountName, serviceAccount } = spec;
  const account = serviceAccountName || serviceAccount || "default";
  const named = changed(spec, { serviceAccountName: account, serviceAccount: account });
  const filled = filledLivePodSpec(named);
  if (Object.isFrozen(spec)) filledBefore.set(spec, filled);
  return filled;
}

/** The spec of a pod, new or changed: the template's part and the pod's own. */
export function filledLivePodSpec(given: PodSpec): PodSpec {
  const spec = filledPodSpec(given);
  return changed(spec, {
    containers: each(spec.containers, withRequests),
    initContainers: each(spec.initContainers, withRequests),
    tolerations: withOutages(spec.tolerations),
    priority: spec.priority ?? systemPriorities.get(spec.priorityClassName ?? "") ?? 0,
    preemptionPolicy: spec.preemptionPolicy ?? "PreemptLowerPriority",
    enableServiceLinks: spec.enableServiceLinks ?? true,
  });
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

/** Behind the pod's own, those of the two outages that it says nothing about. */
function withOutages(tolerations: readonly Toleration[] = []): readonly Toleration[] {
  const missing = outages.filter(({ key }) => !tolerations.some(own => toleratesOutage(own, key)));
  return missing.length === 0 ? tolerations : [...tolerations, ...missing];
}

function toleratesOutage({ key, effect }: Toleration, outage: string | undefined): boolean {
  return (!key || key === outage) && (!effect || effect === "NoExecute");
}

/** The object with these fields; itself where they are what they were. Fields that are undefined stay out. */
function changed<T extends object>(object: T, fields: Partial<T>): T {
  let copy: T | undefined;
  for (const name in fields) {
    if (fields[name] === object[name]) continue;
    copy ??= { ...object };
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
