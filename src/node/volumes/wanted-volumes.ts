/** Which volumes of a pod are wanted, and what of each can be said from its manifest alone. */
import type { PodSpec, Volume } from "../../resources/index.ts";
import { VolumeError } from "./content.ts";

/** The kinds of volumes that are there; a pod with another waits for it. */
const kinds = [
  "configMap",
  "secret",
  "downwardAPI",
  "projected",
  "emptyDir",
  "hostPath",
  "persistentVolumeClaim",
  "ephemeral",
  "csi",
] as const;

/** Those that containers mount, or want as devices. `isTokenOfUse`: whether the token of the pod's account is. */
export function wantedVolumes(
  { volumes = [], containers, initContainers = [] }: PodSpec,
  isTokenOfUse: () => boolean,
): readonly Volume[] {
  if (volumes.length === 0) return [];
  const mounted = new Set(
    [...containers, ...initContainers].flatMap(({ volumeMounts: mounts = [], volumeDevices = [] }) =>
      [...mounts, ...volumeDevices].map(({ name }) => name),
    ),
  );
  const isIdle = ({ name }: Volume) => name.startsWith("kube-api-access-") && !isTokenOfUse();
  return volumes.filter(volume => mounted.has(volume.name) && !isIdle(volume));
}

/** Throws a VolumeError. */
export function assertKnown(volume: Volume): void {
  const kind = Object.keys(volume).find(key => key !== "name");
  if (kind !== undefined && !kinds.some(each => each === kind))
    throw new VolumeError(`k4s has no volumes of the kind ${kind}, only ${kinds.join(", ")}`);
}

/** The claim whose volume it is. */
export function claimNameOf(
  { name, persistentVolumeClaim: claim, ephemeral }: Volume,
  podName: string,
): string | undefined {
  return claim?.claimName ?? (ephemeral && `${podName}-${name}`);
}

/** Whether it shows fields of the pod itself. */
export function showsPod({ downwardAPI, projected }: Volume): boolean {
  return downwardAPI !== undefined || (projected?.sources ?? []).some(source => source.downwardAPI);
}

/** Whether its files are those of the cluster. */
export function isFilled({ configMap, secret, downwardAPI, projected }: Volume): boolean {
  return [configMap, secret, downwardAPI, projected].some(source => source !== undefined);
}

/** Which objects it shows, as `ConfigMap/shop/prices`. */
export function shownObjects({ configMap, secret, projected }: Volume, namespace: string): string[] {
  const shown = [{ configMap, secret: secret && { name: secret.secretName } }, ...(projected?.sources ?? [])];
  return shown.flatMap(source => [
    ...(source.configMap ? [`ConfigMap/${namespace}/${source.configMap.name ?? ""}`] : []),
    ...(source.secret ? [`Secret/${namespace}/${source.secret.name ?? ""}`] : []),
  ]);
}
