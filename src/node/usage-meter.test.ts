import { describe, expect, test } from "vitest";
import { VirtualClock } from "../outside/index.ts";
import type { Node, Pod } from "../resources/index.ts";
import type { ContainerUsage } from "./containers/index.ts";
import { UsageMeter } from "./usage-meter.ts";

/** A pod on one node whose container has used so many milliseconds of a processor; it started when the clock did. */
function world() {
  const clock = new VirtualClock();
  const started = clock.now();
  const labels = { app: "web" };
  const pod = {
    metadata: { name: "a", namespace: "default", labels },
    spec: { nodeName: "node-0" },
    status: { phase: "Running" },
  } as unknown as Pod;
  const node = { metadata: { name: "node-0" } } as unknown as Node;
  const used = { id: "thread://1", cpuMs: 0, asked: 0, fails: false, answers: Promise.resolve() };
  const faults: unknown[] = [];
  const onFault = (fault: unknown) => void faults.push(fault);
  const usage = async (): Promise<ContainerUsage[]> => {
    used.asked++;
    const { answers } = used;
    used.answers = Promise.resolve();
    await answers;
    if (used.fails) throw new Error("it stops");
    return [
      {
        name: "main",
        ...used,
        ageMs: clock.now() - started,
        memoryBytes: 3 * 1024 * 1024,
        reported: undefined,
      },
    ];
  };
  const store = {
    get: (kind: string, _: string, name: string) =>
      [pod, node].find(
        each => each.metadata.name === name && kind === (each.metadata.namespace ? "Pod" : "Node"),
      ),
  };
  const agents = new Map([["node-0", { usage, allKnown: () => [pod].values() as Generator<Pod> }]]);
  const meter = new UsageMeter({ agents, clock, store: store as never, onFault });
  return { clock, meter, used, pod, faults };
}

async function cpuOf({ meter, pod }: ReturnType<typeof world>): Promise<string | undefined> {
  return (await meter.podMetrics([pod]))[0]?.containers[0]?.usage.cpu;
}

describe("the processor", () => {
  test("is told as the mean since the container started, while there is nothing older", async () => {
    const { clock, meter, used, pod } = world();
    await clock.advance(10_000);
    used.cpuMs = 2_500;
    const [metrics] = await meter.podMetrics([pod]);
    expect(metrics).toMatchObject({
      kind: "PodMetrics",
      apiVersion: "metrics.k8s.io/v1beta1",
      window: "10s",
      metadata: { name: "a", namespace: "default", labels: { app: "web" } },
      containers: [{ name: "main", usage: { cpu: "250000000n", memory: "3072Ki" } }],
    });
    meter.stop();
  });

  test("is told of the last fifteen to thirty seconds, once it is being measured", async () => {
    const given = world();
    const { clock, meter, used } = given;
    used.cpuMs = 60_000;
    await clock.advance(60_000);
    expect(await cpuOf(given)).toBe("1000000000n");
    for (let i = 0; i < 4; i++) await clock.advance(15_000);
    // It has been idle since.
    expect(await cpuOf(given)).toBe("0n");
    await clock.advance(5_000);
    used.cpuMs += 5_000;
    expect(await cpuOf(given)).toBe("250000000n");
    meter.stop();
  });

  test("is told of them too while all are being measured", async () => {
    const given = world();
    const { clock, meter, used } = given;
    await clock.advance(600_000);
    await cpuOf(given);
    await clock.advance(60_000);
    let answer = () => {};
    used.answers = new Promise(resolve => {
      answer = resolve;
    });
    used.cpuMs = 15_000;
    await clock.advance(15_000);
    expect(await cpuOf(given)).toBe("500000000n");
    answer();
    meter.stop();
  });

  test("begins anew with a restart", async () => {
    const given = world();
    const { clock, meter, used } = given;
    used.cpuMs = 30_000;
    await clock.advance(30_000);
    await cpuOf(given);
    for (let i = 0; i < 3; i++) await clock.advance(15_000);
    Object.assign(used, { id: "thread://2", cpuMs: 0 });
    expect(await cpuOf(given)).toBe("0n");
    meter.stop();
  });
});

test("nobody is asked before anybody wants to know, nor five minutes after", async () => {
  const { clock, meter, used } = world();
  await clock.advance(60_000);
  expect(used.asked).toBe(0);
  await meter.nodeMetrics();
  for (let i = 0; i < 30; i++) await clock.advance(15_000);
  const { asked } = used;
  expect(asked).toBeGreaterThan(10);
  for (let i = 0; i < 10; i++) await clock.advance(15_000);
  expect(used.asked).toBe(asked);
});

test("where a pod cannot be measured once, that is told, and it is measured again", async () => {
  const given = world();
  const { clock, meter, used, faults } = given;
  await cpuOf(given);
  used.fails = true;
  await clock.advance(15_000);
  expect(faults).toMatchObject([{ message: "it stops" }]);
  used.fails = false;
  const { asked } = used;
  for (let i = 0; i < 4; i++) await clock.advance(15_000);
  expect(used.asked).toBe(asked + 4);
  meter.stop();
});

test("a node uses what its pods use", async () => {
  const { clock, meter, used } = world();
  await clock.advance(1_000);
  used.cpuMs = 500;
  expect(await meter.nodeMetrics()).toMatchObject([
    { kind: "NodeMetrics", metadata: { name: "node-0" }, usage: { cpu: "500000000n", memory: "3072Ki" } },
  ]);
  expect(await meter.nodeMetrics("node-1")).toEqual([]);
  meter.stop();
});
