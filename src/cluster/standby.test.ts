/** What a control plane knows that takes over, on real threads: what workers report, what is outside, and what was done before. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Deployment } from "../resources/index.ts";
import { Cluster } from "./cluster.ts";

const images = fileURLToPath(new URL("../../workers", import.meta.url));

const manifest = `
kind: Deployment
apiVersion: apps/v1
metadata: { name: queue }
spec:
  selector: { matchLabels: { app: queue } }
  template:
    metadata: { labels: { app: queue } }
    spec: { containers: [{ name: main, image: queue, args: ["--jobMs=600000"] }] }
---
kind: Service
apiVersion: v1
metadata: { name: queue }
spec: { selector: { app: queue }, ports: [{ port: 80 }] }
---
kind: Pod
apiVersion: v1
metadata: { name: wrong }
spec: { containers: [{ name: main, image: busybox, command: [sh, -c, "exit 3"] }] }
---
kind: HorizontalPodAutoscaler
apiVersion: autoscaling/v2
metadata: { name: queue }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: queue }
  maxReplicas: 5
  metrics:
    - { type: Pods, pods: { metric: { name: queue_depth }, target: { type: AverageValue, averageValue: 1 } } }
    - { type: External, external: { metric: { name: letters }, target: { type: AverageValue, averageValue: 1 } } }
`;

test("who takes over scales by what workers and the program have reported, and goes on counting", async () => {
  await using first = new Cluster({
    images,
    leaderElection: true,
    autoscaling: { syncPeriodMs: 200, cpuInitializationPeriodMs: 0 },
    metricResolutionMs: 200,
    restartBackOff: { initialMs: 50, maximumMs: 200 },
  });
  await using second = first.standby();
  await first.start();
  await second.start();
  await first.apply(manifest);
  const has = (replicas: number) => (deployment?: Deployment) =>
    deployment?.status?.readyReplicas === replicas;
  await first.waitFor("Deployment/queue", has(1));
  first.reportExternal("letters", 2);
  await first.waitFor("Deployment/queue", has(2));
  const restarted = async (cluster: Cluster) => (await cluster.stats()).healing.restarts;
  await expect.poll(() => restarted(first), { timeout: 20_000 }).toBeGreaterThan(0);
  const { healing, scaling } = await first.stats();
  expect(scaling).toEqual({ workloads: 1, autoscalers: 1 });
  // A standby knows the same.
  expect((await second.stats()).scaling).toEqual(scaling);
  expect(await restarted(second)).toBeGreaterThanOrEqual(healing.restarts);
  await first.stop();
  // Three on each, in the end.
  for (let job = 0; job < 9; job++)
    second.api.request("queue", "a job", { timeoutMs: 300_000 }).catch(() => {});
  await second.waitFor("Deployment/queue", has(5));
  const after = await second.stats();
  expect(after.scaling.autoscalers).toBeGreaterThan(1);
  expect(after.scaling.workloads).toBe(after.scaling.autoscalers);
  await expect.poll(() => restarted(second), { timeout: 20_000 }).toBeGreaterThan(after.healing.restarts);
}, 60_000);
