/**
 * What the volume of a claim begins with: nothing, what another claim's volume has, or a snapshot (`dataSource`). In the words of
 * Kubernetes' external-provisioner where it cannot be had.
 */
import type { World } from "../../loop/index.ts";
import {
  type PersistentVolumeClaim,
  quantityToNumber,
  snapshotGroup,
  type TypedObjectReference,
} from "../../resources/index.ts";
import { type ContentSource, DriverError } from "../../storage/index.ts";
import { contentKind, snapshotKind } from "./snapshot-names.ts";

/** Throws a DriverError where it cannot be had yet, or ever. */
export function contentSourceOf(
  { metadata, spec }: PersistentVolumeClaim,
  driver: string,
  world: Pick<World, "get">,
): ContentSource | undefined {
  const source: TypedObjectReference | undefined = spec.dataSourceRef ?? spec.dataSource;
  if (!source) return undefined;
  const { namespace = "" } = metadata;
  const asked = quantityToNumber(spec.resources?.requests?.storage ?? "0");
  if (source.namespace !== undefined && source.namespace !== namespace)
    throw fault(source, "accessing another namespace is not allowed");
  if (source.kind === "PersistentVolumeClaim" && !source.apiGroup)
    return claimSource(source, namespace, asked, driver, world);
  if (source.kind === "VolumeSnapshot" && source.apiGroup === snapshotGroup)
    return snapshotSource(source, namespace, asked, driver, world);
  throw new DriverError("InvalidArgument", `dataSource of the kind ${source.kind} is not supported`);
}

function claimSource(
  source: TypedObjectReference,
  namespace: string,
  asked: number,
  driver: string,
  world: Pick<World, "get">,
): ContentSource {
  const other = world.get("PersistentVolumeClaim", namespace, source.name);
  const { csi } = world.get("PersistentVolume", "", other?.spec.volumeName ?? "")?.spec ?? {};
  if (!other) throw fault(source, `claim in dataSource not found: ${source.name}`);
  if (!csi || other.status?.phase !== "Bound")
    throw fault(source, `the PVC DataSource ${source.name} is not bound to a volume of a driver`);
  const has = other.status.capacity?.storage ?? other.spec.resources?.requests?.storage ?? "0";
  if (asked < quantityToNumber(has))
    throw fault(
      source,
      `error, new PVC request must be greater than or equal in size to the specified PVC data source, requested ${asked} but source is ${quantityToNumber(has)}`,
    );
  if (csi.driver !== driver) throw fault(source, `it is of the driver ${csi.driver}, not of ${driver}`);
  return { volumeId: csi.volumeHandle };
}

function snapshotSource(
  source: TypedObjectReference,
  namespace: string,
  asked: number,
  driver: string,
  world: Pick<World, "get">,
): ContentSource {
  const { name } = source;
  const snapshot = world.get(snapshotKind, namespace, name);
  if (!snapshot)
    throw fault(
      source,
      `error getting snapshot ${name} from api server: volumesnapshots.snapshot.storage.k8s.io "${name}" not found`,
    );
  const content = world.get(contentKind, "", snapshot.status?.boundVolumeSnapshotContentName ?? "");
  if (!snapshot.status?.readyToUse || !content) throw fault(source, `snapshot ${name} is not Ready`);
  if (content.spec.volumeSnapshotRef.uid !== snapshot.metadata.uid)
    throw fault(source, `snapshotcontent ${content.metadata.name} is bound to a different snapshot`);
  if (content.spec.driver !== driver)
    throw fault(
      source,
      `snapshotcontent ${content.metadata.name} is of the driver ${content.spec.driver}, not of ${driver}`,
    );
  const { snapshotHandle, restoreSize = 0 } = content.status ?? {};
  if (snapshotHandle === undefined) throw fault(source, `snapshot handle of ${name} is not available`);
  if (asked < restoreSize)
    throw fault(
      source,
      `requested volume size ${asked} is less than the size ${restoreSize} for the source snapshot ${name}`,
    );
  return { snapshotId: snapshotHandle };
}

function fault({ kind, name }: TypedObjectReference, why: string): DriverError {
  return new DriverError(
    "FailedPrecondition",
    `error getting handle for DataSource Type ${kind} by Name ${name}: ${why}`,
  );
}
