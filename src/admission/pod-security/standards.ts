/**
 * The Pod Security Standards: what a pod may not ask for at the levels `baseline` and `restricted`. The checks, their order and
 * their words are those of Kubernetes' `pod-security-admission/policy`, as of 1.35.
 */
import type { ObjectMeta, PodSpec } from "../../resources/index.ts";
import {
  appArmor,
  capabilities,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbes,
  privileged,
  procMount,
  procMountRestricted,
  seccompBaseline,
  seLinuxOptions,
  sysctls,
  windowsHostProcess,
} from "./baseline.ts";
import type { Check, PodContainer, Violation } from "./check.ts";
import {
  allowPrivilegeEscalation,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompRestricted,
  unrestrictedCapabilities,
} from "./restricted.ts";

export type Level = "privileged" | "baseline" | "restricted";

/** What the pod asks for beyond the level, each with what exactly; none where it stays within it. */
export function violationsOf(level: Level, metadata: Partial<ObjectMeta>, spec: PodSpec): Violation[] {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec;
  const all = [...initContainers, ...containers, ...ephemeralContainers] as readonly PodContainer[];
  const subject = { metadata, spec, containers: all };
  return checksOf[level].flatMap(check => check(subject) ?? []);
}

/** All of them as one text. */
export function violationText(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => `${reason} (${detail})`).join(", ");
}

/** In Kubernetes' order: those of baseline by their names, then those of restricted by theirs. */
const checksOf: Readonly<Record<Level, readonly Check[]>> = {
  privileged: [],
  baseline: [
    appArmor,
    capabilities,
    hostNamespaces,
    hostPathVolumes,
    hostPorts,
    hostProbes,
    privileged,
    procMount,
    seLinuxOptions,
    seccompBaseline,
    sysctls,
    windowsHostProcess,
  ],
  // Of what restricted says more of, baseline says nothing.
  restricted: [
    appArmor,
    hostNamespaces,
    hostPorts,
    hostProbes,
    privileged,
    seLinuxOptions,
    sysctls,
    windowsHostProcess,
    allowPrivilegeEscalation,
    unrestrictedCapabilities,
    procMountRestricted,
    restrictedVolumes,
    runAsNonRoot,
    runAsUser,
    seccompRestricted,
  ],
};
