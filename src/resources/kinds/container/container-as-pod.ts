/**
 * A Container as the pod that it stands for, and back. `module` is the image, `function` the command, `parameters` the
 * arguments; every other field is a field of the pod or of its one container, under the same name. Probes may be short
 * as well: `{ eventLoop: {} }` asks whether the thread still turns, `{ request: body }` whether the function answers.
 */

import type { Pod, PodSpec } from "../../generated/kubernetes.gen.ts";
import { isList, isMap } from "../../json.ts";
import type { Draft } from "../../object.ts";
import { lastAppliedAnnotation } from "../../patch/index.ts";
import { isSame } from "../../sameness.ts";
import type { Container, ContainerSpec } from "./container.ts";
import { argsFromParameters, type Parameters, parametersFromArgs } from "./parameters.ts";

/** The name of the one container in such a pod, whatever the pod is called. */
export const containerName = "main";

/** Fields that stand in the container; all others stand in the pod's spec. */
export const containerFields = [
  "env",
  "envFrom",
  "imagePullPolicy",
  "lifecycle",
  "livenessProbe",
  "ports",
  "readinessProbe",
  "resources",
  "startupProbe",
] as const satisfies readonly (keyof ContainerSpec)[];

export const podFields = [
  "affinity",
  "hostname",
  "nodeName",
  "nodeSelector",
  "priority",
  "priorityClassName",
  "restartPolicy",
  "runtimeClassName",
  "schedulerName",
  "serviceAccountName",
  "terminationGracePeriodSeconds",
  "tolerations",
  "topologySpreadConstraints",
] as const satisfies readonly (keyof ContainerSpec)[];

const ownFields = ["module", "function", "parameters"] as const satisfies readonly (keyof ContainerSpec)[];

const probes: readonly string[] = ["livenessProbe", "readinessProbe", "startupProbe"];
const inContainer: ReadonlySet<string> = new Set(containerFields);
const known: ReadonlySet<string> = new Set([...ownFields, ...containerFields, ...podFields]);

/** The pod of a Container: of the same name, namespace, labels and annotations. */
export function podFromContainer(
  container: Pick<Container, "metadata" | "spec"> | Draft<Container>,
): Draft<Pod> {
  const { name, namespace, labels, annotations } = container.metadata;
  // What was applied to the Container was not applied to its pod.
  const { [lastAppliedAnnotation]: applied, ...others } = annotations ?? {};
  const kept = applied === undefined ? annotations : others;
  const metadata = {
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
    ...(labels && { labels }),
    ...(kept && { annotations: kept }),
  };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: podSpecOf(container.spec) };
}

/** A spec as it was written, perhaps not yet checked. */
type Written<T> = { readonly [field in keyof T]?: unknown };

/** The spec of the pod that a Container of this spec stands for. What is wrong in a field is wrong in the pod's. */
export function podSpecOf(spec: Written<ContainerSpec>): PodSpec {
  const { module, function: exported, parameters, ...rest } = spec;
  const container: Fields & { name: string } = { name: containerName, image: module };
  // An empty field (null) is one that was left out.
  if (exported !== undefined && exported !== null) container.command = [exported];
  if (isMap(parameters)) container.args = argsFromParameters(parameters);
  const pod: Fields = {};
  for (const [field, value] of Object.entries(rest)) {
    if (probes.includes(field)) container[field] = fullProbe(value);
    else if (inContainer.has(field)) container[field] = value;
    else pod[field] = value;
  }
  return { ...pod, containers: [container] } as PodSpec;
}

type Fields = Record<string, unknown>;

/** The spec of the Container that has exactly this pod spec; undefined where there is none. */
export function containerSpecOf(pod: Written<PodSpec>): ContainerSpec | undefined {
  const { containers, ...rest } = pod;
  if (!isList(containers)) return undefined;
  const [container, ...others] = containers;
  if (!isMap(container) || others.length > 0) return undefined;
  const { name: _, image, command, args, ...fields } = container;
  const spec: Fields & { module: unknown } = { module: image };
  if (isList(command)) spec.function = command[0];
  if (isList(args)) spec.parameters = parametersFromArgs(args.map(String)) satisfies Parameters;
  for (const [field, value] of Object.entries({ ...fields, ...rest })) {
    if (!known.has(field)) return undefined;
    spec[field] = probes.includes(field) ? shortProbe(value) : value;
  }
  return isSame(podSpecOf(spec), pod) ? (spec as ContainerSpec) : undefined;
}

/** `{ eventLoop: {} }` is `exec: { command: [event-loop] }`, `{ request: body }` is `[request, body as JSON]`. */
export function fullProbe(probe: unknown): unknown {
  if (!isMap(probe)) return probe;
  const { eventLoop, request, ...timing } = probe;
  if (eventLoop !== undefined) return { exec: { command: ["event-loop"] }, ...timing };
  if (request !== undefined) return { exec: { command: ["request", JSON.stringify(request)] }, ...timing };
  return probe;
}

function shortProbe(probe: unknown): unknown {
  if (!isMap(probe) || !isMap(probe.exec) || !Array.isArray(probe.exec.command)) return probe;
  const { exec, ...timing } = probe;
  const [word, body, ...more] = probe.exec.command as readonly unknown[];
  let short: unknown;
  if (word === "event-loop") short = { eventLoop: {}, ...timing };
  if (word === "request" && typeof body === "string" && more.length === 0) {
    try {
      short = { request: JSON.parse(body), ...timing };
    } catch {
      // Not a body in JSON, so the probe is no short one: it stays as it is.
      return probe;
    }
  }
  return isSame(fullProbe(short), probe) ? short : probe;
}
