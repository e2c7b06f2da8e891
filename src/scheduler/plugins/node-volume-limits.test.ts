import { expect, test } from "vitest";
import type { KubernetesObject } from "../../resources/index.ts";
import { aNode, aPod, handleOf } from "../test-plugins.ts";
import { nodeVolumeLimits } from "./node-volume-limits.ts";

const driver = "disk.example.com";
const metadata = (name: string, namespace?: string) => ({
  ...{ name, uid: name, resourceVersion: "1", creationTimestamp: "" },
  ...(namespace && { namespace }),
});
const made = (kind: string, apiVersion: string, object: object) =>
  ({ apiVersion, kind, ...object }) as KubernetesObject;

/** A claim, bound to the volume of its name unless it waits for one. */
function claimed(name: string, isBound = true): KubernetesObject[] {
  const csi = { driver, volumeHandle: name };
  return [
    made("PersistentVolumeClaim", "v1", {
      metadata: metadata(name, "demo"),
      spec: { storageClassName: "disks", ...(isBound && { volumeName: name }) },
      status: { phase: isBound ? "Bound" : "Pending" },
    }),
    ...(isBound ? [made("PersistentVolume", "v1", { metadata: metadata(name), spec: { csi } })] : []),
  ];
}

const objects = [
  ...claimed("one"),
  ...claimed("two"),
  ...claimed("three"),
  ...claimed("later", false),
  made("StorageClass", "storage.k8s.io/v1", { metadata: metadata("disks"), provisioner: driver }),
  made("CSINode", "storage.k8s.io/v1", {
    metadata: metadata("small"),
    spec: { drivers: [{ name: driver, nodeID: "small", allocatable: { count: 2 } }] },
  }),
  made("CSINode", "storage.k8s.io/v1", {
    metadata: metadata("open"),
    spec: { drivers: [{ name: driver, nodeID: "open" }] },
  }),
];
const having = (...claims: string[]) => ({
  volumes: claims.map(claimName => ({ name: claimName, persistentVolumeClaim: { claimName } })),
});

/** What is said of a node with two places, with a driver that names no limit, and of no driver at all. */
function verdicts(wanted: string[], there: string[][]): (readonly string[] | undefined)[] {
  const nodes = ["small", "open", "bare"].map(name => aNode(name));
  const pods = nodes.flatMap(({ metadata: { name } }) =>
    there.map(claims => aPod({ ...having(...claims), nodeName: name })),
  );
  const handle = handleOf(nodes, pods, objects);
  const result = nodeVolumeLimits().preFilter?.(aPod(having(...wanted)), handle);
  if (result instanceof Promise) throw new Error("the answer is at hand");
  return handle.snapshot.nodeInfos.map(info => result?.filter?.(info)?.reasons);
}

const full = ["node(s) exceed max volume count"];
test.each<[string, string[], string[][], readonly string[] | undefined]>([
  ["one more", ["two"], [["one"]], undefined],
  ["one too many", ["three"], [["one"], ["two"]], full],
  ["one that is there already", ["two"], [["one"], ["two"]], undefined],
  ["one that two pods have", ["two"], [["one"], ["one"]], undefined],
  ["more than it ever takes", ["one", "two", "three"], [], full],
  ["one that is yet to be made", ["later"], [["one"], ["two"]], full],
  ["none", [], [["one"], ["two"]], undefined],
])("a node with two places is asked for %s", (_, wanted, there, told) => {
  expect(verdicts(wanted, there)).toEqual([told, undefined, undefined]);
});

test("what would have to change is told with the pods that have the places", () => {
  const handle = handleOf([aNode("small")], [aPod({ ...having("one", "two"), nodeName: "small" })], objects);
  const [info] = handle.snapshot.nodeInfos;
  const remedies = nodeVolumeLimits().remedies?.(aPod(having("three")), handle);
  expect(info && remedies?.(info)).toEqual([
    expect.stringMatching(/^fewer of its 2 volumes of disk\.example\.com are taken, which .* have$/),
  ]);
});
