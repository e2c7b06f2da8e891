import { Resolver } from "node:dns/promises";
import { expect, it } from "vitest";
import { Cluster } from "./cluster.ts";
import { startServedCluster } from "./served-cluster.ts";

const web = {
  kind: "Service",
  metadata: { name: "web" },
  spec: { clusterIP: "10.96.7.7", ports: [{ port: 80 }] },
};

it("answers DNS with the cluster's names until the cluster stops", async () => {
  const cluster = new Cluster({ runtime: "hollow" });
  await cluster.start();
  await cluster.apply(web);
  const { host, port } = await cluster.serveDns();
  const names = new Resolver({ timeout: 2_000, tries: 1 });
  names.setServers([`${host}:${port}`]);
  expect(await names.resolve4("web.default.svc.cluster.local")).toEqual(["10.96.7.7"]);
  await expect(cluster.serveDns({ listen: port })).rejects.toMatchObject({ reason: "BadRequest" });
  await expect(cluster.serveDns({ upstream: [""] })).rejects.toMatchObject({ reason: "BadRequest" });
  await cluster.stop();
  await expect(names.resolve4("web.default.svc.cluster.local")).rejects.toThrow();
});

it("does so beside the API, where that is asked for", async () => {
  await using served = await startServedCluster({ runtime: "hollow", dns: 0 });
  const names = new Resolver({ timeout: 2_000, tries: 1 });
  names.setServers([served.dns ?? ""]);
  expect(await names.resolve4("kubernetes.default.svc.cluster.local")).toHaveLength(1);
});
