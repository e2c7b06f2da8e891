import { expect, test } from "vitest";
import { VirtualClock } from "../outside/index.ts";
import { MemoryStore } from "./drivers/memory.ts";
import { pod, replicaSet, testWorld, user } from "./test-kinds.ts";
import { authorNamed } from "./test-worlds.ts";
import { causeChain } from "./why.ts";

test("the chain leads from an object's last change back to the user", async () => {
  const { registry, store } = await testWorld();
  const signed = (actor: string, cause: { metadata: { resourceVersion: string } }) => ({
    author: authorNamed(actor, Number(cause.metadata.resourceVersion)),
  });
  const set = await registry.create(replicaSet("web"), { author: user });
  const created = await registry.create(pod("web-1"), signed("replicaset-controller", set));
  await registry.create(pod("unrelated"), { author: user });
  const bound = await registry.bind("demo", "web-1", "node-0", signed("scheduler", created));
  const status = { phase: "Running" as const };
  await registry.updateStatus({ ...bound, status }, signed("node/node-0", bound));

  const chain = causeChain(store, { kind: "Pod", namespace: "demo", name: "web-1" });
  expect(chain.map(({ actor, type, key }) => `${actor} ${type} ${key.name}`)).toEqual([
    "node/node-0 MODIFIED web-1",
    "scheduler MODIFIED web-1",
    "replicaset-controller ADDED web-1",
    "user ADDED web",
  ]);
});

test("it ends where history ends, and a cause that comes later leads nowhere", async () => {
  const store = new MemoryStore({ clock: new VirtualClock(), onFault: () => {}, historyLimit: 2 });
  const write = async (name: string, cause?: number) => {
    const metadata = { name, uid: name, resourceVersion: "", creationTimestamp: "" };
    const key = { kind: "Widget", namespace: "", name };
    await store.add(key, { apiVersion: "v1", kind: "Widget", metadata }, authorNamed(name, cause));
    return causeChain(store, key).map(change => change.actor);
  };
  expect(await write("first")).toEqual(["first"]);
  expect(await write("second", 1)).toEqual(["second", "first"]);
  expect(await write("third", 1)).toEqual(["third"]);
  expect(await write("fourth", 4)).toEqual(["fourth"]);
  expect(await write("fifth", 99)).toEqual(["fifth"]);
  expect(causeChain(store, { kind: "Widget", namespace: "", name: "nobody" })).toEqual([]);
});
