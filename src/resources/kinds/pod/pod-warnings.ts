/**
 * What the writer of a pod, or of a template of one, is told though it is valid: names on their way out, entries that hide each
 * other, amounts that cannot be meant. As in Kubernetes' `pkg/api/pod/warnings.go`.
 */
import type { PodContainer, PodSpec } from "../../generated/kubernetes.gen.ts";
import { dnsLabel } from "../../names.ts";
import type { ObjectMeta } from "../../object.ts";
import { parseQuantity } from "../../quantity.ts";

/** What a warning about a pod's template begins with: `spec.template.`; nothing of a pod itself. */
export function podWarnings(
  metadata: Partial<ObjectMeta> | undefined,
  spec: PodSpec | undefined,
  before = "",
): string[] {
  if (!spec) return [];
  const field = `${before}spec`;
  return [
    ...placementWarnings(spec, field),
    ...annotationWarnings(metadata?.annotations, `${before}metadata.annotations`),
    ...volumeWarnings(spec, field),
    ...repeated(spec.hostAliases, "ip", `${field}.hostAliases`, "duplicate ip"),
    ...repeated(spec.imagePullSecrets, "name", `${field}.imagePullSecrets`, "duplicate name"),
    ...containersOf(spec, field).flatMap(([container, path]) => containerWarnings(container, path)),
    ...portWarnings(spec, field),
  ];
}

/** A name that becomes the name of hosts is best one label. */
export function nameWarnings(
  { name = "" }: Partial<ObjectMeta>,
  becomes = "Pod names and hostnames",
): string[] {
  const wrong = dnsLabel(name);
  if (wrong.length === 0) return [];
  return [
    `metadata.name: this is used in ${becomes}, which can result in surprising behavior; a DNS label is recommended: [${wrong.join(" ")}]`,
  ];
}

const newerLabels: Readonly<Record<string, readonly [since: string, instead: string]>> = {
  "beta.kubernetes.io/arch": ["v1.14", "kubernetes.io/arch"],
  "beta.kubernetes.io/os": ["v1.14", "kubernetes.io/os"],
  "failure-domain.beta.kubernetes.io/region": ["v1.17", "topology.kubernetes.io/region"],
  "failure-domain.beta.kubernetes.io/zone": ["v1.17", "topology.kubernetes.io/zone"],
  "beta.kubernetes.io/instance-type": ["v1.17", "node.kubernetes.io/instance-type"],
};

function labelWarning(label: string): string | undefined {
  const [since, instead] = newerLabels[label] ?? [];
  return since && `deprecated since ${since}; use "${instead}" instead`;
}

function placementWarnings(spec: PodSpec, field: string): string[] {
  const told: string[] = [];
  for (const key of Object.keys(spec.nodeSelector ?? {})) {
    const text = labelWarning(key);
    if (text) told.push(`${field}.nodeSelector[${key}]: ${text}`);
  }
  const {
    requiredDuringSchedulingIgnoredDuringExecution: must,
    preferredDuringSchedulingIgnoredDuringExecution: may,
  } = spec.affinity?.nodeAffinity ?? {};
  const path = `${field}.affinity.nodeAffinity`;
  const terms = [
    ...(must?.nodeSelectorTerms ?? []).map(
      (term, i) =>
        [term, `${path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${i}]`] as const,
    ),
    ...(may ?? []).map(
      ({ preference }, i) =>
        [preference, `${path}.preferredDuringSchedulingIgnoredDuringExecution[${i}].preference`] as const,
    ),
  ];
  for (const [term, at] of terms) {
    term?.matchExpressions?.forEach(({ key }, i) => {
      const text = labelWarning(key);
      if (text) told.push(`${at}.matchExpressions[${i}].key: ${key} is ${text}`);
    });
  }
  spec.topologySpreadConstraints?.forEach(({ topologyKey, labelSelector }, i) => {
    const at = `${field}.topologySpreadConstraints[${i}]`;
    const text = labelWarning(topologyKey);
    if (text) told.push(`${at}.topologyKey: ${topologyKey} is ${text}`);
    if (!labelSelector) told.push(`${at}.labelSelector: a null labelSelector results in matching no pod`);
  });
  return told;
}

const oldAnnotations: Readonly<Record<string, string>> = {
  "scheduler.alpha.kubernetes.io/critical-pod":
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
  "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
  "seccomp.security.alpha.kubernetes.io/pod":
    'non-functional in v1.27+; use the "seccompProfile" field instead',
};

