import { expect, test } from "vitest";
import type { PersistentVolumeClaim } from "../../resources/index.ts";
import { aNode, aPod, handleOf } from "../test-plugins.ts";
import { volumeRestrictions } from "./volume-restrictions.ts";

const claim: PersistentVolumeClaim = {
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "one", namespace: "demo", uid: "one", resourceVersion: "1", creationTimestamp: "" },
  spec: { accessModes: ["ReadWriteOncePod"] },
};
const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "one" } }];

test.each([
  ["of another pod", aPod({ volumes, nodeName: "node-1" }), true],
  ["of none", aPod({ nodeName: "node-1" }), false],
])("a claim for one pod %s keeps a pod from all nodes, without a look at all pods", (_, other, isRefused) => {
  const handle = handleOf([aNode("node-1"), aNode("node-2")], [other], [claim]);
  const result = volumeRestrictions().preFilter?.(aPod({ volumes }), handle);
  if (!result || result instanceof Promise) throw new Error("nothing is said of a claim for one pod");
  const { nodeInfos } = handle.snapshot;
  for (const { pods } of nodeInfos)
    Object.assign(pods, { values: () => expect.fail("goes over all pods of a node") });
  expect(nodeInfos.map(info => result.filter?.(info) !== undefined)).toEqual([isRefused, isRefused]);
});
