/** The door of containers/: one container of a pod, from the pull of its image to its restarts. */
export { ContainerLife, type ContainerUsage, type ContainerView } from "./container-life.ts";
export { settled } from "./container-status.ts";
export type { ContainerDependencies, Tell } from "./dependencies.ts";
export { graceMsOf, restartsAfter } from "./ending-rules.ts";
export { ConfigError, downwardText } from "./environment.ts";
export { fullNameOf, hostnameOf, shortNameOf } from "./hostname.ts";
export type { FilesOf, MountedVolumes, OwningPod } from "./owning-pod.ts";
export { resolverConfigOf } from "./pod-names.ts";
export { defaultBackOff, type RestartBackOff } from "./restarts.ts";
export { servedApi } from "./service-variables.ts";
export { whatToRun } from "./what-to-run.ts";
