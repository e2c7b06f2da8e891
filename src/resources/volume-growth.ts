/** A claim whose volume grows: whether it asks for more than it has, and what it says when it has got it. */
import type { PersistentVolumeClaim, PersistentVolumeClaimCondition } from "./generated/kubernetes.gen.ts";
import { compareQuantities } from "./quantity.ts";

/** Whether a bound claim asks for more than its status says that it has. */
export function asksForMore({ spec, status }: PersistentVolumeClaim): boolean {
  const { phase, capacity } = status ?? {};
  const asked = spec.resources?.requests?.storage ?? "0";
  return phase === "Bound" && compareQuantities(asked, capacity?.storage ?? "0") > 0;
}

/** The status of a claim whose volume is as large as that. */
export function grownStatus(
  { status = {} }: PersistentVolumeClaim,
  storage: string,
): NonNullable<PersistentVolumeClaim["status"]> {
  const { allocatedResourceStatuses: _1, conditions: _2, ...kept } = status;
  const others = othersThanResizing(status.conditions);
  return {
    ...kept,
    capacity: { ...status.capacity, storage },
    allocatedResources: { ...status.allocatedResources, storage },
    ...(others.length > 0 && { conditions: others }),
  };
}

export function othersThanResizing(
  conditions: readonly PersistentVolumeClaimCondition[] = [],
): PersistentVolumeClaimCondition[] {
  return conditions.filter(({ type }) => type !== "Resizing" && type !== "FileSystemResizePending");
}
