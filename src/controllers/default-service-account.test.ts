import { afterEach, beforeEach, expect, test } from "vitest";
import { TestCluster } from "../loop/test-cluster.ts";
import { defaultServiceAccount } from "./default-service-account.ts";

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.of(defaultServiceAccount);
  await cluster.settle();
});

afterEach(async () => {
  await cluster.stop();
  expect(cluster.failures).toEqual([]);
});

const account = (name: string) => cluster.get("ServiceAccount", name);

test("the default account of a namespace is there again once it was deleted, another is not", async () => {
  const first = account("default");
  expect(first).toBeDefined();
  await cluster.create({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "bot", namespace: "demo" },
  });
  for (const name of ["default", "bot"]) await cluster.delete("ServiceAccount", name);
  await cluster.settle();
  expect(account("default")?.metadata.uid).not.toBe(first?.metadata.uid);
  expect(account("default")).toBeDefined();
  expect(account("bot")).toBeUndefined();
});

test("a namespace that goes gets none", async () => {
  await cluster.delete("Namespace", "demo");
  await cluster.delete("ServiceAccount", "default");
  await cluster.settle();
  expect(account("default")).toBeUndefined();
});
