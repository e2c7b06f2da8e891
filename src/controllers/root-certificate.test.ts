/** The ConfigMap with the authority's certificate is kept as it is to be, in every namespace. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { Cluster } from "../cluster/cluster.ts";
import type { ConfigMap } from "../resources/index.ts";

let cluster: Cluster;
beforeEach(async () => {
  cluster = new Cluster({ nodes: 0 });
  await cluster.start();
  await cluster.serve();
});
afterEach(() => cluster.stop());

const place = "ConfigMap/kube-root-ca.crt";

test.each([
  ["a key that was added", (certificate: string) => ({ "ca.crt": certificate, a: "b" })],
  ["another certificate", () => ({ "ca.crt": "x" })],
  ["no data", () => ({})],
])("%s goes", async (_, changed) => {
  const made = (await cluster.waitFor(place, map => map !== undefined)) as ConfigMap;
  const { data = {} } = made;
  const { name, namespace } = made.metadata;
  const written = await cluster.update<ConfigMap>({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace },
    data: changed(data["ca.crt"] ?? ""),
  });
  const mended = await cluster.waitFor(
    place,
    map => map?.metadata.resourceVersion !== written.metadata.resourceVersion,
  );
  expect((mended as ConfigMap).data).toEqual(data);
});
