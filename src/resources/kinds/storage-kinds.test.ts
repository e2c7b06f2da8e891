/** What Kubernetes refuses in volumes, in claims and in what volumes are made by, and what of them stays. */
import { describe, expect, test } from "vitest";
import { type Fields, faults, read } from "../faults.suite.ts";
import type { PersistentVolumeClaim } from "../generated/kubernetes.gen.ts";

const volume = (more: Fields) => ({
  spec: { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, ...more },
});
const driver = { driver: "d.example.com", volumeHandle: "h" };
const claim = (more: Fields, storage = "1Gi") => ({
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } }, ...more },
});
const claimOf = (name: string) => ({ kind: "PersistentVolumeClaim", name });
const pod = (volumeClaimTemplate: Fields) => ({
  spec: {
    containers: [{ name: "a", image: "i" }],
    volumes: [{ name: "v", ephemeral: { volumeClaimTemplate } }],
  },
});
const template = "spec.volumes[0].ephemeral.volumeClaimTemplate";
const topology = (values: string[]) => ({ matchLabelExpressions: [{ key: "zone", values }] });

describe("what is wrong is told", () => {
  test.each<[string, Fields, string[]]>([
    ["PersistentVolume", volume({ csi: driver }), []],
    [
      "PersistentVolume",
      volume({ csi: { ...driver, volumeHandle: "", nodeStageSecretRef: { name: "s" } } }),
      ["spec.csi.volumeHandle: Required value", "spec.csi.nodeStageSecretRef.namespace: Required value"],
    ],
    [
      "PersistentVolume",
      volume({ nfs: { server: "", path: "x" } }),
      ["spec.nfs.server: Required value", 'spec.nfs.path: Invalid value: "x": must be an absolute path'],
    ],
    [
      "PersistentVolume",
      volume({ rbd: { monitors: [], image: "i" } }),
      ["spec.rbd.monitors: Required value"],
    ],
    [
      "PersistentVolume",
      volume({ local: { path: "/a/../b" } }),
      [
        `spec.local.path: Invalid value: "/a/../b": must not contain '..'`,
        "spec.nodeAffinity: Required value: Local volume requires node affinity",
      ],
    ],
    [
      "PersistentVolume",
      volume({ hostPath: { path: "/a" }, volumeAttributesClassName: "c" }),
      ["spec.csi: Required value: has to be specified when using volumeAttributesClassName"],
    ],
    [
      "PersistentVolumeClaim",
      claim({ accessModes: ["X"] }),
      [
        'spec.accessModes: Unsupported value: "X": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      ],
    ],
    [
      "PersistentVolumeClaim",
      claim({ dataSource: claimOf("a"), dataSourceRef: claimOf("b") }),
      ["spec: Invalid value: {}: must match dataSourceRef"],
    ],
    [
      "PersistentVolumeClaim",
      claim({ dataSource: claimOf("a"), dataSourceRef: { ...claimOf("a"), namespace: "b" } }),
      ["spec: Invalid value: {}: may not be specified when dataSourceRef.namespace is specified"],
    ],
    // What no driver can copy is dropped there, and not looked at.
    ["PersistentVolumeClaim", claim({ dataSource: { kind: "Backup", name: "" } }), []],
    [
      "PersistentVolumeClaim",
      claim({ dataSourceRef: { kind: "Backup", name: "b" } }),
      [
        `spec.dataSource: Invalid value: "Backup": must be 'PersistentVolumeClaim' when referencing the default apiGroup`,
        `spec.dataSourceRef: Invalid value: "Backup": must be 'PersistentVolumeClaim' when referencing the default apiGroup`,
      ],
    ],
    ["Pod", pod(claim({})), []],
    [
      "Pod",
      pod({ metadata: { labels: { a: "b" }, name: "x" }, ...claim({ accessModes: [] }) }),
      [
        `${template}.metadata.name: Forbidden: cannot be set`,
        `${template}.spec.accessModes: Required value: at least 1 access mode is required`,
      ],
    ],
    [
      "StorageClass",
      { provisioner: "p", allowedTopologies: [topology(["a", "a"]), topology(["b"]), topology(["b"])] },
      [
        'allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: "a"',
        'allowedTopologies[2].matchLabelExpressions: Duplicate value: ""',
      ],
    ],
  ])("%s %#", (kind, given, expected) => expect(faults(kind, given)).toEqual(expected));
});

const zone = (key: string) => ({
  nodeAffinity: {
    required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: "In", values: ["a"] }] }] },
  },
});
const hostPath = { path: "/a" };
const bound = (has: string) => ({ status: { phase: "Bound", capacity: { storage: has } } });
const immutableClaim =
  "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