function annotationWarnings(annotations: Readonly<Record<string, string>> = {}, field: string): string[] {
  return Object.keys(annotations).flatMap(key =>
    oldAnnotations[key] === undefined ? [] : [`${field}[${key}]: ${oldAnnotations[key]}`],
  );
}

/** In the order of Kubernetes. */
const oldVolumes = {
  photonPersistentDisk: "deprecated in v1.11, non-functional in v1.16+",
  gitRepo: "deprecated in v1.11",
  scaleIO: "deprecated in v1.16, non-functional in v1.22+",
  flocker: "deprecated in v1.22, non-functional in v1.25+",
  storageos: "deprecated in v1.22, non-functional in v1.25+",
  quobyte: "deprecated in v1.22, non-functional in v1.25+",
  glusterfs: "deprecated in v1.25, non-functional in v1.26+",
  cephfs: "deprecated in v1.28, non-functional in v1.31+",
  rbd: "deprecated in v1.28, non-functional in v1.31+",
} as const;

function volumeWarnings({ volumes = [] }: PodSpec, field: string): string[] {
  return volumes.flatMap((volume, i) =>
    Object.entries(oldVolumes)
      .filter(([source]) => volume[source as keyof typeof oldVolumes])
      .map(([source, text]) => `${field}.volumes[${i}].${source}: ${text}`),
  );
}

function repeated<K extends string>(
  list: readonly { readonly [key in K]?: string }[] = [],
  key: K,
  field: string,
  text: string,
): string[] {
  const seen = new Set<string>();
  return list.flatMap((item, i) => {
    const value = item[key] ?? "";
    const path = `${field}[${i}].${key}`;
    if (value === "" && key === "name") return [`${path}: invalid empty name ""`];
    if (seen.has(value)) return [`${path}: ${text} ${JSON.stringify(value)}`];
    seen.add(value);
    return [];
  });
}

function containersOf(
  { initContainers = [], containers = [] }: PodSpec,
  field: string,
): (readonly [PodContainer, string])[] {
  return [
    ...initContainers.map((each, i) => [each, `${field}.initContainers[${i}]`] as const),
    ...containers.map((each, i) => [each, `${field}.containers[${i}]`] as const),
  ];
}

function containerWarnings({ resources, env = [] }: PodContainer, field: string): string[] {
  const told: string[] = [];
  for (const name of ["memory", "ephemeral-storage"]) {
    for (const kind of ["limits", "requests"] as const) {
      const amount = resources?.[kind]?.[name];
      if (amount !== undefined && parseQuantity(amount).billionths % 1_000_000_000n !== 0n)
        told.push(
          `${field}.resources.${kind}[${name}]: fractional byte value "${amount}" is invalid, must be an integer`,
        );
    }
  }
  const seen = new Set<string>();
  env.forEach(({ name, value = "", valueFrom }, i) => {
    // One that is built from the value before it is meant so.
    const extends_ = value.includes(`$(${name})`) && value !== `$(${name})`;
    if (seen.has(name) && (valueFrom || !extends_))
      told.push(
        `${field}.env[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
      );
    seen.add(name);
  });
  return told;
}

interface PortAt {
  readonly at: string;
  readonly hostIP: string;
  readonly hostPort: number;
}

function portWarnings(spec: PodSpec, field: string): string[] {
  const told: string[] = [];
  const taken = new Map<string, PortAt[]>();
  for (const [{ ports = [] }, path] of containersOf(spec, field)) {
    ports.forEach(({ containerPort, protocol = "TCP", hostIP = "", hostPort = 0 }, i) => {
      const at = `${path}.ports[${i}]`;
      const key = `${containerPort}/${protocol}`;
      const others = taken.get(key) ?? [];
      for (const other of others) {
        if (other.hostIP === hostIP && other.hostPort === hostPort)
          told.push(`${at}: duplicate port definition with ${other.at}`);
        else if (hostPort === 0 || other.hostPort === 0)
          told.push(`${at}: overlapping port definition with ${other.at}`);
        else if (hostPort === other.hostPort && (hostIP === "" || other.hostIP === ""))
          told.push(`${at}: dangerously ambiguous port definition with ${other.at}`);
      }
      taken.set(key, [...others, { at, hostIP, hostPort }]);
    });
  }
  return told;
}
