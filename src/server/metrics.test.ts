import { expect, test } from "vitest";
import { Histogram } from "../loop/index.ts";
import { bucketBounds, type PodReport } from "../node/index.ts";
import { builtInKinds, KindRegistry } from "../resources/index.ts";
import { RequestMetrics } from "./metrics.ts";
import { routeOf } from "./route.ts";

const loop = { runs: 3, failures: 1, conflicts: 0, circles: 0, waiting: 2, busyMs: 500 };
const control = { loops: { replicaset: loop }, total: loop, revision: 9, objects: { Pod: 4 }, traffic: [] };

test("requests are counted by what they were; a watch is under way until it ends", async () => {
  const metrics = new RequestMetrics(new KindRegistry(builtInKinds));
  const pods = routeOf("/api/v1/namespaces/a/pods");
  const nothing = new URLSearchParams();
  metrics.begin({ method: "GET" }, pods, nothing)(200);
  metrics.begin({ method: "GET" }, pods, nothing)(200);
  metrics.begin({ method: "GET" }, routeOf("/api/v1/namespaces/a/pods/b/log"), nothing)(404);
  metrics.begin({ method: "GET" }, pods, new URLSearchParams("watch=true"));
  const seconds = new Histogram("scheduler_seconds", "How long it took.", [0.1, 1]);
  for (const value of [0.1, 0.5, 7]) seconds.observe(value, { profile: 'a "b"' });
  const { text, mediaType } = await metrics.text(control, [seconds.family()]);
  expect(mediaType).toMatch(/^text\/plain/);
  const lines = text.split("\n");
  const labels = (verb: string, sub: string, code: number) =>
    `{verb="${verb}",group="",version="v1",resource="pods",subresource="${sub}",code="${code}"}`;
  expect(lines).toContain(`apiserver_request_total${labels("LIST", "", 200)} 2`);
  expect(lines).toContain(`apiserver_request_total${labels("GET", "log", 404)} 1`);
  expect(lines).toContain("apiserver_longrunning_requests 1");
  expect(lines).toContain("apiserver_current_inflight_requests 0");
  expect(lines).toContain('apiserver_storage_objects{resource="Pod"} 4');
  expect(lines).toContain('workqueue_depth{name="replicaset"} 2');
  const start = lines.indexOf("# TYPE scheduler_seconds histogram");
  expect(lines.slice(start + 1, start + 6)).toEqual([
    String.raw`scheduler_seconds_bucket{profile="a \"b\"",le="0.1"} 1`,
    String.raw`scheduler_seconds_bucket{profile="a \"b\"",le="1"} 2`,
    String.raw`scheduler_seconds_bucket{profile="a \"b\"",le="+Inf"} 3`,
    String.raw`scheduler_seconds_sum{profile="a \"b\""} 7.6`,
    String.raw`scheduler_seconds_count{profile="a \"b\""} 3`,
  ]);
});

test("requests for what there is not are counted together, whatever they name", async () => {
  const metrics = new RequestMetrics(new KindRegistry(builtInKinds));
  const paths = [
    "/apis/g/v/r",
    "/api/v1/r",
    "/api/v1/pods/a/part",
    "/apis/apps/v9/deployments",
    "/somewhere",
  ];
  for (const path of paths)
    for (const method of ["GET", "BREW", "PROPFIND"])
      for (let i = 0; i < 10; i++)
        metrics.begin({ method }, routeOf(`${path}${i}`), new URLSearchParams())(403);
  const { text } = await metrics.text(control);
  const series = text.split("\n").filter(line => line.startsWith("apiserver_request_total{"));
  const labels = (verb: string) =>
    `apiserver_request_total{verb="${verb}",group="",version="",resource="",subresource="",code="403"}`;
  expect(series.sort()).toEqual([
    expect.stringMatching(/verb="GET".* 20$/),
    `${labels("LIST")} 30`,
    `${labels("OTHER")} 100`,
  ]);
});

test("what workers report stands with it, under labels that say whose it is; the names of the server stay its own", async () => {
  const metrics = new RequestMetrics(new KindRegistry(builtInKinds));
  const of = (name: string, series: PodReport["containers"][number]["now"]["series"]) =>
    ({
      pod: { metadata: { name, namespace: "shop" } },
      containers: [{ name: "main", now: { at: 0, series }, before: { at: 0, series: [] } }],
    }) as unknown as PodReport;
  const buckets = bucketBounds.map(bound => (bound === 0.5 ? 2 : 0));
  const reports = [
    of("a", [
      { type: "gauge", name: "queue_depth", labels: { queue: 'of "mail"' }, value: 7 },
      { type: "counter", name: "jobs_total", labels: {}, value: 3 },
      { type: "histogram", name: "seconds", labels: {}, count: 3, sum: 9_000.6, buckets },
      { type: "external", name: "outside", labels: {}, value: 1 },
      { type: "gauge", name: "process_resident_memory_bytes", labels: {}, value: 1 },
    ]),
    of("b", [
      { type: "gauge", name: "queue_depth", labels: {}, value: 1 },
      { type: "gauge", name: "jobs_total", labels: {}, value: 9 },
    ]),
  ];
  const { text } = await metrics.text(control, [], reports);
  const lines = text.split("\n");
  const whose = 'namespace="shop",pod="a",container="main"';
  expect(lines).toEqual(
    expect.arrayContaining([
      "# TYPE queue_depth gauge",
      `queue_depth{queue="of \\"mail\\"",${whose}} 7`,
      'queue_depth{namespace="shop",pod="b",container="main"} 1',
      "# TYPE jobs_total counter",
      `jobs_total{${whose}} 3`,
      "# TYPE seconds histogram",
      `seconds_bucket{${whose},le="0.25"} 0`,
      `seconds_bucket{${whose},le="0.5"} 2`,
      `seconds_bucket{${whose},le="+Inf"} 3`,
      `seconds_sum{${whose}} 9000.6`,
      `seconds_count{${whose}} 3`,
    ]),
  );
  expect(text).not.toMatch(/outside|process_resident_memory_bytes\{|jobs_total\{.*"b"/);
});
