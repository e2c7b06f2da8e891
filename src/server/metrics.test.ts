import { expect, test } from "vitest";
import { RequestMetrics } from "./metrics.ts";
import { routeOf } from "./route.ts";

const loop = { runs: 3, failures: 1, conflicts: 0, circles: 0, waiting: 2, busyMs: 500 };
const control = { loops: { replicaset: loop }, total: loop, revision: 9, objects: { Pod: 4 } };

test("requests are counted by what they were; a watch is under way until it ends", async () => {
  const metrics = new RequestMetrics();
  const pods = routeOf("/api/v1/namespaces/a/pods");
  const nothing = new URLSearchParams();
  metrics.begin({ method: "GET" }, pods, nothing)(200);
  metrics.begin({ method: "GET" }, pods, nothing)(200);
  metrics.begin({ method: "GET" }, routeOf("/api/v1/namespaces/a/pods/b/log"), nothing)(404);
  metrics.begin({ method: "GET" }, pods, new URLSearchParams("watch=true"));
  const { text, mediaType } = await metrics.text(control);
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
  expect(lines).toContain('workqueue_work_duration_seconds_sum{name="replicaset"} 0.5');
});
