/**
 * Worlds full of mistakes: nodes that do not exist, names that are taken, creations that are refused. Whatever they are,
 * after some minutes the controllers write little, and no fault is reported.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ApiError } from "../errors/index.ts";
import { node, pod, TestCluster } from "../loop/test-cluster.ts";
import { type Draft, expand } from "../resources/index.ts";
import { container } from "./container.ts";
import { garbageCollection } from "./garbage-collection.ts";
import { nodeLifecycle } from "./node-lifecycle/index.ts";
import { podGarbageCollection } from "./pod-garbage-collection.ts";
import { replicaset } from "./replicaset/index.ts";
import { service } from "./service/index.ts";

const controllers = [
  container,
  replicaset,
  service(),
  nodeLifecycle(),
  podGarbageCollection,
  garbageCollection,
];

const name = fc.constantFrom("a", "b", "a-0", "a-1", "b-0");
const nodeName = fc.constantFrom(undefined, "node-1", "nowhere");
const mistake = fc.oneof(
  fc.record({ what: fc.constant("container" as const), name, nodeName }),
  fc.record({ what: fc.constant("pod" as const), name, nodeName }),
  fc.record({ what: fc.constant("copies" as const), name, nodeName }),
  fc.record({ what: fc.constant("set" as const), name, nodeName }),
  fc.record({ what: fc.constant("node goes" as const), name, nodeName }),
);

function draftOf({ what, name, nodeName }: { what: string; name: string; nodeName: string | undefined }) {
  const metadata = { name, namespace: "demo" };
  const copied = { module: "any", ...(nodeName && { nodeName }) };
  const spec = { containers: [{ name: "app", image: "any" }], ...(nodeName && { nodeName }) };
  const labels = { app: name };
  const template = { metadata: { labels }, spec };
  const replicaSet = { apiVersion: "apps/v1", kind: "ReplicaSet", metadata };
  if (what === "pod") return pod(name, {}, spec);
  if (what === "container") return { apiVersion: "k4s.dev/v1", kind: "Container", metadata, spec: copied };
  if (what === "copies") return expand({ ...replicaSet, spec: { replicas: 3, template: copied } } as Draft);
  return { ...replicaSet, spec: { replicas: 3, selector: { matchLabels: labels }, template } };
}

test("in any of them there is peace in the end", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(mistake, { minLength: 1, maxLength: 6 }),
      fc.nat(3),
      async (mistakes, quota) => {
        const cluster = await TestCluster.of(...controllers);
        await cluster.create(node("node-1"));
        const create = cluster.registry.create.bind(cluster.registry);
        cluster.registry.create = async (draft, request) => {
          const isOver = draft.kind === "Pod" && cluster.store.count("Pod") >= 2 * quota;
          if (isOver) throw new ApiError("Forbidden", "exceeded quota");
          return create(draft, request);
        };
        for (const each of mistakes) {
          if (each.what === "node goes") await cluster.delete("Node", "node-1").catch(() => {});
          else await cluster.create(draftOf(each) as Draft).catch(() => {});
          await cluster.advance(100);
        }
        await cluster.advance(300_000);
        const writes = await cluster.writesDuring(() => cluster.advance(300_000));
        const { failures } = cluster;
        await cluster.stop();
        expect(failures).toEqual([]);
        // A pod that names a node which does not exist is made again once in 40 s; events count up.
        expect(writes / 5).toBeLessThan(60 * mistakes.length);
      },
    ),
    { numRuns: 25 },
  );
});
