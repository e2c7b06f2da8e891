/**
 * What must be right in what a pod and its containers say of users, profiles and privileges. No thread has a user of its own; but a
 * manifest that Kubernetes refuses is refused here too, in its words.
 */
import type { Cause } from "../../../errors/index.ts";
import { duplicate, forbidden, invalidValue, notSupported, required, tooLong } from "../../faults.ts";
import type {
  AppArmorProfile,
  PodContainer,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from "../../generated/kubernetes.gen.ts";
import { localPathFaults } from "./local-path-rules.ts";

const mostId = 2_147_483_647;
const longestProfile = 4095;
const longestSysctl = 253;
const segment = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const sysctlFormat = `^(${segment}[\\./])*${segment}$`;
const sysctlPattern = new RegExp(sysctlFormat);
/** What of the kernel's settings each pod has of its own. */
const ownOfNetwork = /^net[./]/;
const ownOfMessages = /^(kernel[./](shm|msg|sem)|fs[./]mqueue[./])/;

function idFaults(id: number | undefined, field: string): Cause[] {
  if (id === undefined || (id >= 0 && id <= mostId)) return [];
  return [invalidValue(field, id, `must be between 0 and ${mostId}, inclusive`)];
}

/** Of a container. */
export function securityFaults(context: SecurityContext, field: string): Cause[] {
  const { runAsUser, runAsGroup, allowPrivilegeEscalation, privileged, capabilities } = context;
  const causes = [
    ...idFaults(runAsUser, `${field}.runAsUser`),
    ...idFaults(runAsGroup, `${field}.runAsGroup`),
    ...seccompFaults(context.seccompProfile, `${field}.seccompProfile`),
  ];
  if (allowPrivilegeEscalation === false) {
    const refused = "cannot set `allowPrivilegeEscalation` to false and";
    if (privileged) causes.push(invalidValue(field, context, `${refused} \`privileged\` to true`));
    if (capabilities?.add?.includes("CAP_SYS_ADMIN"))
      causes.push(invalidValue(field, context, `${refused} \`capabilities.Add\` CAP_SYS_ADMIN`));
  }
  return causes.concat(appArmorFaults(context.appArmorProfile, `${field}.appArmorProfile`));
}

/** Of the pod as a whole, and of what it shares with its node. */
export function podSecurityFaults(spec: PodSpec, field: string): Cause[] {
  const { securityContext: context } = spec;
  return [
    ...(context ? contextFaults(context, spec, `${field}.securityContext`) : []),
    ...(spec.shareProcessNamespace && spec.hostPID ? [bothProcessNamespaces(field)] : []),
    ...ownUsersFaults(spec, field),
    ...systemFaults(spec, field),
  ];
}

function bothProcessNamespaces(field: string): Cause {
  const path = `${field}.securityContext.shareProcessNamespace`;
  const cause = invalidValue(path, true, "ShareProcessNamespace and HostPID cannot both be enabled");
  return { ...cause, at: { field: `${field}.shareProcessNamespace` } };
}

function contextFaults(context: PodSecurityContext, spec: PodSpec, field: string): Cause[] {
  const { fsGroup, runAsUser, runAsGroup, supplementalGroups = [], sysctls = [] } = context;
  return [
    ...idFaults(fsGroup, `${field}.fsGroup`),
    ...idFaults(runAsUser, `${field}.runAsUser`),
    ...idFaults(runAsGroup, `${field}.runAsGroup`),
    ...supplementalGroups.flatMap((id, i) => idFaults(id, `${field}.supplementalGroups[${i}]`)),
    ...sysctlFaults(sysctls, spec, `${field}.sysctls`),
    ...seccompFaults(context.seccompProfile, `${field}.seccompProfile`),
    ...appArmorFaults(context.appArmorProfile, `${field}.appArmorProfile`),
  ];
}

function sysctlFaults(sysctls: readonly Sysctl[], spec: PodSpec, field: string): Cause[] {
  const names = new Set<string>();
  return sysctls.flatMap(({ name }, i) => {
    const path = `${field}[${i}].name`;
    const causes: Cause[] = [];
    // The schema tells that it is missing.
    if (name === undefined) return causes;
    if (name === "") causes.push(required(path));
    else if (name.length > longestSysctl || !sysctlPattern.test(name)) {
      const detail = `must have at most ${longestSysctl} characters and match regex ${sysctlFormat}`;
      causes.push(invalidValue(path, name, detail));
    } else if (names.has(name)) causes.push(duplicate(path, name));
    names.add(name);
    if (spec.hostNetwork && ownOfNetwork.test(name))
      causes.push(invalidValue(path, name, "may not be specified when 'hostNetwork' is true"));
    else if (spec.hostIPC && ownOfMessages.test(name))
      causes.push(invalidValue(path, name, "may not be specified when 'hostIPC' is true"));
    return causes;
  });
}

/** An unknown type is told by the schema. */
function seccompFaults(profile: SeccompProfile | undefined, field: string): Cause[] {
  if (!profile) return [];
  const { type, localhostProfile } = profile;
  const path = `${field}.localhostProfile`;
  if (type === "Localhost") {
    return localhostProfile === undefined
      ? [required(path, "must be set when seccomp type is Localhost")]
      : localPathFaults(localhostProfile, path);
  }
  return localhostProfile === undefined
    ? []
    : [invalidValue(path, profile, "can only be set when seccomp type is Localhost")];
}

function appArmorFaults(profile: AppArmorProfile | undefined, field: string): Cause[] {
  if (!profile) return [];
  const { type, localhostProfile } = profile;
  const path = `${field}.localhostProfile`;
  if (type !== "Localhost") {
    return localhostProfile === undefined
      ? []
      : [invalidValue(path, localhostProfile, "can only be set when AppArmor type is Localhost")];
  }
  if (localhostProfile === undefined || localhostProfile === "")
    return [required(path, "must be set when AppArmor type is Localhost")];
  return [
    ...(localhostProfile === localhostProfile.trim()
      ? []
      : [invalidValue(path, localhostProfile, "must not be padded with whitespace")]),
    ...(localhostProfile.length > longestProfile ? [tooLong(path, longestProfile)] : []),
  ];
}

/** A pod whose users are its own has its own of everything else too. */
function ownUsersFaults({ hostUsers, hostPID, hostIPC, hostNetwork }: PodSpec, field: string): Cause[] {
  if (hostUsers !== false) return [];
  const shared = { hostNetwork, HostPID: hostPID, HostIPC: hostIPC };
  return Object.entries(shared)
    .filter(([, isShared]) => isShared)
    .map(([name]) => forbidden(`${field}.${name}`, "when `pod.Spec.HostUsers` is false"));
}

/** What only one of the two systems knows. */
const ofLinux = {
  pod: [
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
  ],
  spec: ["hostUsers", "hostPID", "hostIPC", "shareProcessNamespace"],
  container: [
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
  ],
} as const satisfies {
  pod: readonly (keyof PodSecurityContext)[];
  spec: readonly (keyof PodSpec)[];
  container: readonly (keyof SecurityContext)[];
};
const systems = ["linux", "windows"];

function systemFaults(spec: PodSpec, field: string): Cause[] {
  const { os, securityContext = {} } = spec;
  if (!os) return [];
  const path = `${field}.securityContext`;
  if (os.name === "") return [required(`${field}.os.name`, "cannot be empty")];
  if (os.name === "linux") {
    const detail = "windows options cannot be set for a linux pod";
    const told = (context: object | undefined, at: string) =>
      context && "windowsOptions" in context ? [forbidden(`${at}.windowsOptions`, detail)] : [];
    return [...told(securityContext, path), ...inContainers(spec, field, told)];
  }
  if (os.name !== "windows") return os.name ? [notSupported(`${field}.os`, os.name, systems)] : [];
  const told = (given: object | undefined, at: string, names: readonly string[]) =>
    names
      .filter(name => given && (given as Record<string, unknown>)[name] !== undefined)
      .map(name => forbidden(`${at}.${name}`, "cannot be set for a windows pod"));
  return [
    ...told(securityContext, path, ofLinux.pod),
    ...told(spec, field, ofLinux.spec),
    ...inContainers(spec, field, (context, at) => told(context, at, ofLinux.container)),
  ];
}

function inContainers(
  { initContainers = [], containers = [] }: PodSpec,
  field: string,
  told: (context: SecurityContext | undefined, at: string) => Cause[],
): Cause[] {
  const each = (list: readonly PodContainer[], name: string) =>
    list.flatMap(({ securityContext }, i) => told(securityContext, `${field}.${name}[${i}].securityContext`));
  return [...each(initContainers, "initContainers"), ...each(containers, "containers")];
}
