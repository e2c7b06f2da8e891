/** Access modes and options of a volume in the words of CSI. */
import { expect, test } from "vitest";
import { capabilityOf } from "./capabilities.ts";

test("a volume is mounted with its options and its file system", () => {
  const csi = { driver: "disk.csi.example.com", volumeHandle: "v", fsType: "xfs" };
  expect(capabilityOf(["ReadWriteOnce"], { csi, mountOptions: ["noatime"] })).toEqual({
    accessMode: "SINGLE_NODE_WRITER",
    fsType: "xfs",
    mountFlags: ["noatime"],
  });
  expect(capabilityOf(["ReadOnlyMany", "ReadWriteMany"])).toEqual({ accessMode: "MULTI_NODE_MULTI_WRITER" });
});
