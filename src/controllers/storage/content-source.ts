/** What the volume of a claim begins with: nothing, or what another claim's volume has (`dataSource`). */
import type { World } from "../../loop/index.ts";
import type { PersistentVolumeClaim } from "../../resources/index.ts";
import { type ContentSource, DriverError } from "../../storage/index.ts";

/** Throws a DriverError where it cannot be had yet, or ever. */
export function contentSourceOf(
  { metadata, spec }: PersistentVolumeClaim,
  world: Pick<World, "get">,
): ContentSource | undefined {
  const source = spec.dataSourceRef ?? spec.dataSource;
  if (!source) return undefined;
  const { namespace = "" } = metadata;
  if (source.kind === "PersistentVolumeClaim" && !source.apiGroup) {
    const other = world.get("PersistentVolumeClaim", namespace, source.name);
    const volume = world.get("PersistentVolume", "", other?.spec.volumeName ?? "");
    if (!volume?.spec?.csi || other?.status?.phase !== "Bound")
      throw new DriverError("FailedPrecondition", `claim in dataSource not bound or invalid: ${source.name}`);
    return { volumeId: volume.spec.csi.volumeHandle };
  }
  throw new DriverError("InvalidArgument", `dataSource of the kind ${source.kind} is not supported`);
}
