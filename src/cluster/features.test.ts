/** What is switched off is off everywhere, and says so to who writes it: one cluster where everything is off that can be. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Draft, Pod, PodSpec } from "../resources/index.ts";
import { Cluster } from "./cluster.ts";

let cluster: Cluster;
let url: string;

beforeAll(async () => {
  cluster = new Cluster({
    runtime: "hollow",
    nodeCapacity: { cpu: 1 },
    features: {
      pod_priority: false,
      pod_affinity: false,
      pod_topology_spread: false,
      horizontal_pod_autoscaling: false,
      cron_jobs: false,
    },
  });
  await cluster.start();
  ({ url } = await cluster.serve({ tls: false }));
});
afterAll(() => cluster.stop());

/** What a client is warned of that creates it. */
async function warningsOf(path: string, object: object): Promise<string[]> {
  const answer = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(object),
  });
  expect(answer.status, await answer.text()).toBe(201);
  return [...(answer.headers.get("warning") ?? "").matchAll(/299 - "([^"]*)"/g)].map(([, text = ""]) => text);
}

const pods = "/api/v1/namespaces/default/pods";
function pod(name: string, spec: Partial<PodSpec>, cpu = "0.1"): Draft<Pod> {
  const containers = [{ name: "app", image: "echo", resources: { requests: { cpu } } }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: "web" } },
    spec: { containers, ...spec },
  };
}

const isOff = (feature: string) => `the feature ${feature} is off in this cluster`;
const labelSelector = { matchLabels: { app: "web" } };
const alone = { topologyKey: "kubernetes.io/hostname", labelSelector };
const spread = {
  maxSkew: 1,
  topologyKey: "none",
  whenUnsatisfiable: "DoNotSchedule",
  labelSelector,
} as const;

test.each<[string, string, Partial<PodSpec>]>([
  [
    "pod_affinity",
    "affinity.podAntiAffinity",
    { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [alone] } } },
  ],
  ["pod_topology_spread", "topologySpreadConstraints", { topologySpreadConstraints: [spread] }],
  ["pod_priority", "priorityClassName", { priorityClassName: "there-is-none" }],
])("%s: pods are placed as if %s were not there", async (feature, field, spec) => {
  const names = ["a", "b"].map(each => `${feature.replaceAll("_", "-")}-${each}`);
  for (const name of names) {
    expect(await warningsOf(pods, pod(name, spec))).toContain(`spec.${field}: ignored, ${isOff(feature)}`);
    await cluster.waitFor(`Pod/${name}`, "Ready");
  }
});

test("pod_priority: an important pod takes no other's place", async () => {
  const metadata = { name: "high" };
  const path = "/apis/scheduling.k8s.io/v1/priorityclasses";
  expect(await warningsOf(path, { metadata, value: 1_000 })).toEqual([
    `${isOff("pod_priority")}: nothing comes of this PriorityClass`,
  ]);
  await warningsOf(pods, pod("important", { priorityClassName: "high" }, "0.9"));
  await cluster.waitFor("Pod/important", each => JSON.stringify(each).includes('"reason":"Unschedulable"'));
  const others = await cluster.list("Pod", { labelSelector: "app=web" });
  expect(others.filter(({ metadata }) => metadata.deletionTimestamp)).toEqual([]);
  expect(others.filter(({ spec }) => spec.priority !== undefined)).toEqual([]);
});

test("horizontal_pod_autoscaling: an autoscaler says in its status and by an event that it scales nothing", async () => {
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
  const message = `${isOff("horizontal_pod_autoscaling")}: nothing comes of this HorizontalPodAutoscaler`;
  const path = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
  const spec = { minReplicas: 2, maxReplicas: 3, scaleTargetRef };
  expect(await warningsOf(path, { metadata: { name: "web" }, spec })).toEqual([message]);
  await cluster.waitFor("HorizontalPodAutoscaler/web", each =>
    JSON.stringify(each).includes('"reason":"FeatureOff"'),
  );
  await expect.poll(async () => (await cluster.list("Event")).map(each => each.message)).toContain(message);
});

test("cron_jobs: a template is warned of where its pods would be", async () => {
  const containers = [{ name: "a", image: "echo" }];
  const template = { spec: { restartPolicy: "Never", priorityClassName: "high", containers } };
  const spec = { schedule: "* * * * *", jobTemplate: { spec: { template } } };
  expect(
    await warningsOf("/apis/batch/v1/namespaces/default/cronjobs", { metadata: { name: "often" }, spec }),
  ).toEqual([
    `spec.jobTemplate.spec.template.spec.priorityClassName: ignored, ${isOff("pod_priority")}`,
    `${isOff("cron_jobs")}: nothing comes of this CronJob`,
  ]);
});

test("a feature that there is not is refused", () => {
  expect(() => new Cluster({ features: { pod_afinity: false } as never })).toThrow('mean "pod_affinity"');
});
