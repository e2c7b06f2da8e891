/**
 * A day in the life of a cluster of hollow pods, in virtual time: thousands of reconciles, no waiting, and the same history
 * for the same seed.
 */
import { Cluster, seededRandom, VirtualClock } from "k4s";
import { describe, expect, it } from "vitest";

const minute = 60_000;

const manifest = `
kind: ReplicaSet
metadata: { name: web }
spec:
  replicas: 12
  selector: { matchLabels: { app: web } }
  template:
    metadata:
      labels: { app: web }
      annotations: { k4s.dev/hollow-exit-after: "37m:1", k4s.dev/hollow-start-after: 2s }
    spec: { containers: [{ name: main, image: web }] }
---
kind: Container
metadata: { name: unstable, annotations: { k4s.dev/hollow-exit-after: "10s:3" } }
spec: { module: unstable }
---
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`;

/** Plays a day of 24 hours (of 24 minutes, if an hour is a minute); resolves to its history and to what was counted. */
async function day(seed: number, hour = 60 * minute) {
  const clock = new VirtualClock();
  const faults: unknown[] = [];
  const cluster = new Cluster({
    clock,
    random: seededRandom(seed),
    runtime: "hollow",
    nodes: 3,
    resyncMs: 60_000,
    onFault: fault => faults.push(fault),
  });
  const story: string[] = [];
  const starting = cluster.start();
  await clock.settle();
  await starting;
  const steps: [number, () => Promise<unknown>][] = [
    [0, () => cluster.apply(manifest)],
    [3 * hour, () => cluster.patch("ReplicaSet", "web", { spec: { replicas: 30 } })],
    [3 * hour, () => cluster.patch("ReplicaSet", "web", { spec: { replicas: 5 } })],
    [6 * hour, () => cluster.delete("Container", "unstable")],
    [12 * hour, async () => undefined],
  ];
  let at = 0;
  for (const [pause, step] of steps) {
    await clock.advance(pause);
    const written = step();
    await clock.settle();
    await written;
    for (const change of cluster.history({ after: at })) {
      story.push(
        `${change.at} ${change.actor} ${change.type} ${change.key.kind}/${change.key.name} ${change.object.metadata.uid} ${change.cause}`,
      );
      at = change.revision;
    }
  }
  const pods = await cluster.list("Pod");
  const unstable = await cluster.get("Pod", "unstable");
  const { runs } = cluster.metrics.total;
  const stopping = cluster.stop();
  await clock.settle();
  await stopping;
  return { story, faults, pods, unstable, runs, now: clock.now() };
}

describe("a day in virtual time", () => {
  it("passes without waiting, through thousands of reconciles", { timeout: 60_000 }, async () => {
    const { story, faults, pods, unstable, runs } = await day(1);
    expect(faults).toEqual([]);
    expect(pods).toHaveLength(5);
    expect(unstable).toBeUndefined();
    expect(runs).toBeGreaterThan(5_000);
    expect(story.length).toBeGreaterThan(100);
    // Each pod has been started again every 37 minutes or so, whatever else happened.
    for (const { status } of pods) expect(status?.containerStatuses?.[0]?.restartCount).toBeGreaterThan(10);
  });

  it("is the same for the same seed, and another for another", { timeout: 60_000 }, async () => {
    const [one, two, three] = [await day(7, minute), await day(7, minute), await day(8, minute)];
    expect(two.story).toEqual(one.story);
    expect(three.story).not.toEqual(one.story);
  });
});

describe("back-off in virtual time", () => {
  it("doubles up to its limit, and is forgiven after a long run", async () => {
    const clock = new VirtualClock();
    const restartBackOff = { initialMs: 1_000, maximumMs: 8_000, resetAfterMs: 10 * minute };
    const cluster = new Cluster({ clock, random: seededRandom(1), runtime: "hollow", restartBackOff });
    const settled = async <T>(work: Promise<T>): Promise<T> => {
      await clock.settle();
      return work;
    };
    await settled(cluster.start());
    const container = (after: string) => ({
      kind: "Pod",
      metadata: { name: "p", annotations: { "k4s.dev/hollow-exit-after": after } },
      spec: { containers: [{ name: "main", image: "x" }] },
    });
    await settled(cluster.apply(container("1s:1")));
    const starts: number[] = [];
    const watching = cluster.watch("Pod");
    void (async () => {
      let last: string | undefined;
      for await (const { object } of watching) {
        const id =
          object.status?.containerStatuses?.[0]?.state?.running &&
          object.status.containerStatuses[0].containerID;
        if (id && id !== last) starts.push(clock.now());
        last = id ?? last;
      }
    })();
    await clock.advance(70_000);
    const pauses = starts.slice(1).map((at, i) => at - (starts[i] ?? 0) - 1_000);
    // At once the first time, then 1 s, 2 s, 4 s, 8 s, 8 s, …
    expect(pauses.slice(0, 7).map(ms => Math.round(ms / 1_000))).toEqual([0, 1, 2, 4, 8, 8, 8]);
    const [status] = (await cluster.get("Pod", "p"))?.status?.containerStatuses ?? [];
    expect(JSON.stringify(status)).toMatch(/CrashLoopBackOff|running/);

    await settled(
      cluster.patch("Pod", "p", { metadata: { annotations: { "k4s.dev/hollow-exit-after": "11m:1" } } }),
    );
    await clock.advance(60_000 * 26);
    const late = starts.slice(-2);
    expect(Math.round(((late[1] ?? 0) - (late[0] ?? 0) - 11 * minute) / 1_000)).toBe(0);
    await settled(cluster.stop());
  });
});
