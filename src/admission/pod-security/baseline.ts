/** What a pod may not ask for at the level `baseline`: a check for each row of the standard, in the order of their names. */
import type { PodSpec } from "../../resources/index.ts";
import {
  type Check,
  containersNamed,
  type PodContainer,
  plural,
  quoted,
  setters,
  sortedSet,
} from "./check.ts";

export const appArmor: Check = ({ metadata, spec, containers }) => {
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

export function addedCapabilities({ securityContext }: PodContainer): readonly string[] {
  return securityContext?.capabilities?.add ?? [];
}

export const capabilities: Check = ({ containers }) => {
  const beyond = (container: PodContainer) =>
    addedCapabilities(container).filter(name => !defaultCapabilities.has(name));
  const bad = containers.filter(container => beyond(container).length > 0);
  if (bad.length === 0) return undefined;
  const names = quoted(sortedSet(bad.flatMap(beyond)));
  const detail = `${containersNamed(bad)} must not include ${names} in securityContext.capabilities.add`;
  return { reason: "non-default capabilities", detail };
};

export const hostNamespaces: Check = ({ spec }) => {
  const names = (["hostNetwork", "hostPID", "hostIPC"] as const).filter(name => spec[name]);
  if (names.length === 0) return undefined;
  return { reason: "host namespaces", detail: names.map(name => `${name}=true`).join(", ") };
};

export const hostPathVolumes: Check = ({ spec }) => {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
  if (names.length === 0) return undefined;
  return {
    reason: "hostPath volumes",
    detail: `${plural("volume", "volumes", names.length)} ${quoted(names)}`,
  };
};

export const hostPorts: Check = ({ containers }) => {
  const portsOf = ({ ports = [] }: PodContainer) =>
    ports.flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []));
  const bad = containers.filter(container => portsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const ports = sortedSet(bad.flatMap(portsOf));
  const uses = plural("uses", "use", bad.length);
  const detail = `${containersNamed(bad)} ${uses} ${plural("hostPort", "hostPorts", ports.length)} ${ports.join(", ")}`;
  return { reason: "hostPort", detail };
};

export const hostProbes: Check = ({ containers }) => {
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

export const privileged: Check = ({ containers }) => {
  const bad = containers.filter(({ securityContext }) => securityContext?.privileged);
  if (bad.length === 0) return undefined;
  const detail = `${containersNamed(bad)} must not set securityContext.privileged=true`;
  return { reason: "privileged", detail };
};

export const procMount: Check = subject =>
  hasUserNamespace(subject.spec) ? undefined : procMountRestricted(subject);

export const procMountRestricted: Check = ({ containers }) => {
  const typeOf = ({ securityContext }: PodContainer) => securityContext?.procMount ?? "Default";
  const bad = containers.filter(container => typeOf(container) !== "Default");
  if (bad.length === 0) return undefined;
  const detail = `${containersNamed(bad)} must not set securityContext.procMount to ${quoted(sortedSet(bad.map(typeOf)))}`;
  return { reason: "procMount", detail };
};

const seLinuxTypes = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

export const seLinuxOptions: Check = ({ spec, containers }) => {
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

export const seccompBaseline: Check = ({ spec, containers }) => {
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
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_wmem",
]);

export const sysctls: Check = ({ spec }) => {
  const names = (spec.securityContext?.sysctls ?? [])
    .map(({ name }) => name)
    .filter(name => !safeSysctls.has(name));
  return names.length > 0 ? { reason: "forbidden sysctls", detail: names.join(", ") } : undefined;
};

export const windowsHostProcess: Check = ({ spec, containers }) => {
  const isPod = spec.securityContext?.windowsOptions?.hostProcess === true;
  const bad = containers.filter(({ securityContext }) => securityContext?.windowsOptions?.hostProcess);
  const who = setters(isPod, bad);
  if (who === undefined) return undefined;
  return {
    reason: "hostProcess",
    detail: `${who} must not set securityContext.windowsOptions.hostProcess=true`,
  };
};

export function hasUserNamespace({ hostUsers }: PodSpec): boolean {
  return hostUsers === false;
}
