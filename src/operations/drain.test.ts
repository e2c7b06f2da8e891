import { expect, test } from "vitest";
import type { Pod } from "../resources/index.ts";
import { type DrainPort, drain } from "./drain.ts";

test("a pod that is bound to the node just before it is cordoned goes, too", async () => {
  const pods = new Set(["there"]);
  const port: DrainPort = {
    ruleNames: { force: "force", deleteEmptyDirData: "data", ignoreDaemonSets: "daemons" },
    pods: async () => [...pods].map(podNamed),
    cordon: async () => {
      pods.add("late");
      return true;
    },
    find: async pod => (pods.has(pod.metadata.name) ? pod : undefined),
    evict: async ({ metadata }) => void pods.delete(metadata.name),
    delete: async () => {},
    gone: async () => {},
    now: () => 0,
    sleep: async () => {},
    say: () => {},
    warn: () => {},
  };
  await drain(port, "node-0", { force: true });
  expect([...pods]).toEqual([]);
});

function podNamed(name: string): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", uid: name, creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { containers: [] },
  } as unknown as Pod;
}
