import { expect, it } from "vitest";
import { TestCluster } from "../../loop/test-cluster.ts";
import type { Draft } from "../../resources/index.ts";
import { ingressOf, TestEntrance } from "../entrance/test-entrance.ts";
import { ingressController } from "./ingress-controller.ts";
import { IngressTable, ingressClass } from "./ingress-table.ts";

async function started(host = "0.0.0.0") {
  const cluster = await TestCluster.of();
  const table = new IngressTable(cluster.store);
  table.start();
  await cluster.create(ingressClass);
  cluster.run(ingressController({ ingresses: table, address: { host, port: 8080 } }));
  const events = async () => {
    await cluster.settle();
    await cluster.recorder.written();
    return cluster.store
      .list("Event")
      .map(
        ({ involvedObject, reason, message, count }) =>
          `${involvedObject.name} ${reason} ${count} ${message}`,
      );
  };
  return { cluster, events };
}

it("tells where an Ingress is reached, and what of it does not work, once", async () => {
  const { cluster, events } = await started();
  const entrance = new TestEntrance(cluster);
  await entrance.service("web", []);
  const tls = [{ hosts: ["a.b"], secretName: "none" }];
  const bad = { name: "web", port: { number: 81 } };
  const rules = [
    { host: "a.b", http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: bad } }] } },
    {
      host: "c.d",
      http: {
        paths: [{ path: "/", pathType: "Prefix", backend: { resource: { kind: "Bucket", name: "b" } } }],
      },
    },
  ];
  await cluster.create(ingressOf("bad", {}, { rules, tls }));
  await cluster.clock.advance(1_000);
  await cluster.create(ingressOf("late", { "a.b/": "none" }));
  const told = [
    "bad Sync 1 Scheduled for sync",
    "bad BackendNotFound 1 Service demo/web has no port 81",
    "bad BackendUnsupported 1 Bucket b is no Service, and only Services are served",
    "bad CertificateInvalid 1 Secret demo/none: it is not there; clients get a certificate that nobody has signed",
    "late Sync 1 Scheduled for sync",
    "late BackendNotFound 1 there is no Service demo/none",
    "late PathTaken 1 a.b/ is led elsewhere by Ingress demo/bad, which is older",
  ];
  expect((await events()).toSorted()).toEqual(told.toSorted());
  // Looked at again and again, it is told no more.
  await cluster.clock.advance(5_000);
  expect((await events()).length).toBe(told.length);
  expect(cluster.store.get("Ingress", "demo", "late")?.status).toEqual({
    loadBalancer: { ingress: [{ ip: "127.0.0.1", ports: [{ port: 8080, protocol: "TCP" }] }] },
  });
  await entrance.close();
});

it("leaves the Ingresses of others alone, and tells of a class that is not there", async () => {
  const { cluster, events } = await started("web.example");
  await cluster.create({
    ...ingressClass,
    metadata: { name: "other" },
    spec: { controller: "e.org/other" },
  } as Draft);
  await cluster.create(ingressOf("others", { "/": "web" }, { ingressClassName: "other" }));
  await cluster.create(ingressOf("lost", { "/": "web" }, { ingressClassName: "nginx" }));
  expect(await events()).toEqual([
    "lost NoIngressClass 1 there is no IngressClass nginx; that of this cluster is k4s",
  ]);
  for (const name of ["others", "lost"])
    expect(cluster.store.get("Ingress", "demo", name)?.status).toEqual({ loadBalancer: {} });
  await cluster.create(ingressOf("ours", { "/": "web" }));
  await cluster.settle();
  expect(cluster.store.get("Ingress", "demo", "ours")?.status?.loadBalancer?.ingress?.[0]?.hostname).toBe(
    "web.example",
  );
});
