/**
 * What a container's environment holds: its own `env`, with values taken from the pod (downward API), ConfigMaps and
 * Secrets, and `$(NAME)` replaced by what stands before it. Nothing is inherited from the program that runs the cluster,
 * except what tells where programs, temporary files and the home folder are.
 */
import { messageOf } from "../../errors/index.ts";
import {
  type DownwardAPIVolumeFile,
  type EnvVar,
  type KubernetesObject,
  type Pod,
  type PodContainer,
  parseQuantity,
  type ResourceFieldSelector,
} from "../../resources/index.ts";
import { envFileText, valueInEnvFile } from "./env-file.ts";
import { hostnameOf } from "./hostname.ts";

/** What a container may be told of its pod. */
export interface AroundPod {
  readonly pod: Pod;
  /** The addresses of the pod and its node, which its status does not show yet when its first container starts. */
  readonly podIP: string;
  readonly hostIP: string;
  /** What the node can give; a container without a limit may take it all. */
  readonly allocatable: Readonly<Record<string, string>>;
}

/** What a container may be told about besides itself. */
export interface AroundContainer extends AroundPod {
  /** Looks in the pod's namespace. */
  readonly lookup: (kind: "ConfigMap" | "Secret", name: string) => KubernetesObject | undefined;
  /** Where a volume of the pod lies; undefined where it was not made. */
  readonly volumePath: (name: string) => string | undefined;
  /** What is said of services (service-variables.ts). */
  readonly services: Readonly<Record<string, string>>;
  /** The environment of the program that runs the cluster. */
  readonly outside: Readonly<Record<string, string | undefined>>;
}

/** The container cannot be created: something that it names is not there. As in Kubernetes, CreateContainerConfigError. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}

type FileKeySelector = NonNullable<NonNullable<EnvVar["valueFrom"]>["fileKeyRef"]>;

const inherited = ["PATH", "HOME", "TMPDIR", "TZ", "LANG"];
/** The same on Windows, and what a program cannot be started without there. */
const inheritedOnWindows = ["USERPROFILE", "TEMP", "TMP", "SystemRoot", "ComSpec", "PATHEXT"];

/** Throws a ConfigError where something is named that is not there. */
export function environmentOf(container: PodContainer, around: AroundContainer): Record<string, string> {
  const { pod, outside } = around;
  const env: Record<string, string> = {};
  for (const name of [...inherited, ...inheritedOnWindows]) {
    const value = outside[name];
    if (value !== undefined) env[name] = value;
  }
  Object.assign(env, around.services);
  env.HOSTNAME = hostnameOf(pod);
  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    const kind = configMapRef ? "ConfigMap" : "Secret";
    const data = dataOf(kind, configMapRef ?? secretRef ?? {}, around);
    for (const [name, value] of Object.entries(data ?? {})) env[prefix + name] = value;
  }
  for (const variable of container.env ?? []) {
    const value = variableValue(variable, container, around, env);
    if (value !== undefined) env[variable.name] = value;
  }
  return env;
}

/** Replaces `$(NAME)` by its value where it has one; `$$` is a dollar sign. */
export function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([A-Za-z_.-][\w.-]*)\)/g, (whole, name: string | undefined) =>
    name === undefined ? "$" : (ownText(env, name) ?? whole),
  );
}

/** What a file of the downward API says. */
export function downwardText(
  { fieldRef, resourceFieldRef }: Pick<DownwardAPIVolumeFile, "fieldRef" | "resourceFieldRef">,
  around: AroundPod,
): string {
  const [first] = around.pod.spec.containers;
  if (resourceFieldRef && first) return amountOf(resourceFieldRef, first, around);
  const path = fieldRef?.fieldPath ?? "";
  if (path !== "metadata.labels" && path !== "metadata.annotations") return fieldOf(around, path);
  const map = around.pod.metadata[path === "metadata.labels" ? "labels" : "annotations"] ?? {};
  const lines = Object.keys(map)
    .sort()
    .map(key => `${key}=${JSON.stringify(map[key])}`);
  return lines.join("\n");
}

