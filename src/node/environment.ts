/**
 * What a container's environment holds: its own `env`, with values taken from the pod (downward API), ConfigMaps and
 * Secrets, and `$(NAME)` replaced by what stands before it. Nothing is inherited from the program that runs the cluster,
 * except what tells where programs, temporary files and the home folder are.
 */
import type { EnvVar, KubernetesObject, Pod, PodContainer } from "../resources/index.ts";

/** Looks up a ConfigMap or a Secret in the pod's namespace. */
export type Lookup = (kind: "ConfigMap" | "Secret", name: string) => KubernetesObject | undefined;

/** The container cannot be created: something that it names is not there. As in Kubernetes, CreateContainerConfigError. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}

const inherited = ["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SystemRoot", "TZ", "LANG"];

export function environmentOf(
  pod: Pod,
  container: PodContainer,
  lookup: Lookup,
  outside: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of inherited) {
    const value = outside[name];
    if (value !== undefined) env[name] = value;
  }
  env.HOSTNAME = pod.spec.hostname ?? pod.metadata.name;
  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    const [kind, ref] = configMapRef
      ? (["ConfigMap", configMapRef] as const)
      : (["Secret", secretRef] as const);
    const data = dataOf(kind, ref?.name ?? "", ref?.optional === true, lookup);
    for (const [name, value] of Object.entries(data ?? {})) env[prefix + name] = value;
  }
  for (const variable of container.env ?? []) {
    const value = variableValue(variable, pod, lookup, env);
    if (value !== undefined) env[variable.name] = value;
  }
  return env;
}

/** Replaces `$(NAME)` by its value where it has one; `$$` is a dollar sign. */
export function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([A-Za-z_.-][\w.-]*)\)/g, (whole, name: string | undefined) =>
    name === undefined ? "$" : Object.hasOwn(env, name) ? (env[name] ?? whole) : whole,
  );
}

function variableValue(
  { value, valueFrom }: EnvVar,
  pod: Pod,
  lookup: Lookup,
  env: Readonly<Record<string, string>>,
) {
  if (valueFrom === undefined) return expand(value ?? "", env);
  const { fieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef) return fieldOf(pod, fieldRef.fieldPath);
  const [kind, ref] = configMapKeyRef
    ? (["ConfigMap", configMapKeyRef] as const)
    : (["Secret", secretKeyRef] as const);
  if (!ref) throw new ConfigError("valueFrom says nothing that k4s can look up");
  const name = ref.name ?? "";
  const found = dataOf(kind, name, ref.optional === true, lookup)?.[ref.key];
  if (found === undefined && ref.optional !== true) {
    const where = kind === "ConfigMap" ? "ConfigMap" : "Secret";
    throw new ConfigError(`couldn't find key ${ref.key} in ${where} ${pod.metadata.namespace}/${name}`);
  }
  return found;
}

function dataOf(kind: "ConfigMap" | "Secret", name: string, optional: boolean, lookup: Lookup) {
  const object = lookup(kind, name) as (KubernetesObject & { data?: Record<string, string> }) | undefined;
  if (!object && !optional) throw new ConfigError(`${kind.toLowerCase()} "${name}" not found`);
  const data = object?.data;
  if (kind === "ConfigMap" || !data) return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString("utf8")]),
  );
}

/** A field of the pod, by the paths that Kubernetes allows here. */
function fieldOf({ metadata, spec, status }: Pod, path: string): string {
  const [, map, key] = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path) ?? [];
  if (map !== undefined && key !== undefined) return metadata[map as "labels" | "annotations"]?.[key] ?? "";
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
      return status?.podIP ?? "";
    case "status.hostIP":
    case "status.hostIPs":
      return status?.hostIP ?? "";
    default:
      throw new ConfigError(`the pod has no field ${path} that a container may be told`);
  }
}
