import { expect, test } from "vitest";
import { TestCluster } from "../loop/test-cluster.ts";
import { administrator } from "../store/index.ts";
import { apiService } from "./api-service.ts";

const author = { actor: "user", user: administrator, manager: "test" };

test("the Service kubernetes and its addresses come back when they are deleted, as long as the API is served", async () => {
  let url: string | undefined = "https://127.0.0.1:6443";
  const cluster = await TestCluster.of(apiService(() => url));
  const uidOf = (kind: string) => cluster.store.get<string>(kind, "default", "kubernetes")?.metadata.uid;
  const all = ["Service", "EndpointSlice", "Endpoints"];
  const before = all.map(uidOf);
  for (const kind of all) await cluster.registry.delete<string>(kind, "default", "kubernetes", { author });
  await cluster.settle();
  all.forEach((kind, i) => {
    expect(uidOf(kind)).toEqual(expect.any(String));
    expect(uidOf(kind)).not.toBe(before[i]);
  });
  expect(cluster.store.get("Service", "default", "kubernetes")?.spec).toMatchObject({
    clusterIP: "10.96.0.1",
    ports: [{ name: "https", port: 443, targetPort: 6443 }],
  });
  url = undefined;
  await cluster.registry.delete("Service", "default", "kubernetes", { author });
  await cluster.advance(5_000);
  expect(uidOf("Service")).toBeUndefined();
  expect(cluster.failures).toEqual([]);
  await cluster.stop();
});
