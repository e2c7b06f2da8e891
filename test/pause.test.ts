/** A cluster that is paused and stepped through, in virtual time: how a controller works, one look after the other. */
import { Cluster, seededRandom, VirtualClock } from "k4s";
import { expect, it } from "vitest";

it("paused, nothing happens of itself; each step is one look; resumed, all goes on", async () => {
  const clock = new VirtualClock();
  const cluster = new Cluster({ clock, random: seededRandom(1), runtime: "hollow" });
  const started = cluster.start();
  await clock.advance(1_000);
  await started;
  await cluster.pause();
  await cluster.apply("kind: Container\nmetadata: { name: echo }\nspec: { module: any }");
  await clock.advance(10_000);
  expect(await cluster.get("Pod", "echo")).toBeUndefined();

  const steps: string[] = [];
  for (let step = await cluster.step(); step; step = await cluster.step())
    if (step.key.name === "echo") steps.push(`${step.controller} ${step.key.kind}`);
  expect(steps.slice(0, 2)).toEqual(["container-controller Container", "default-scheduler Pod"]);
  expect((await cluster.get("Pod", "echo"))?.spec?.nodeName).toBe("node-0");

  cluster.resume();
  await clock.advance(1_000);
  expect((await cluster.get("Container", "echo"))?.status?.ready).toBe(true);
  expect(await cluster.step()).toBeUndefined();
  const stopped = cluster.stop();
  await clock.advance(1_000);
  await stopped;
});
