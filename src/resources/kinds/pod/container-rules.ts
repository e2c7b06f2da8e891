/**
 * What must be right in one container of a pod: its name, image, ports, environment, resources, mounts and probes.
 */
import type { Cause } from "../../../errors/index.ts";
import {
  duplicate,
  forbidden,
  invalidValue,
  notFound,
  notSupported,
  required,
  tooMany,
} from "../../faults.ts";
import type {
  ContainerPort,
  EnvFromSource,
  PodContainer,
  Volume,
  VolumeMount,
} from "../../generated/kubernetes.gen.ts";
import { dnsLabel, dnsSubdomain, portName, variableName } from "../../names.ts";
import { valuesOf } from "../../schema/index.ts";
import { portFaults } from "../networking/index.ts";
import { environmentFaults } from "./environment-rules.ts";
import { localPathFaults } from "./local-path-rules.ts";
import { hookFaults, probeFaults } from "./probe-rules.ts";
import { resourceFaults } from "./resource-rules.ts";

/** What a container's rules need to know of its pod. */
export interface PodAround {
  readonly isInit: boolean;
  readonly hostNetwork: boolean;
  /** The seconds in which it has to end. */
  readonly grace: number;
  readonly volumes: ReadonlyMap<string, Volume>;
}

const restartPolicies = () => valuesOf("PodSpec", "restartPolicy");
/** The most rules that a container may have, and codes in one of them. */
const mostRules = 20;
const mostCodes = 255;

export function containerFaults(container: PodContainer, field: string, pod: PodAround): Cause[] {
  const { name, image, env, envFrom, ports, resources, volumeMounts, securityContext } = container;
  const causes: Cause[] = [];
  if (name === "") causes.push(required(`${field}.name`));
  else if (name) for (const wrong of dnsLabel(name)) causes.push(invalidValue(`${field}.name`, name, wrong));
  if (!image) causes.push(required(`${field}.image`));
  else if (image !== image.trim()) {
    causes.push(invalidValue(`${field}.image`, image, "must not have leading or trailing whitespace"));
  }
  if (ports) causes.push(...containerPortFaults(ports, `${field}.ports`, pod));
  if (env) causes.push(...environmentFaults(env, `${field}.env`, pod.volumes));
  if (envFrom) causes.push(...envFromFaults(envFrom, `${field}.envFrom`));
  if (resources) causes.push(...resourceFaults(resources, `${field}.resources`));
  if (volumeMounts) causes.push(...mountFaults(volumeMounts, `${field}.volumeMounts`, pod));
  causes.push(...restartFaults(container, field));
  if (securityContext?.privileged && securityContext.allowPrivilegeEscalation === false) {
    const detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
    causes.push(invalidValue(`${field}.securityContext`, securityContext, detail));
  }
  const neverRunsOn = pod.isInit && container.restartPolicy !== "Always";
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

function lifecycleFaults(container: PodContainer, field: string, { grace }: PodAround): Cause[] {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  const causes: Cause[] = [];
  if (livenessProbe) causes.push(...probeFaults(livenessProbe, `${field}.livenessProbe`, "liveness"));
  if (readinessProbe) causes.push(...probeFaults(readinessProbe, `${field}.readinessProbe`, "readiness"));
  if (startupProbe) causes.push(...probeFaults(startupProbe, `${field}.startupProbe`, "startup"));
  const { postStart, preStop } = lifecycle ?? {};
  if (postStart) causes.push(...hookFaults(postStart, `${field}.lifecycle.postStart`, grace));
  if (preStop) causes.push(...hookFaults(preStop, `${field}.lifecycle.preStop`, grace));
  return causes;
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
    if (configMapRef && secretRef) {
      causes.push(invalidValue(path, "", "may not have more than one field specified at a time"));
    } else if (!configMapRef && !secretRef) {
      causes.push(invalidValue(path, "", "must specify one of: `configMapRef` or `secretRef`"));
    }
    for (const [source, ref] of Object.entries({ configMapRef, secretRef })) {
      if (!ref) continue;
      const name = `${path}.${source}.name`;
      if (!ref.name) causes.push(required(name));
      else causes.push(...dnsSubdomain(ref.name).map(wrong => invalidValue(name, ref.name, wrong)));
    }
    return causes;
  });
}

function mountFaults(mounts: readonly VolumeMount[], field: string, { volumes }: PodAround): Cause[] {
  const causes: Cause[] = [];
  const paths = new Set<string>();
  mounts.forEach(({ name, mountPath, subPath, subPathExpr }, i) => {
    const path = `${field}[${i}]`;
    if (name === "") causes.push(required(`${path}.name`));
    else if (name !== undefined && !volumes.has(name)) causes.push(notFound(`${path}.name`, name));
    if (mountPath === "") causes.push(required(`${path}.mountPath`));
    else if (mountPath !== undefined) {
      if (paths.has(mountPath)) causes.push(invalidValue(`${path}.mountPath`, mountPath, "must be unique"));
      paths.add(mountPath);
    }
    if (subPath && subPathExpr) {
      causes.push(
        invalidValue(`${path}.subPathExpr`, subPathExpr, "subPathExpr and subPath are mutually exclusive"),
      );
    }
    if (subPath) causes.push(...localPathFaults(subPath, `${path}.subPath`));
    if (subPathExpr) causes.push(...localPathFaults(subPathExpr, `${path}.subPathExpr`));
  });
  return causes;
}
