/**
 * What must be right in one container of a pod: its name, image, ports, environment, resources, mounts and probes.
 */
import type { Cause } from "../../../errors/index.ts";
import { duplicate, forbidden, invalidValue, notSupported, required, tooMany } from "../../faults.ts";
import type { ContainerPort, EnvFromSource, PodContainer, Volume } from "../../generated/kubernetes.gen.ts";
import { dnsLabel, dnsSubdomain, portName, variableName } from "../../names.ts";
import { valuesOf } from "../../schema/index.ts";
import { portFaults } from "../networking/index.ts";
import { environmentFaults } from "./environment-rules.ts";
import { deviceFaults, mountFaults } from "./mount-rules.ts";
import { hookFaults, probeFaults } from "./probe-rules.ts";
import { takenClaimFaults } from "./resource-claim-rules.ts";
import { resizePolicyFaults, resourceFaults } from "./resource-rules.ts";
import { securityFaults } from "./security-rules.ts";

/** What a container's rules need to know of its pod. */
export interface PodAround {
  readonly isInit: boolean;
  /** False in a template. */
  readonly isPod: boolean;
  readonly hostNetwork: boolean;
  readonly restartPolicy: string | undefined;
  /** The name of its operating system, where it says one. */
  readonly os: string | undefined;
  /** The names of its claims to devices. */
  readonly claims: ReadonlySet<string>;
  /** The seconds in which it has to end. */
  readonly grace: number;
  readonly volumes: ReadonlyMap<string, Volume>;
}

const restartPolicies = () => valuesOf("PodSpec", "restartPolicy");
/** The most rules that a container may have, and codes in one of them. */
const mostRules = 20;
const mostCodes = 255;

export function containerFaults(container: PodContainer, field: string, pod: PodAround): Cause[] {
  const { name, image, env, envFrom, ports, resources, resizePolicy = [], securityContext } = container;
  const causes: Cause[] = [];
  if (name === "") causes.push(required(`${field}.name`));
  else if (name) for (const wrong of dnsLabel(name)) causes.push(invalidValue(`${field}.name`, name, wrong));
  if (!image) causes.push(required(`${field}.image`));
  else if (pod.isPod && image !== image.trim()) {
    causes.push(invalidValue(`${field}.image`, image, "must not have leading or trailing whitespace"));
  }
  if (ports) causes.push(...containerPortFaults(ports, `${field}.ports`, pod));
  if (env) causes.push(...environmentFaults(env, `${field}.env`, pod.volumes));
  if (envFrom) causes.push(...envFromFaults(envFrom, `${field}.envFrom`));
  causes.push(...mountFaults(container, field, pod.volumes), ...deviceFaults(container, field, pod.volumes));
  if (resources) {
    causes.push(...resourceFaults(resources, `${field}.resources`));
    causes.push(...takenClaimFaults(resources.claims, `${field}.resources.claims`, pod.claims));
  }
  const neverRunsOn = pod.isInit && container.restartPolicy !== "Always";
  const path = `${field}.resizePolicy`;
  causes.push(...resizePolicyFaults(resizePolicy, path, pod.restartPolicy));
  if (neverRunsOn && resizePolicy.length > 0)
    causes.push(invalidValue(path, resizePolicy, "must not be set for init containers"));
  if (securityContext) causes.push(...securityFaults(securityContext, `${field}.securityContext`));
  causes.push(...restartFaults(container, field));
  return causes.concat(
    neverRunsOn ? forbiddenInInit(container, field) : lifecycleFaults(container, field, pod),
  );
}

function restartFaults(
  { restartPolicy, restartPolicyRules: rules = [] }: PodContainer,
  field: string,
): Cause[] {
  const causes: Cause[] = [];
  const policy = `${field}.restartPolicy`;
  if (restartPolicy && !restartPolicies().includes(restartPolicy))
    causes.push(notSupported(policy, restartPolicy, restartPolicies()));
  if (!restartPolicy && rules.length > 0)
    causes.push(required(policy, "must specify restartPolicy when restart rules are used"));
  const list = `${field}.restartPolicyRules`;
  if (rules.length > mostRules) causes.push(tooMany(list, rules.length, mostRules));
  rules.forEach(({ action, exitCodes }, i) => {
    const path = `${list}[${i}]`;
    if (action !== "Restart") causes.push(notSupported(`${path}.action`, action, ["Restart"]));
    const { operator, values = [] } = exitCodes ?? { operator: "In" };
    if (!exitCodes) causes.push(required(`${path}.exitCodes`, "must be specified"));
    if (operator !== "In" && operator !== "NotIn")
      causes.push(notSupported(`${path}.exitCodes.operator`, operator, ["In", "NotIn"]));
    if (values.length > mostCodes) causes.push(tooMany(`${path}.exitCodes.values`, values.length, mostCodes));
  });
  return causes;
}

