/**
 * As whom a container runs: as its security context says, or its pod's, or its image. A thread or process has the user of the program
 * that runs the cluster, whatever is said; but `runAsNonRoot` is held to what is said, as a kubelet does it
 * (`kuberuntime/security_context.go`).
 */
import type { ContainerStatus, Pod, PodContainer } from "../../resources/index.ts";
import type { ImageConfig, User } from "../../worker/index.ts";
import { ConfigError } from "./environment.ts";

/** Without files of the machine, nothing else says as whom it is. */
export function userOf(
  { spec }: Pod,
  { securityContext = {} }: PodContainer,
  { user = "" }: ImageConfig,
): User {
  const { runAsUser, runAsGroup, fsGroup, supplementalGroups = [] } = spec.securityContext ?? {};
  const [uid, gid] = user.split(":");
  const groups = [...(fsGroup === undefined ? [] : [fsGroup]), ...supplementalGroups];
  return {
    uid: securityContext.runAsUser ?? runAsUser ?? numberOf(uid) ?? 0,
    gid: securityContext.runAsGroup ?? runAsGroup ?? numberOf(gid) ?? 0,
    groups: [...new Set(groups)],
    fsGroup,
  };
}

/** That of the program which runs the cluster; undefined on Windows. */
export function machineUser(): User | undefined {
  const { getuid, getgid, getgroups } = process;
  if (!getuid || !getgid || !getgroups) return undefined;
  return { uid: getuid(), gid: getgid(), groups: getgroups() };
}

/** As a container's status shows it. */
export function shownUser({ uid, gid, groups }: User): NonNullable<ContainerStatus["user"]> {
  return { linux: { uid, gid, supplementalGroups: [...new Set([gid, ...groups])] } };
}

/**
 * Throws a ConfigError where `runAsNonRoot` is asked for, and the container would be root.
 * @param config undefined for what has a module of its own, of which nothing says as whom it is to run
 */
export function mustNotBeRoot(pod: Pod, container: PodContainer, config: ImageConfig | undefined): void {
  const [own, ofPod] = [container.securityContext, pod.spec.securityContext];
  const runAsNonRoot = own?.runAsNonRoot ?? ofPod?.runAsNonRoot;
  const runAsUser = own?.runAsUser ?? ofPod?.runAsUser;
  if (runAsNonRoot !== true) return;
  const { name, namespace, uid } = pod.metadata;
  const which = `(pod: "${name}_${namespace}(${uid})", container: ${container.name})`;
  if (runAsUser === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${which}`);
  if (runAsUser !== undefined || !config) return;
  const [user = ""] = (config.user ?? "").split(":");
  if (user === "" || numberOf(user) === 0)
    throw new ConfigError(`container has runAsNonRoot and image will run as root ${which}`);
  if (numberOf(user) !== undefined) return;
  const problem = `image has non-numeric user (${user}), cannot verify user is non-root`;
  throw new ConfigError(`container has runAsNonRoot and ${problem} ${which}`);
}

/** A user or group may also be given by its name. */
function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
