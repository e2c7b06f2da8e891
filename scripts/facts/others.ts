/** Facts of `meta`, `node.k8s.io` and `resource.k8s.io`. */
import { type FieldFacts, mergedBy } from "./field-facts.ts";

export const others: Record<string, Record<string, FieldFacts>> = {
  AllocatedDeviceStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
  },
  DeviceAllocationConfiguration: {
    source: { enum: ["FromClaim", "FromClass"] },
  },
  DeviceSubRequest: {
    allocationMode: { enum: ["All", "ExactCount"], default: "ExactCount" },
  },
  DeviceTaint: {
    effect: { enum: ["NoExecute", "NoSchedule", "None"] },
  },
  DeviceToleration: {
    effect: { enum: ["NoExecute", "NoSchedule", "None"] },
    operator: { enum: ["Equal", "Exists"], default: "Equal" },
  },
  ExactDeviceRequest: {
    allocationMode: { enum: ["All", "ExactCount"], default: "ExactCount" },
  },
  LabelSelector: {
    $: { atomic: true },
  },
  ObjectMeta: {
    finalizers: { listType: "set", patchStrategy: "merge" },
    ownerReferences: { ...mergedBy("uid") },
  },
  Overhead: {
    podFixed: { quantity: true },
  },
  OwnerReference: {
    $: { atomic: true },
  },
  ResourceClaimStatus: {
    devices: { listType: "map", listMapKeys: ["driver", "device", "pool", "shareID"] },
    reservedFor: { listType: "map", listMapKeys: ["uid"] },
  },
  Scheduling: {
    nodeSelector: { atomic: true },
  },
};
