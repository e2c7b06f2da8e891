import { expect, it } from "vitest";
import { Cluster } from "./cluster.ts";

const namespace = "kube-system";

it("the DNS server stands behind kube-dns, at the address that pods know, as long as it answers", async () => {
  await using cluster = new Cluster({ runtime: "hollow" });
  await cluster.start();
  expect(await cluster.get("Service", "kube-dns", namespace)).toBeUndefined();
  const serving = await cluster.serveDns();
  const service = await cluster.get("Service", "kube-dns", namespace);
  expect(service?.spec).toMatchObject({
    clusterIP: "10.96.0.10",
    ports: [
      { name: "dns", protocol: "UDP", port: 53 },
      { name: "dns-tcp", protocol: "TCP", port: 53 },
    ],
  });
  const slice = await cluster.get("EndpointSlice", "kube-dns", namespace);
  expect(slice?.endpoints).toMatchObject([{ addresses: ["127.0.0.1"] }]);
  expect(slice?.ports?.map(({ port }) => port)).toEqual([serving.port, serving.port]);
  // A second server is nobody's: the Service has one address.
  const second = await cluster.serveDns();
  await second.close();
  expect(await cluster.get("EndpointSlice", "kube-dns", namespace)).toEqual(slice);
  await serving.close();
  expect(await cluster.get("Service", "kube-dns", namespace)).toBeUndefined();
  expect(await cluster.get("EndpointSlice", "kube-dns", namespace)).toBeUndefined();
});

it("another Service may have that address already", async () => {
  await using cluster = new Cluster({ runtime: "hollow" });
  await cluster.start();
  const spec = { clusterIP: "10.96.0.10", ports: [{ port: 53 }] };
  await cluster.apply({ kind: "Service", metadata: { name: "mine" }, spec });
  await cluster.serveDns();
  const service = await cluster.get("Service", "kube-dns", namespace);
  expect(service?.spec.clusterIP).toMatch(/^10\.96\./);
  expect(service?.spec.clusterIP).not.toBe("10.96.0.10");
});

it("the block of addresses of Services comes back when it is deleted", async () => {
  await using cluster = new Cluster({ runtime: "hollow" });
  await cluster.start();
  await cluster.serve();
  const before = await cluster.get("ServiceCIDR", "kubernetes");
  expect(before?.spec?.cidrs).toEqual(["10.96.0.0/16"]);
  await cluster.patch("ServiceCIDR", "kubernetes", { metadata: { finalizers: null } });
  await cluster.delete("ServiceCIDR", "kubernetes");
  const isAnother = (found: typeof before) =>
    found !== undefined && found.metadata.uid !== before?.metadata.uid;
  await cluster.waitFor("ServiceCIDR/kubernetes", found => isAnother(found as typeof before));
});
