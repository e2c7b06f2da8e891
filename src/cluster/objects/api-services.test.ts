import { expect, test } from "vitest";
import { Cluster } from "../cluster.ts";

test("every group and version has its APIService as soon as the cluster serves", async () => {
  await using cluster = new Cluster({ runtime: "hollow" });
  await cluster.start();
  await cluster.serve();
  const names = (await cluster.list("APIService")).map(({ metadata: { name } }) => name);
  expect(names).toEqual(
    expect.arrayContaining(["v1.", "v1.apps", "v2.autoscaling", "v1beta1.metrics.k8s.io"]),
  );
});
