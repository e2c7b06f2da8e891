/**
 * What a pod asks for that no thread can have: users, capabilities, namespaces and devices are a process's, or the kernel's. It is
 * accepted and kept, and the pod is told of it once. What only asks for what is so anyway (`privileged: false`) is not told.
 */
import type { PodContainer, PodSpec } from "../../resources/index.ts";

/** What the event says of them; undefined where there are none. @param runtime the name of the pod's runtime */
export function ineffectiveMessage(spec: PodSpec, runtime: string): string | undefined {
  const fields = withoutEffectIn(spec);
  if (fields.length === 0) return undefined;
  const what = runtime === "process" ? "a process" : "a thread";
  const why = `a container is ${what} with the user, rights, devices and network of the program that runs the cluster`;
  return `Fields without effect: ${listOf(fields)}. They are kept, but ${why}`;
}

/** So many fields are told of one by one. */
const mostFields = 12;

function listOf(fields: readonly string[]): string {
  const more = fields.length - mostFields;
  return more > 0 ? `${fields.slice(0, mostFields).join(", ")} and ${more} more` : fields.join(", ");
}

/** The paths of such fields, in the order of the spec. */
export function withoutEffectIn(spec: PodSpec): string[] {
  const { initContainers = [], containers, ephemeralContainers = [], volumes = [] } = spec;
  const podContext = spec.securityContext ?? {};
  return [
    ...pathsOf("spec", {
      hostIPC: spec.hostIPC,
      hostNetwork: spec.hostNetwork,
      hostPID: spec.hostPID,
      hostUsers: spec.hostUsers === false,
      resourceClaims: spec.resourceClaims,
    }),
    ...pathsOf("spec.securityContext", {
      ...sharedBy(podContext),
      fsGroup: podContext.fsGroup !== undefined,
      supplementalGroups: podContext.supplementalGroups,
      sysctls: podContext.sysctls,
    }),
    // An empty folder lies on the disk; what it may hold (sizeLimit) is kept to.
    ...volumes.flatMap(({ emptyDir }, i) => (emptyDir?.medium ? [`spec.volumes[${i}].emptyDir.medium`] : [])),
    ...initContainers.flatMap((container, i) => inContainer(container, `spec.initContainers[${i}]`, spec)),
    ...containers.flatMap((container, i) => inContainer(container, `spec.containers[${i}]`, spec)),
    ...ephemeralContainers.flatMap((container, i) =>
      inContainer(container, `spec.ephemeralContainers[${i}]`, spec),
    ),
  ];
}

type Contexts = NonNullable<PodSpec["securityContext"]> | NonNullable<PodContainer["securityContext"]>;

/** What both security contexts have, of the pod and of a container. */
function sharedBy(context: Contexts): Asked {
  return {
    appArmorProfile: isConfined(context.appArmorProfile),
    runAsGroup: context.runAsGroup !== undefined,
    runAsUser: context.runAsUser !== undefined,
    seLinuxOptions: context.seLinuxOptions,
    seccompProfile: isConfined(context.seccompProfile),
    windowsOptions: context.windowsOptions,
  };
}

function inContainer(container: PodContainer, path: string, { hostNetwork }: PodSpec): string[] {
  const { securityContext: context = {}, ports = [], volumeDevices } = container;
  const { add = [], drop = [] } = context.capabilities ?? {};
  return [
    ...ports.flatMap(({ hostPort }, i) => (hostPort && !hostNetwork ? [`${path}.ports[${i}].hostPort`] : [])),
    ...pathsOf(`${path}.securityContext`, {
      ...sharedBy(context),
      allowPrivilegeEscalation: context.allowPrivilegeEscalation === false,
      capabilities: [...add, ...drop],
      privileged: context.privileged,
      procMount: context.procMount !== undefined && context.procMount !== "Default",
    }),
    ...pathsOf(path, { volumeDevices }),
  ];
}

/** By the names of fields, whether they ask for something. */
type Asked = Readonly<Record<string, unknown>>;

function pathsOf(parent: string, asked: Asked): string[] {
  return Object.keys(asked)
    .filter(name => isAsked(asked[name]))
    .map(name => `${parent}.${name}`);
}

function isAsked(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return value === true;
  return Object.keys(value).length > 0;
}

function isConfined(profile: { readonly type?: string } | undefined): boolean {
  return profile !== undefined && profile.type !== "Unconfined";
}
