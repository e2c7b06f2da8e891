/** A worker that binds pods is a whole scheduler: `workers/first-fit.ts`, as QUICKREF shows it. */
import { fileURLToPath } from "node:url";
import { Cluster } from "k4s";
import { expect, test } from "vitest";

const images = fileURLToPath(new URL("../workers", import.meta.url));
const echo = (name: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { schedulerName: "first-fit", containers: [{ name: "main", image: "echo" }] },
});

test("first-fit places pods that come later, and one that waits as soon as another makes room", async () => {
  await using cluster = new Cluster({ images, nodes: 1, nodeCapacity: { cpu: 4, memory: "4Gi", pods: 3 } });
  await cluster.start();
  await cluster.apply(
    "kind: Container\nmetadata: { name: first-fit }\nspec: { module: first-fit, function: firstFit }",
  );
  await cluster.waitFor("Container/first-fit", "Ready");
  for (const name of ["one", "two"]) {
    await cluster.create(echo(name));
    await cluster.waitFor(`Pod/${name}`, "Ready");
  }
  await cluster.create(echo("three"));
  await cluster.delete("Pod", "one");
  await cluster.waitFor("Pod/three", "Ready");
  const scheduler = await cluster.get("Pod", "first-fit");
  expect(scheduler?.status?.containerStatuses?.[0]?.restartCount).toBe(0);
});
