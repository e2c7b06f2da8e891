/** What tests of claims begin with: a class of a driver, and the claim `demo/data` of that class. */
import type { Draft } from "../../resources/index.ts";

/** @param more what else the class says */
export function diskClass(provisioner: string, more: object = {}): Draft {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "disk" },
    provisioner,
    ...more,
  } as Draft;
}

export function dataClaim(annotations: Readonly<Record<string, string>> = {}): Draft {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data", namespace: "demo", annotations },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName: "disk",
      resources: { requests: { storage: "1Gi" } },
    },
  } as Draft;
}
