/**
 * The Pod Security Standards: what a pod may not ask for at the levels `baseline` and `restricted`. The checks, their order and
 * their words are those of Kubernetes' `pod-security-admission/policy`, as of 1.35.
 */
import type { ObjectMeta, PodSpec, Volume } from "../resources/index.ts";

export type Level = "privileged" | "baseline" | "restricted";

export interface Violation {
  /** `privileged` */
  readonly reason: string;
  /** `container "app" must not set securityContext.privileged=true` */
  readonly detail: string;
}

interface Subject {
  readonly metadata: Partial<ObjectMeta>;
  readonly spec: PodSpec;
  readonly containers: readonly PodContainer[];
}

type PodContainer = NonNullable<PodSpec["containers"]>[number];
type Check = (subject: Subject) => Violation | undefined;

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

// --- Words.

function quoted(names: readonly string[]): string {
  return names.map(name => JSON.stringify(name)).join(", ");
}

function plural(one: string, many: string, count: number): string {
  return count === 1 ? one : many;
}

function containersNamed(containers: readonly Pick<PodContainer, "name">[]): string {
  return `${plural("container", "containers", containers.length)} ${quoted(containers.map(({ name }) => name))}`;
}

function sortedSet(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

/** The pod itself, the containers, or both, as those that say something. */
function setters(isPod: boolean, containers: readonly PodContainer[]): string | undefined {
  const parts = [...(isPod ? ["pod"] : []), ...(containers.length > 0 ? [containersNamed(containers)] : [])];
  return parts.length > 0 ? parts.join(" and ") : undefined;
}

// --- Baseline.

const appArmor: Check = ({ metadata, spec, containers }) => {
  const isBad = (type: string | undefined) =>
    type !== undefined && type !== "RuntimeDefault" && type !== "Localhost";
  const ofPod = spec.securityContext?.appArmorProfile?.type;
  const bad = containers.filter(({ securityContext }) => isBad(securityContext?.appArmorProfile?.type));
  const types = sortedSet(
    [ofPod, ...bad.map(({ securityContext }) => securityContext?.appArmorProfile?.type)].filter(
      isBad,
    ) as string[],
  );
  const prefix = "container.apparmor.security.beta.kubernetes.io/";
  const annotations = Object.entries(metadata.annotations ?? {})
    .filter(([key, value]) => key.startsWith(prefix) && !/^($|runtime\/default$|localhost\/)/.test(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  const ofFields = setters(isBad(ofPod), bad);
  const who = [
    ...(ofFields ? [ofFields] : []),
    ...(annotations.length > 0 ? [plural("annotation", "annotations", annotations.length)] : []),
  ];
  if (who.length === 0) return undefined;
  const values = [...types, ...annotations];
  return {
    reason: plural("forbidden AppArmor profile", "forbidden AppArmor profiles", values.length),
    detail: `${who.join(" and ")} must not set AppArmor profile type to ${quoted(values)}`,
  };
};

const defaultCapabilities = new Set(
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(
    " ",
  ),
);

function addedCapabilities({ securityContext }: PodContainer): readonly string[] {
  return securityContext?.capabilities?.add ?? [];
}

const capabilities: Check = ({ containers }) => {
  const beyond = (container: PodContainer) =>
    addedCapabilities(container).filter(name => !defaultCapabilities.has(name));
  const bad = containers.filter(container => beyond(container).length > 0);
  if (bad.length === 0) return undefined;
  const names = quoted(sortedSet(bad.flatMap(beyond)));
  const detail = `${containersNamed(bad)} must not include ${names} in securityContext.capabilities.add`;
  return { reason: "non-default capabilities", detail };
};

const hostNamespaces: Check = ({ spec }) => {
  const names = (["hostNetwork", "hostPID", "hostIPC"] as const).filter(name => spec[name]);
  if (names.length === 0) return undefined;
  return { reason: "host namespaces", detail: names.map(name => `${name}=true`).join(", ") };
};

const hostPathVolumes: Check = ({ spec }) => {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
  if (names.length === 0) return undefined;
  return {
    reason: "hostPath volumes",
    detail: `${plural("volume", "volumes", names.length)} ${quoted(names)}`,
  };
};

const hostPorts: Check = ({ containers }) => {
  const portsOf = ({ ports = [] }: PodContainer) =>
    ports.flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []));
  const bad = containers.filter(container => portsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const ports = sortedSet(bad.flatMap(portsOf));
  const uses = plural("uses", "use", bad.length);
  const detail = `${containersNamed(bad)} ${uses} ${plural("hostPort", "hostPorts", ports.length)} ${ports.join(", ")}`;
  return { reason: "hostPort", detail };
};

const hostProbes: Check = ({ containers }) => {
  const hostsOf = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: PodContainer) =>
    [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap(handler =>
      [handler?.httpGet?.host, handler?.tcpSocket?.host].filter(host => host !== undefined && host !== ""),
    ) as string[];
  const bad = containers.filter(container => hostsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const hosts = sortedSet(bad.flatMap(hostsOf));
  const sorted = [...bad].sort((one, other) => (one.name < other.name ? -1 : 1));
  const what = plural("probe or lifecycle host", "probe or lifecycle hosts", hosts.length);
  const detail = `${containersNamed(sorted)} ${plural("uses", "use", bad.length)} ${what} ${quoted(hosts)}`;
  return { reason: "probe or lifecycle host", detail };
};

const privileged: Check = ({ containers }) => {
  const bad = containers.filter(({ securityContext }) => securityContext?.privileged);
  if (bad.length === 0) return undefined;
  const detail = `${containersNamed(bad)} must not set securityContext.privileged=true`;
  return { reason: "privileged", detail };
};

const procMount: Check = subject =>
  hasUserNamespace(subject.spec) ? undefined : procMountRestricted(subject);

const procMountRestricted: Check = ({ containers }) => {
  const typeOf = ({ securityContext }: PodContainer) => securityContext?.procMount ?? "Default";
  const bad = containers.filter(container => typeOf(container) !== "Default");
  if (bad.length === 0) return undefined;
  const detail = `${containersNamed(bad)} must not set securityContext.procMount to ${quoted(sortedSet(bad.map(typeOf)))}`;
  return { reason: "procMount", detail };
};

const seLinuxTypes = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

const seLinuxOptions: Check = ({ spec, containers }) => {
  const ofPod = spec.securityContext?.seLinuxOptions;
  const isBad = (options: typeof ofPod) =>
    options !== undefined &&
    (!seLinuxTypes.includes(options.type ?? "") || Boolean(options.user) || Boolean(options.role));
  const bad = containers.filter(({ securityContext }) => isBad(securityContext?.seLinuxOptions));
  const who = setters(isBad(ofPod), bad);
  if (who === undefined) return undefined;
  const all = [ofPod, ...bad.map(({ securityContext }) => securityContext?.seLinuxOptions)];
  const types = sortedSet(
    all.flatMap(options => options?.type ?? []).filter(type => !seLinuxTypes.includes(type)),
  );
  const what = [
    ...(types.length > 0 ? [`${plural("type", "types", types.length)} ${quoted(types)}`] : []),
    ...(all.some(options => options?.user) ? ["user may not be set"] : []),
    ...(all.some(options => options?.role) ? ["role may not be set"] : []),
  ];
  return {
    reason: "seLinuxOptions",
    detail: `${who} set forbidden securityContext.seLinuxOptions: ${what.join("; ")}`,
  };
};

const isKnownSeccomp = (type: string) => type === "RuntimeDefault" || type === "Localhost";

const seccompBaseline: Check = ({ spec, containers }) => {
  const isBad = (type: string | undefined) => type !== undefined && !isKnownSeccomp(type);
  const ofPod = spec.securityContext?.seccompProfile?.type;
  const typeOf = ({ securityContext }: PodContainer) => securityContext?.seccompProfile?.type;
  const bad = containers.filter(container => isBad(typeOf(container)));
  const who = setters(isBad(ofPod), bad);
  if (who === undefined) return undefined;
  const types = sortedSet([ofPod, ...bad.map(typeOf)].filter(isBad) as string[]);
  return {
    reason: "seccompProfile",
    detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(types)}`,
  };
};

const safeSysctls = new Set([
  ...["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies"],
  ...["net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports"],
  ...["net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl"],
  ...["net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"],
]);

const sysctls: Check = ({ spec }) => {
  const names = (spec.securityContext?.sysctls ?? [])
    .map(({ name }) => name)
    .filter(name => !safeSysctls.has(name));
  return names.length > 0 ? { reason: "forbidden sysctls", detail: names.join(", ") } : undefined;
};

const windowsHostProcess: Check = ({ spec, containers }) => {
  const isPod = spec.securityContext?.windowsOptions?.hostProcess === true;
  const bad = containers.filter(({ securityContext }) => securityContext?.windowsOptions?.hostProcess);
  const who = setters(isPod, bad);
  if (who === undefined) return undefined;
  return {
    reason: "hostProcess",
    detail: `${who} must not set securityContext.windowsOptions.hostProcess=true`,
  };
};

// --- Restricted.

function hasUserNamespace({ hostUsers }: PodSpec): boolean {
  return hostUsers === false;
}

function isWindows({ os }: PodSpec): boolean {
  return os?.name === "windows";
}

const allowPrivilegeEscalation: Check = ({ spec, containers }) => {
  const bad = containers.filter(({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (isWindows(spec) || bad.length === 0) return undefined;
  return {
    reason: "allowPrivilegeEscalation != false",
    detail: `${containersNamed(bad)} must set securityContext.allowPrivilegeEscalation=false`,
  };
};

const unrestrictedCapabilities: Check = ({ spec, containers }) => {
  if (isWindows(spec)) return undefined;
  const beyond = (container: PodContainer) =>
    addedCapabilities(container).filter(name => name !== "NET_BIND_SERVICE");
  const keeping = containers.filter(
    ({ securityContext }) => !securityContext?.capabilities?.drop?.includes("ALL"),
  );
  const adding = containers.filter(container => beyond(container).length > 0);
  const details = [
    ...(keeping.length > 0
      ? [`${containersNamed(keeping)} must set securityContext.capabilities.drop=["ALL"]`]
      : []),
    ...(adding.length > 0
      ? [
          `${containersNamed(adding)} must not include ${quoted(sortedSet(adding.flatMap(beyond)))} in securityContext.capabilities.add`,
        ]
      : []),
  ];
  return details.length > 0 ? { reason: "unrestricted capabilities", detail: details.join("; ") } : undefined;
};

const safeVolumes = [
  ...[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
  ],
  "secret",
];

const restrictedVolumes: Check = ({ spec }) => {
  const sourceOf = (volume: Volume) => Object.keys(volume).find(name => name !== "name") ?? "unknown";
  const bad = (spec.volumes ?? []).filter(volume => !safeVolumes.some(name => name in volume));
  if (bad.length === 0) return undefined;
  const types = sortedSet(bad.map(sourceOf));
  const volumes = `${plural("volume", "volumes", bad.length)} ${quoted(bad.map(({ name }) => name))}`;
  const what = plural("restricted volume type", "restricted volume types", types.length);
  const detail = `${volumes} ${plural("uses", "use", bad.length)} ${what} ${quoted(types)}`;
  return { reason: "restricted volume types", detail };
};

const runAsNonRoot: Check = ({ spec, containers }) => {
  if (hasUserNamespace(spec)) return undefined;
  const reason = "runAsNonRoot != true";
  const ofPod = spec.securityContext?.runAsNonRoot;
  const own = ({ securityContext }: PodContainer) => securityContext?.runAsNonRoot;
  const who = setters(
    ofPod === false,
    containers.filter(container => own(container) === false),
  );
  if (who !== undefined) return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` };
  const silent = containers.filter(container => own(container) === undefined);
  if (ofPod === true || silent.length === 0) return undefined;
  return { reason, detail: `pod or ${containersNamed(silent)} must set securityContext.runAsNonRoot=true` };
};

const runAsUser: Check = ({ spec, containers }) => {
  if (hasUserNamespace(spec)) return undefined;
  const who = setters(
    spec.securityContext?.runAsUser === 0,
    containers.filter(({ securityContext }) => securityContext?.runAsUser === 0),
  );
  return who === undefined ? undefined : { reason: "runAsUser=0", detail: `${who} must not set runAsUser=0` };
};

const seccompRestricted: Check = subject => {
  const { spec, containers } = subject;
  if (isWindows(spec)) return undefined;
  const bad = seccompBaseline(subject);
  if (bad) return bad;
  const silent = containers.filter(({ securityContext }) => securityContext?.seccompProfile === undefined);
  if (spec.securityContext?.seccompProfile !== undefined || silent.length === 0) return undefined;
  return {
    reason: "seccompProfile",
    detail: `pod or ${containersNamed(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
};

/** In Kubernetes' order: those of baseline by their names, then those of restricted by theirs. */
const checksOf: Readonly<Record<Level, readonly Check[]>> = {
  privileged: [],
  baseline: [
    ...[
      appArmor,
      capabilities,
      hostNamespaces,
      hostPathVolumes,
      hostPorts,
      hostProbes,
      privileged,
      procMount,
    ],
    ...[seLinuxOptions, seccompBaseline, sysctls, windowsHostProcess],
  ],
  // Of what restricted says more of, baseline says nothing.
  restricted: [
    ...[appArmor, hostNamespaces, hostPorts, hostProbes, privileged, seLinuxOptions, sysctls],
    ...[windowsHostProcess, allowPrivilegeEscalation, unrestrictedCapabilities, procMountRestricted],
    ...[restrictedVolumes, runAsNonRoot, runAsUser, seccompRestricted],
  ],
};
