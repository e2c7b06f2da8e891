/**
 * A program that shares a cluster in etcd, and leads it, is gone and does not come again: what its nodes ran is made at those of the other, when
 * they are known to be lost; and a pod of a StatefulSet is not, for nobody knows that it does not run there any more.
 */
import { expect, test } from "vitest";
import { seededRandom, VirtualClock } from "../../outside/index.ts";
import type { Pod } from "../../resources/index.ts";
import { Faults } from "../faults.ts";
import { RunningContainers, type RunningPlace } from "../running-containers.ts";
import { PlayedEtcd } from "./played-etcd.ts";
import { PlayedProgram } from "./played-program.ts";

const workload = (kind: string, name: string, replicas: number) => ({
  apiVersion: "apps/v1",
  kind,
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "main", image: "pause" }] },
    },
  },
});

test("the program that leads is killed for good: a Deployment is whole at the other's nodes, a StatefulSet's pod is never there twice", async () => {
  const clock = new VirtualClock();
  const twice: RunningPlace[] = [];
  const shared = {
    faults: new Faults(clock, seededRandom(1)),
    random: seededRandom(2),
    containers: new RunningContainers((place, others) => {
      if (others.length > 0) twice.push(place);
      return undefined;
    }),
    controllers: [],
    sabotage: {},
    onFault: () => {},
    onLoopWrite: () => {},
    base: clock,
    etcd: new PlayedEtcd(clock),
    members: 1,
    nodes: 1,
    tell: () => {},
    onEnd: () => {},
  };
  const [first, second] = [new PlayedProgram(0, shared), new PlayedProgram(1, shared)];
  for (const program of [first, second]) {
    program.start();
    await clock.advance(5_000);
  }
  const [one, two] = [first.process?.cluster, second.process?.cluster];
  if (!one || !two) throw new Error("a program has not started");
  expect((await two.get("Lease", "kube-controller-manager", "kube-system"))?.spec?.holderIdentity).toBe(
    first.process?.identity,
  );
  const asked = [workload("Deployment", "web", 4), workload("StatefulSet", "db", 2)].map(each =>
    one.create(each),
  );
  await clock.advance(30_000);
  await Promise.all(asked);
  const podsOf = async (name: string, node: string) => {
    const pods = (await two.list("Pod")) as Pod[];
    return pods.filter(
      ({ metadata, spec, status }) =>
        metadata.labels?.app === name &&
        metadata.deletionTimestamp === undefined &&
        spec?.nodeName === node &&
        status?.phase === "Running",
    );
  };
  expect(await podsOf("web", "program-0-0")).toHaveLength(2);
  expect(await podsOf("db", "program-0-0")).toHaveLength(1);

  first.end();
  // Controllers write again, here: within the ten seconds that are promised.
  await clock.advance(10_000);
  expect((await two.get("Lease", "kube-controller-manager", "kube-system"))?.spec?.holderIdentity).toBe(
    second.process?.identity,
  );
  // Fifty seconds of silence, and the 300 that a pod bears.
  await clock.advance(360_000);
  expect(await podsOf("web", "program-1-0")).toHaveLength(4);
  expect(await podsOf("db", "program-1-0")).toHaveLength(1);
  const ready = (await two.get("Deployment", "web")) as {
    readonly status?: { readonly readyReplicas?: number };
  };
  expect(ready.status?.readyReplicas).toBe(4);

  // When it is known that the node is gone, its pod is made anew.
  const deleted = two.delete("Node", "program-0-0");
  await clock.advance(60_000);
  await deleted;
  expect(await podsOf("db", "program-1-0")).toHaveLength(2);
  expect(twice).toEqual([]);
  second.end();
});
