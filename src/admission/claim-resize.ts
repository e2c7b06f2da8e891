/**
 * PersistentVolumeClaimResize: a claim may ask for more only once it has a volume, and where its class says that its volumes can
 * grow (`allowVolumeExpansion`).
 */
import { type Draft, type PersistentVolumeClaim, parseQuantity } from "../resources/index.ts";
import { forbidden } from "../store/index.ts";
import { pluginFor } from "./plugin.ts";

export const claimResize = pluginFor<PersistentVolumeClaim>({
  name: "PersistentVolumeClaimResize",
  on: [{ operations: ["UPDATE"], kinds: ["PersistentVolumeClaim"] }],
  validate(claim, { kind, name, old }, reader) {
    const before = old as PersistentVolumeClaim;
    if (sizeOf(claim) <= sizeOf(before)) return;
    if (before.status?.phase !== "Bound")
      throw forbidden(kind, name, "Only bound persistent volume claims can be expanded");
    const { storageClassName: className } = claim.spec;
    const found =
      className && className === before.spec.storageClassName
        ? reader.get("StorageClass", "", className)
        : undefined;
    if (found?.allowVolumeExpansion) return;
    const why =
      "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
    throw forbidden(kind, name, why);
  },
});

function sizeOf({ spec }: Draft<PersistentVolumeClaim>): bigint {
  return parseQuantity(spec.resources?.requests?.storage ?? "0").billionths;
}
