/**
 * What must be right in the spec of a pod, wherever it stands: in a pod or in a template. This file holds the rules of the pod
 * as a whole; its containers, volumes and constraints on its node have theirs beside it.
 */
import type { Cause } from "../../../errors/index.ts";
import { duplicate, forbidden, invalidValue, required } from "../../faults.ts";
import type { PodSpec } from "../../generated/kubernetes.gen.ts";
import { labelFaults } from "../../metadata-rules.ts";
import { dnsSubdomain, type NameRule, qualifiedName } from "../../names.ts";
import { containerFaults } from "./container-rules.ts";
import { affinityFaults } from "./placement-rules.ts";
import { podLevelFaults } from "./pod-level-resource-rules.ts";
import { podNetworkFaults } from "./pod-network-rules.ts";
import { podClaimFaults } from "./resource-claim-rules.ts";
import { resourceFaults } from "./resource-rules.ts";
import { podSecurityFaults } from "./security-rules.ts";
import { spreadFaults } from "./spread-rules.ts";
import { tolerationFaults } from "./toleration-rules.ts";
import { volumeFaults } from "./volume-rules.ts";

const maxSeconds = 2_147_483_647;

/** @param pod its metadata where it is the spec of a pod, not of a template: some rules wait for the pods themselves */
export function podSpecFaults(spec: PodSpec, field: string, pod?: { readonly name?: string }): Cause[] {
  const causes: Cause[] = [];
  causes.push(...volumeFaults(spec.volumes ?? [], `${field}.volumes`, pod));
  causes.push(...podClaimFaults(spec.resourceClaims, `${field}.resourceClaims`));
  causes.push(...containersFaults(spec, field, pod !== undefined));
  causes.push(...podLevelFaults(spec, `${field}.resources`));
  causes.push(...podSecurityFaults(spec, field));
  causes.push(...placementFaults(spec, field));
  causes.push(...podNetworkFaults(spec, field));
  const { activeDeadlineSeconds: deadline } = spec;
  if (deadline !== undefined && (deadline < 1 || deadline > maxSeconds)) {
    const detail = `must be between 1 and ${maxSeconds}, inclusive`;
    causes.push(invalidValue(`${field}.activeDeadlineSeconds`, deadline, detail));
  }
  spec.readinessGates?.forEach(({ conditionType }, i) => {
    causes.push(...named(qualifiedName, conditionType, `${field}.readinessGates[${i}].conditionType`));
  });
  causes.push(...named(dnsSubdomain, spec.serviceAccountName, `${field}.serviceAccountName`));
  causes.push(...named(dnsSubdomain, spec.priorityClassName, `${field}.priorityClassName`));
  causes.push(...named(dnsSubdomain, spec.runtimeClassName, `${field}.runtimeClassName`));
  if (spec.overhead) {
    const path = `${field}.overhead`;
    // Kubernetes takes it for the limits of a container.
    causes.push(
      ...resourceFaults({ limits: spec.overhead }, path).map(cause => ({
        ...cause,
        at: { field: cause.field.replace(`${path}.limits`, path) },
      })),
    );
  }
  return causes;
}

function containersFaults(spec: PodSpec, field: string, isPod: boolean): Cause[] {
  const {
    containers = [],
    initContainers = [],
    ephemeralContainers,
    volumes = [],
    hostNetwork = false,
  } = spec;
  const causes: Cause[] = [];
  // That they are missing the schema says; here that there are none.
  if (containers.length === 0 && spec.containers) causes.push(required(`${field}.containers`));
  const grace = spec.terminationGracePeriodSeconds ?? 30;
  const claims = new Set(spec.resourceClaims?.map(({ name }) => name).filter(Boolean));
  const byName = new Map(volumes.map(volume => [volume.name, volume]));
  const { restartPolicy, os } = spec;
  const pod = { isPod, grace, hostNetwork, restartPolicy, os: os?.name, claims, volumes: byName };
  const names = new Set<string>();
  containers.forEach((container, i) => {
    causes.push(...containerFaults(container, `${field}.containers[${i}]`, { ...pod, isInit: false }));
    causes.push(...nameTaken(names, container.name, `${field}.containers[${i}].name`));
  });
  initContainers.forEach((container, i) => {
    causes.push(...containerFaults(container, `${field}.initContainers[${i}]`, { ...pod, isInit: true }));
    causes.push(...nameTaken(names, container.name, `${field}.initContainers[${i}].name`));
  });
  causes.push(...hostPortConflicts(spec, field));
  if (ephemeralContainers) {
    const detail = isPod ? "cannot be set on create" : "ephemeral containers not allowed in pod template";
    causes.push(forbidden(`${field}.ephemeralContainers`, detail));
  }
  return causes;
}

function nameTaken(names: Set<string>, name: string | undefined, field: string): Cause[] {
  if (!name) return [];
  if (names.has(name)) return [duplicate(field, name)];
  names.add(name);
  return [];
}

/** Two containers cannot have the same port of the host. */
function hostPortConflicts({ containers = [] }: PodSpec, field: string): Cause[] {
  const causes: Cause[] = [];
  const taken = new Set<string>();
  containers.forEach(({ ports = [] }, i) => {
    ports.forEach(({ hostPort, hostIP = "", protocol = "" }, j) => {
      if (!hostPort) return;
      const port = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(port)) causes.push(duplicate(`${field}.containers[${i}].ports[${j}].hostPort`, port));
      taken.add(port);
    });
  });
  return causes;
}

function placementFaults(spec: PodSpec, field: string): Cause[] {
  const {
    nodeSelector,
    nodeName,
    affinity,
    tolerations,
    topologySpreadConstraints,
    schedulingGates = [],
  } = spec;
  const causes: Cause[] = [];
  if (nodeSelector) causes.push(...labelFaults(nodeSelector, `${field}.nodeSelector`));
  if (affinity) causes.push(...affinityFaults(affinity, `${field}.affinity`));
  if (tolerations) causes.push(...tolerationFaults(tolerations, `${field}.tolerations`));
  if (topologySpreadConstraints) {
    causes.push(...spreadFaults(topologySpreadConstraints, `${field}.topologySpreadConstraints`));
  }
  causes.push(...named(dnsSubdomain, nodeName, `${field}.nodeName`));
  const gates = new Set<string>();
  schedulingGates.forEach(({ name = "" }, i) => {
    const path = `${field}.schedulingGates[${i}]`;
    if (gates.has(name)) causes.push(duplicate(path, name));
    causes.push(...named(qualifiedName, name, path));
    gates.add(name);
  });
  if (nodeName && schedulingGates.length > 0) {
    causes.push(forbidden(`${field}.nodeName`, "cannot be set until all schedulingGates have been cleared"));
  }
  return causes;
}

/** What is wrong with a name that may be left out. */
function named(rule: NameRule, name: string | undefined, field: string): Cause[] {
  return name ? rule(name).map(wrong => invalidValue(field, name, wrong)) : [];
}
