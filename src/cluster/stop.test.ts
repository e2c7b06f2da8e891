/** A cluster stops in time, and every call that is pending ends with a typed error, whatever the program's own functions do. */
import { describe, expect, test } from "vitest";
import { Cluster, type ClusterOptions } from "../index.ts";

const never = () => new Promise<never>(() => {});
const on = [{ operations: ["CREATE", "UPDATE", "DELETE"] as const, kinds: ["ConfigMap"] }];
const draft = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } };
const widget = { kind: "Widget", group: "example.com", plural: "widgets", scope: "Namespaced" } as const;

/** What is said of a create that is pending when the cluster stops. */
async function endOf(options: ClusterOptions, of: object = draft): Promise<unknown> {
  const cluster = new Cluster({ runtime: "hollow", ...options });
  await cluster.start();
  const end = cluster.create(of as typeof draft).catch((error: unknown) => error);
  await new Promise(resolve => setImmediate(resolve));
  await cluster.stop();
  return end;
}

describe("a call that waits for what never answers ends when the cluster stops", () => {
  test.each<[string, ClusterOptions, object?]>([
    ['admission plugin "X"', { admission: { plugins: [{ name: "X", on, mutate: never }] } }],
    ['admission plugin "X"', { admission: { plugins: [{ name: "X", on, validate: never }] } }],
    ["authorize", { authorize: never }],
    [
      "Widget.example.com",
      { kinds: [{ ...widget, verbs: ["create"], answer: never }] },
      { ...draft, apiVersion: "example.com/v1", kind: "Widget" },
    ],
  ])("%s: %o", async (who, options, of) => {
    expect(await endOf(options, of)).toMatchObject({
      reason: "ServiceUnavailable",
      message: `${who} had not answered when the cluster stopped`,
    });
  });
});

test("a plugin that never answers about events, nodes or pods holds neither start nor stop", async () => {
  const everything = [{ operations: ["UPDATE"] as const, kinds: ["Event", "Node", "Pod", "Container"] }];
  const cluster = new Cluster({
    runtime: "hollow",
    onFault: () => {},
    admission: { plugins: [{ name: "X", on: everything, validate: never }] },
  });
  const started = cluster.start();
  started.catch(() => {});
  for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve));
  await cluster.stop();
});

test("an onFault that throws, or rejects, harms nothing", async () => {
  const reconcile = () => {
    throw new Error("no luck");
  };
  for (const onFault of [reconcile, async () => reconcile()]) {
    const odd = { name: "odd", kind: "Namespace", wokenBy: [], reconcile };
    const cluster = new Cluster({ runtime: "hollow", controllers: [odd], onFault });
    await cluster.start();
    await cluster.create(draft);
    await cluster.stop();
  }
});