/** What ends before the others start cannot be probed. */
function forbiddenInInit(container: PodContainer, field: string): Cause[] {
  const probed = ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const;
  return probed
    .filter(name => container[name])
    .map(name =>
      forbidden(`${field}.${name}`, "may not be set for init containers without restartPolicy=Always"),
    );
}

function lifecycleFaults(container: PodContainer, field: string, { grace, os }: PodAround): Cause[] {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  const causes: Cause[] = [];
  if (livenessProbe) causes.push(...probeFaults(livenessProbe, `${field}.livenessProbe`, "liveness"));
  if (readinessProbe) causes.push(...probeFaults(readinessProbe, `${field}.readinessProbe`, "readiness"));
  if (startupProbe) causes.push(...probeFaults(startupProbe, `${field}.startupProbe`, "startup"));
  const { postStart, preStop, stopSignal } = lifecycle ?? {};
  if (stopSignal) causes.push(...signalFaults(stopSignal, `${field}.lifecycle.stopSignal`, os));
  if (postStart) causes.push(...hookFaults(postStart, `${field}.lifecycle.postStart`, grace));
  if (preStop) causes.push(...hookFaults(preStop, `${field}.lifecycle.preStop`, grace));
  return causes;
}

const signalsOfWindows = ["SIGKILL", "SIGTERM"];

/** Which signals there are depends on the system; that one is none of Linux, the schema tells. */
function signalFaults(signal: string, field: string, os: string | undefined): Cause[] {
  if (os === undefined) return [forbidden(field, "may not be set for containers with empty `spec.os.name`")];
  if (os !== "windows" || signalsOfWindows.includes(signal)) return [];
  return [notSupported(field, signal, signalsOfWindows)];
}

/** Two ports of the same number are allowed (a warning in Kubernetes), two of the same name are not. */
function containerPortFaults(
  ports: readonly ContainerPort[],
  field: string,
  { hostNetwork }: Pick<PodAround, "hostNetwork">,
): Cause[] {
  const causes: Cause[] = [];
  const names = new Set<string>();
  ports.forEach(({ name, containerPort, hostPort }, i) => {
    const path = `${field}[${i}]`;
    if (name) {
      const wrong = portName(name);
      if (wrong.length > 0) causes.push(...wrong.map(each => invalidValue(`${path}.name`, name, each)));
      else if (names.has(name)) causes.push(duplicate(`${path}.name`, name));
      else names.add(name);
    }
    if (containerPort === 0) causes.push(required(`${path}.containerPort`));
    else if (containerPort !== undefined) causes.push(...portFaults(containerPort, `${path}.containerPort`));
    if (!hostPort) return;
    causes.push(...portFaults(hostPort, `${path}.hostPort`));
    if (hostNetwork && hostPort !== containerPort) {
      const detail = "must match `containerPort` when `hostNetwork` is true";
      causes.push(invalidValue(`${path}.hostPort`, hostPort, detail));
    }
  });
  return causes;
}

function envFromFaults(sources: readonly EnvFromSource[], field: string): Cause[] {
  return sources.flatMap(({ prefix, configMapRef, secretRef }, i) => {
    const path = `${field}[${i}]`;
    const causes: Cause[] = [];
    if (prefix)
      causes.push(...variableName(prefix).map(wrong => invalidValue(`${path}.prefix`, prefix, wrong)));
    // Kubernetes tells of it at the list.
    const told = (detail: string) => causes.push({ ...invalidValue(field, "", detail), at: { field: path } });
    if (configMapRef && secretRef) told("may not have more than one field specified at a time");
    else if (!configMapRef && !secretRef) told("must specify one of: `configMapRef` or `secretRef`");
    for (const [source, ref] of Object.entries({ configMapRef, secretRef })) {
      if (!ref) continue;
      const name = `${path}.${source}.name`;
      if (!ref.name) causes.push(required(name));
      else causes.push(...dnsSubdomain(ref.name).map(wrong => invalidValue(name, ref.name, wrong)));
    }
    return causes;
  });
}
