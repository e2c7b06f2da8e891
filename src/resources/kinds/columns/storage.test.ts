/** What `kubectl get` prints of volumes, claims and devices, in states that no recording shows; facts of Kubernetes 1.35's printers.go. */
import { deleted, printed } from "./test-cells.ts";

const claimRef = { namespace: "ns", name: "c" };

const claimed = { phase: "Bound", capacity: { storage: "4Gi" }, accessModes: ["ReadWriteOnce"] };

printed(
  "PersistentVolume",
  [
    "Capacity",
    "Access Modes",
    "Reclaim Policy",
    "Status",
    "Claim",
    "StorageClass",
    "VolumeAttributesClass",
    "Reason",
    "VolumeMode",
  ],
  [
    [
      "bound",
      {
        spec: {
          capacity: { storage: "4Gi" },
          accessModes: ["ReadWriteMany", "ReadWriteOnce", "ReadOnlyMany", "ReadWriteOncePod"],
          claimRef,
          persistentVolumeReclaimPolicy: "Retain",
          storageClassName: "slow",
          volumeAttributesClassName: "gold",
          volumeMode: "Block",
        },
        status: { phase: "Bound" },
      },
      ["4Gi", "RWO,ROX,RWX,RWOP", "Retain", "Bound", "ns/c", "slow", "gold", "", "Block"],
    ],
    [
      "is deleted",
      { ...deleted, spec: { capacity: { storage: "4Gi" } }, status: { phase: "Failed", reason: "r" } },
      ["4Gi", "", "", "Terminating", "", "", "<unset>", "r", "<unset>"],
    ],
  ],
);

printed(
  "PersistentVolumeClaim",
  ["Status", "Volume", "Capacity", "Access Modes", "StorageClass", "VolumeAttributesClass", "VolumeMode"],
  [
    [
      "bound",
      { spec: { volumeName: "v", storageClassName: "slow", volumeMode: "Filesystem" }, status: claimed },
      ["Bound", "v", "4Gi", "RWO", "slow", "<unset>", "Filesystem"],
    ],
    [
      "bound, and nothing is told of its size",
      { spec: { volumeName: "v" }, status: { phase: "Bound" } },
      ["Bound", "v", "0", "", "", "<unset>", "<unset>"],
    ],
    [
      "waits",
      { spec: {}, status: { ...claimed, phase: "Pending" } },
      ["Pending", "", "", "", "", "<unset>", "<unset>"],
    ],
    ["lost", { spec: {}, status: { phase: "Lost" } }, ["Lost", "", "", "", "", "<unset>", "<unset>"]],
    [
      "is deleted",
      { ...deleted, spec: { volumeName: "v" }, status: claimed },
      ["Terminating", "v", "4Gi", "RWO", "", "<unset>", "<unset>"],
    ],
  ],
);

printed(
  "StorageClass",
  ["Name", "Provisioner", "ReclaimPolicy", "VolumeBindingMode", "AllowVolumeExpansion"],
  [["nothing said", { provisioner: "p" }, ["x", "p", "Delete", "Immediate", false]]],
);

printed(
  "VolumeAttachment",
  ["Attacher", "PV", "Node", "Attached"],
  [
    [
      "attached",
      {
        spec: { attacher: "a", nodeName: "n", source: { persistentVolumeName: "v" } },
        status: { attached: true },
      },
      ["a", "v", "n", true],
    ],
    ["inline", { spec: { attacher: "a", nodeName: "n", source: {} } }, ["a", "", "n", false]],
  ],
);

printed("CSINode", ["Drivers"], [["two", { spec: { drivers: [{}, {}] } }, [2]]]);

printed(
  "CSIDriver",
  ["AttachRequired", "PodInfoOnMount", "StorageCapacity", "TokenRequests", "RequiresRepublish", "Modes"],
  [
    ["nothing said", { spec: {} }, [true, false, false, "<unset>", false, "<none>"]],
    [
      "all said",
      {
        spec: {
          attachRequired: false,
          podInfoOnMount: true,
          storageCapacity: true,
          requiresRepublish: true,
          tokenRequests: [{ audience: "a" }, { audience: "b" }],
          volumeLifecycleModes: ["Persistent", "Ephemeral"],
        },
      },
      [false, true, true, "a,b", true, "Persistent,Ephemeral"],
    ],
    [
      "a token for the server itself",
      { spec: { tokenRequests: [{ audience: "" }] } },
      [true, false, false, "", false, "<none>"],
    ],
  ],
);

printed(
  "ResourceClaim",
  ["State"],
  [
    ["new", {}, ["pending"]],
    ["reserved without a device", { status: { reservedFor: [{}] } }, ["pending"]],
    ["allocated", { status: { allocation: {} } }, ["allocated"]],
    ["in use", { status: { allocation: {}, reservedFor: [{}] } }, ["allocated,reserved"]],
    [
      "is deleted in use",
      { ...deleted, status: { allocation: {}, reservedFor: [{}] } },
      ["deleted,allocated,reserved"],
    ],
    ["is deleted", deleted, ["deleted"]],
  ],
);

printed(
  "ResourceSlice",
  ["Node", "Driver", "Pool"],
  [
    ["of a node", { spec: { nodeName: "n", driver: "d", pool: { name: "p" } } }, ["n", "d", "p"]],
    ["of all nodes", { spec: { allNodes: true, driver: "d", pool: { name: "p" } } }, ["", "d", "p"]],
  ],
);
