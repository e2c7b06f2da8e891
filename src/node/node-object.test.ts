import { expect, test } from "vitest";
import type { Node } from "../resources/index.ts";
import { nodeStatus } from "./node-object.ts";

test("kubectl describe finds all that a node says of its machine", () => {
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n" } } as Node;
  const { kubeProxyVersion, ...machine } = nodeStatus(node, { name: "n" }, [], 0).nodeInfo ?? {};
  expect(kubeProxyVersion).toBe("");
  expect(machine).toMatchObject({ machineID: "n", systemUUID: "n", bootID: "n" });
  expect(Object.values(machine)).not.toContain("");
});