const less = "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity";

describe("what was fixed stays", () => {
  test.each<[string, Fields, Fields, string[]]>([
    [
      "PersistentVolume",
      volume({ hostPath }),
      volume({ hostPath, volumeMode: "Block" }),
      ['volumeMode: Invalid value: "Block": field is immutable'],
    ],
    [
      "PersistentVolume",
      volume({ hostPath, ...zone("failure-domain.beta.kubernetes.io/zone") }),
      volume({ hostPath, ...zone("topology.kubernetes.io/zone") }),
      [],
    ],
    [
      "PersistentVolume",
      volume({ csi: driver }),
      volume({ csi: { ...driver, controllerExpandSecretRef: { name: "s", namespace: "n" } } }),
      [],
    ],
    [
      "PersistentVolume",
      volume({ csi: driver, volumeAttributesClassName: "a" }),
      volume({ csi: driver }),
      ["spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden"],
    ],
    ["PersistentVolumeClaim", claim({}), claim({}, "2Gi"), [immutableClaim]],
    ["PersistentVolumeClaim", { ...claim({}), ...bound("1Gi") }, claim({}, "2Gi"), []],
    ["PersistentVolumeClaim", { ...claim({}, "3Gi"), ...bound("1Gi") }, claim({}, "2Gi"), []],
    ["PersistentVolumeClaim", { ...claim({}, "3Gi"), ...bound("1Gi") }, claim({}, "1Gi"), [less]],
    ["PersistentVolumeClaim", claim({}), claim({ storageClassName: "a" }), []],
    [
      "PersistentVolumeClaim",
      claim({ storageClassName: "" }),
      claim({ storageClassName: "a" }),
      [immutableClaim],
    ],
    [
      "PersistentVolumeClaim",
      { ...claim({ volumeAttributesClassName: "a" }), ...bound("1Gi") },
      claim({ volumeAttributesClassName: "b" }),
      [],
    ],
  ])("%s %#", (kind, before, given, expected) => expect(faults(kind, given, before)).toEqual(expected));
});

describe("what a volume is to be filled from is named twice, or not at all", () => {
  const snapshot = { apiGroup: "snapshot.storage.k8s.io", kind: "VolumeSnapshot", name: "a" };
  const backup = { apiGroup: "example.com", kind: "Backup", name: "a" };
  test.each<[string, Fields, Fields]>([
    ["a claim", { dataSource: claimOf("a") }, { dataSource: claimOf("a"), dataSourceRef: claimOf("a") }],
    ["a snapshot", { dataSource: snapshot }, { dataSource: snapshot, dataSourceRef: snapshot }],
    ["by the newer field", { dataSourceRef: backup }, { dataSource: backup, dataSourceRef: backup }],
    ["by both", { dataSource: backup, dataSourceRef: backup }, { dataSource: backup, dataSourceRef: backup }],
    ["by the older field alone", { dataSource: backup }, {}],
    ["a claim of another group", { dataSource: { ...claimOf("a"), apiGroup: "example.com" } }, {}],
  ])("%s", (_, given, wanted) => {
    const { dataSource, dataSourceRef } = (
      read("PersistentVolumeClaim", claim(given)) as PersistentVolumeClaim
    ).spec;
    expect({ dataSource, dataSourceRef }).toEqual(wanted);
  });
});
