/**
 * `kubectl autoscale` with each of its options, and autoscalers on what is outside: the API that external metrics are served by, what
 * `kubectl get` and `describe` show of each kind of metric, and the same autoscaler in both versions.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Cluster, type HorizontalPodAutoscaler } from "k4s";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasKubectl, run, toolPath } from "./kubectl.ts";

const web = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [ { name: web, image: echo, resources: { requests: { cpu: 100m } } } ] }
`;

const letters = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  maxReplicas: 5
  metrics:
    - type: External
      external:
        metric: { name: letters, selector: { matchLabels: { region: eu } } }
        target: { type: AverageValue, averageValue: 10 }
    - { type: External, external: { metric: { name: letters }, target: { type: Value, value: 34 } } }
    - { type: External, external: { metric: { name: none }, target: { type: Value, value: 1 } } }
    - { type: ContainerResource, containerResource: { name: cpu, container: web, target: { type: Utilization, averageUtilization: 90 } } }
`;

describe.skipIf(!hasKubectl)("kubectl autoscale (skipped where there is no kubectl for this machine)", () => {
  const folder = mkdtempSync(join(tmpdir(), "k4s-autoscale-"));
  const config = join(folder, "kubeconfig");
  const images = fileURLToPath(new URL("../workers", import.meta.url));
  const cluster = new Cluster({ images, autoscaling: { syncPeriodMs: 500 } });

  beforeAll(async () => {
    toolPath("kubectl");
    await cluster.start();
    writeFileSync(config, (await cluster.serve()).kubeconfig);
    await cluster.apply(web);
    await cluster.waitFor("Deployment/web", "Available");
  }, 60_000);
  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What it printed, blanks as one. */
  async function kubectl(...words: string[]): Promise<string> {
    const { stdout, stderr } = await run("kubectl", words, { KUBECONFIG: config, HOME: folder });
    return (stdout + stderr).trim().replaceAll(/ +/g, " ");
  }

  const share = (name: string, averageUtilization: number) => ({
    type: "Resource",
    resource: { name, target: { type: "Utilization", averageUtilization } },
  });
  const amount = (name: string, averageValue: string) => ({
    type: "Resource",
    resource: { name, target: { type: "AverageValue", averageValue } },
  });

  test.each<[string, string[], number, object[]]>([
    ["plain", [], 1, [share("cpu", 80)]],
    ["share-of-cpu", ["--min=2", "--cpu=50%"], 2, [share("cpu", 50)]],
    ["cpu", ["--cpu=500m"], 1, [amount("cpu", "500m")]],
    ["memory", ["--memory=200Mi"], 1, [amount("memory", "200Mi")]],
    ["both", ["--cpu=50%", "--memory=70%"], 1, [share("cpu", 50), share("memory", 70)]],
    ["deprecated", ["--cpu-percent=70"], 1, [share("cpu", 70)]],
  ])("%s: %j", async (name, options, minReplicas, metrics) => {
    const told = await kubectl("autoscale", "deployment", "web", `--name=${name}`, "--max=5", ...options);
    expect(told).toContain(`horizontalpodautoscaler.autoscaling/${name} autoscaled`);
    const made = await cluster.get("HorizontalPodAutoscaler", name);
    const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
    expect(made?.spec).toEqual({ scaleTargetRef, minReplicas, maxReplicas: 5, metrics });
    await cluster.delete("HorizontalPodAutoscaler", name);
  });

  test.each<[string[], string]>([
    [["deployment", "web", "--min=3", "--max=2"], "--max=MAXPODS must be larger or equal to --min=MINPODS"],
    [["deployment", "none", "--max=2"], 'deployments.apps "none" not found'],
    [["deployment", "web", "--max=2", "--cpu=x"], "invalid resource cpu value: x"],
    [["deployment", "web"], 'required flag(s) "max" not set'],
  ])("what cannot be: %j", async (words, problem) => {
    expect(await kubectl("autoscale", ...words)).toContain(problem);
  });

  test("what is outside: its API, and an autoscaler that follows it", { timeout: 60_000 }, async () => {
    const path = "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/letters";
    expect(await kubectl("get", "--raw", path)).toContain("could not find the metric letters");
    cluster.reportExternal("letters", 30, { labels: { region: "eu" } });
    cluster.reportExternal("letters", 3.5, { labels: { region: "us" } });
    expect(JSON.parse(await kubectl("get", "--raw", path))).toEqual({
      kind: "ExternalMetricValueList",
      apiVersion: "external.metrics.k8s.io/v1beta1",
      metadata: {},
      items: [
        { metricName: "letters", metricLabels: { region: "eu" }, timestamp: expect.any(String), value: "30" },
        {
          metricName: "letters",
          metricLabels: { region: "us" },
          timestamp: expect.any(String),
          value: "3500m",
        },
      ],
    });
    const ofOne = JSON.parse(await kubectl("get", "--raw", `${path}?labelSelector=region%3Dus`));
    expect(ofOne.items).toHaveLength(1);
    expect(await kubectl("get", "--raw", "/apis/external.metrics.k8s.io/v1beta1")).toContain(
      '"name":"letters","namespaced":true',
    );
    await cluster.waitFor("APIService/v1beta1.external.metrics.k8s.io", "Available");

    await cluster.apply(letters);
    const isScaled = (object?: HorizontalPodAutoscaler) => object?.status?.currentReplicas === 3;
    await cluster.waitFor("HorizontalPodAutoscaler/web", isScaled);
    expect(await kubectl("get", "hpa", "web")).toMatch(
      /Deployment\/web 10\/10 \(avg\), 33500m\/34 \+ 2 more\.\.\. 1 5 3/,
    );
    const described = await kubectl("describe", "hpa", "web");
    expect(described).toContain(
      '"letters" (target average value): 10 / 10\n "letters" (target value): 33500m / 34\n "none" (target value): <unknown> / 1',
    );
    expect(described).toContain('cpu of container "web" on pods (as a percentage of request): ');
    expect(described).toContain(
      "New size: 3; reason: external metric letters(&LabelSelector{MatchLabels:map[string]string{region: eu,},",
    );
    expect(described).toContain("FailedGetExternalMetric");
  });

  test("the same autoscaler in autoscaling/v1, written back as it was read", async () => {
    const before = await cluster.get("HorizontalPodAutoscaler", "web");
    const path = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/web";
    const older = JSON.parse(await kubectl("get", "--raw", path));
    expect(older.apiVersion).toBe("autoscaling/v1");
    expect(JSON.parse(older.metadata.annotations["autoscaling.alpha.kubernetes.io/metrics"])[0]).toEqual({
      type: "External",
      external: {
        metricName: "letters",
        metricSelector: { matchLabels: { region: "eu" } },
        targetAverageValue: "10",
      },
    });
    delete older.metadata.resourceVersion;
    const file = join(folder, "older.json");
    writeFileSync(file, JSON.stringify(older));
    expect(await kubectl("replace", "-f", file)).toBe("horizontalpodautoscaler.autoscaling/web replaced");
    const after = await cluster.get("HorizontalPodAutoscaler", "web");
    expect(after?.spec).toEqual(before?.spec);
    const [annotation, ...others] = Object.keys(after?.metadata.annotations ?? {});
    expect([annotation, others]).toEqual(["kubectl.kubernetes.io/last-applied-configuration", []]);
  });
});
