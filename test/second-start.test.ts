/** A second cluster on what the first one had: it starts, and goes on. */
import { Cluster, seededRandom, VirtualClock } from "k4s";
import { expect, it } from "vitest";

async function started(options: ConstructorParameters<typeof Cluster>[0]) {
  const clock = new VirtualClock();
  const cluster = new Cluster({ clock, random: seededRandom(1), runtime: "hollow", ...options });
  const start = cluster.start();
  await clock.advance(1_000);
  await start;
  const stop = async () => {
    const stopped = cluster.stop();
    await clock.advance(1_000);
    await stopped;
  };
  return { cluster, clock, stop };
}

it("starts again on the same content, twice, and carries on from its revision", async () => {
  const first = await started({});
  await first.cluster.apply("kind: Container\nmetadata: { name: echo }\nspec: { module: any }");
  await first.clock.advance(1_000);
  const kinds = ["Namespace", "RuntimeClass", "Node", "Container", "Pod"];
  const objects = (await Promise.all(kinds.map(kind => first.cluster.list(kind)))).flat();
  const { revision } = first.cluster;
  await first.stop();

  const second = await started({ objects });
  await second.clock.advance(5_000);
  const container = await second.cluster.get("Container", "echo");
  expect(container?.metadata.uid).toBe(objects.find(({ kind }) => kind === "Container")?.metadata.uid);
  expect(container?.status?.ready).toBe(true);
  expect(second.cluster.revision).toBeGreaterThanOrEqual(revision - 100);
  expect((await second.cluster.list("Namespace")).length).toBe(4);
  const before = second.cluster.revision;
  await second.cluster.delete("Container", "echo");
  await second.clock.advance(60_000);
  expect(second.cluster.at(before).get("Container", "default", "echo")?.metadata.name).toBe("echo");
  await second.stop();
});