function variableValue(
  { value, valueFrom }: EnvVar,
  container: PodContainer,
  around: AroundContainer,
  env: Readonly<Record<string, string>>,
): string | undefined {
  if (valueFrom === undefined) return expand(value ?? "", env);
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom;
  if (fieldRef) return fieldOf(around, fieldRef.fieldPath);
  if (resourceFieldRef) return amountOf(resourceFieldRef, container, around);
  if (fileKeyRef) return fileValue(fileKeyRef, around);
  const kind = configMapKeyRef ? "ConfigMap" : "Secret";
  const ref = configMapKeyRef ?? secretKeyRef;
  if (!ref) throw new ConfigError("valueFrom says nothing that k4s can look up");
  const found = ownText(dataOf(kind, ref, around), ref.key);
  if (found === undefined && ref.optional !== true) {
    const { namespace } = around.pod.metadata;
    throw new ConfigError(`couldn't find key ${ref.key} in ${kind} ${namespace}/${ref.name}`);
  }
  return found;
}

/** Undefined where it is not there, and need not be. */
function fileValue(
  { volumeName, path, key, optional = false }: FileKeySelector,
  { volumePath }: AroundContainer,
): string | undefined {
  const folder = volumePath(volumeName);
  let value: string;
  try {
    value = valueInEnvFile((folder && envFileText(folder, path)) ?? "", key);
  } catch (error) {
    throw new ConfigError(`couldn't parse env file ${JSON.stringify(path)}: ${messageOf(error)}`);
  }
  if (value !== "") return value;
  if (optional) return undefined;
  throw new ConfigError(
    `environment variable key ${JSON.stringify(key)} not found in file ${JSON.stringify(path)}`,
  );
}

/** A key may be called like what every object has: `constructor`. */
function ownText(map: Readonly<Record<string, string>> | undefined, key: string): string | undefined {
  return map && Object.hasOwn(map, key) ? map[key] : undefined;
}

function dataOf(
  kind: "ConfigMap" | "Secret",
  { name = "", optional = false }: { readonly name?: string; readonly optional?: boolean },
  { lookup }: AroundContainer,
): Readonly<Record<string, string>> | undefined {
  const object = lookup(kind, name) as (KubernetesObject & { data?: Record<string, string> }) | undefined;
  if (!object && !optional) throw new ConfigError(`${kind.toLowerCase()} "${name}" not found`);
  const data = object?.data;
  if (kind === "ConfigMap" || !data) return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString("utf8")]),
  );
}

/** An amount in whole divisors, rounded up: `limits.memory` with the divisor `1Mi` is `64`. */
function amountOf(
  { resource, divisor = "0", containerName }: ResourceFieldSelector,
  self: PodContainer,
  { pod, allocatable }: AroundPod,
): string {
  const { initContainers = [], containers } = pod.spec;
  const container =
    containerName === undefined
      ? self
      : [...initContainers, ...containers].find(({ name }) => name === containerName);
  if (!container) throw new ConfigError(`the pod has no container "${containerName}"`);
  const [, list, name = ""] = /^(limits|requests)\.(.+)$/.exec(resource) ?? [];
  if (list === undefined) throw new ConfigError(`unsupported container resource: ${resource}`);
  // Without a limit of its own it may take all that its pod has, or its node.
  const whole = ownText(pod.spec.resources?.limits, name) ?? ownText(allocatable, name) ?? "0";
  const amount =
    ownText(container.resources?.[list as "limits" | "requests"], name) ?? (list === "limits" ? whole : "0");
  const [wanted, unit] = [parseQuantity(amount).billionths, parseQuantity(divisor).billionths];
  const step = unit === 0n ? parseQuantity("1").billionths : unit;
  return String((wanted + step - 1n) / step);
}

/** A field of the pod, by the paths that Kubernetes allows here. */
function fieldOf({ pod: { metadata, spec }, podIP, hostIP }: AroundPod, path: string): string {
  const [, map, key] = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path) ?? [];
  if (map !== undefined && key !== undefined)
    return ownText(metadata[map as "labels" | "annotations"], key) ?? "";
  switch (path) {
    case "metadata.name":
      return metadata.name;
    case "metadata.namespace":
      return metadata.namespace ?? "";
    case "metadata.uid":
      return metadata.uid;
    case "spec.nodeName":
      return spec.nodeName ?? "";
    case "spec.serviceAccountName":
      return spec.serviceAccountName ?? "default";
    case "status.podIP":
    case "status.podIPs":
      return podIP;
    case "status.hostIP":
    case "status.hostIPs":
      return hostIP;
    default:
      throw new ConfigError(`the pod has no field ${path} that a container may be told`);
  }
}
