/**
 * Where a container finds its volumes: for each of its `volumeMounts` the path, the place that lies behind it and whether it may be written
 * to, and a variable with the true place.
 */
import { join } from "node:path";
import type { Pod, PodContainer } from "../../resources/index.ts";
import type { Mount } from "../../worker/index.ts";
import { ConfigError } from "../containers/index.ts";
import { inVolume, shownNow } from "./sub-path.ts";

/** Where a volume of a pod lies. */
export interface VolumePlace {
  readonly place: string;
  /** It is not to be written to, whatever a container says. */
  readonly isReadOnly?: boolean;
  /** It is the volume of a claim, and a folder of the machine, not a driver's. */
  readonly isMachines?: boolean;
}

/**
 * Throws a ConfigError for a path that leads out of its volume.
 * @param places of the volumes, by name; what is not there is left out
 * @param own the folder of the container for what is its own
 * @param expand writes variables into a `subPathExpr`
 */
export function volumeMounts(
  { spec: { volumes = [] } }: Pod,
  container: PodContainer,
  places: ReadonlyMap<string, VolumePlace>,
  own: string,
  expand: (text: string) => string,
): { readonly mounts: readonly Mount[]; readonly env: Readonly<Record<string, string>> } {
  const mounts: Mount[] = [];
  const env: Record<string, string> = {};
  for (const mounted of container.volumeMounts ?? []) {
    const { name, mountPath, subPath, subPathExpr } = mounted;
    const found = places.get(name);
    if (found === undefined) continue;
    const { place } = found;
    const volume = volumes.find(each => each.name === name);
    const ofDriver = volume?.persistentVolumeClaim ?? volume?.ephemeral ?? volume?.csi;
    const isMachines = volume?.hostPath !== undefined || ofDriver !== undefined;
    // What shows objects of the cluster is never written to.
    const isShown = !isMachines && volume?.emptyDir === undefined;
    const isReadOnly = mounted.readOnly === true || isShown || found.isReadOnly === true;
    const within = subPath ?? (subPathExpr === undefined ? "" : expand(subPathExpr));
    const inside = within === "" ? place : inVolume(place, within);
    if (inside === undefined) {
      const mount = `volumeMount "${name}" of container "${container.name}"`;
      throw new ConfigError(`failed to prepare subPath for ${mount}: it leads out of the volume`);
    }
    const path = mountPath.length > 1 ? mountPath.replace(/\/+$/, "") : mountPath;
    // What shows objects of the cluster follows them, except where only a part of it is mounted.
    const shown =
      isShown && (within === "" ? place : shownNow(inside, join(own, "~subpaths", `${mounts.length}`)));
    // Another pod may have the folders above it, and put a link in their place.
    const isPinned = !isShown && (within !== "" || volume?.hostPath !== undefined || found.isMachines);
    mounts.push({ path, place: shown || inside, isReadOnly, isMachines, ...(isPinned && { isPinned }) });
    env[`K4S_VOLUME_${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`] = place;
  }
  return { mounts, env };
}
