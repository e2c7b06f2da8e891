/** A ResourceQuota is kept exactly, however many write at the same time, and whatever takes its time between a request and its write. */
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, Cluster, type Pod, seededRandom } from "k4s";
import { expect, test } from "vitest";

const hard = { pods: "10", "requests.cpu": "4" };
const thousandths = (cpu = "0") => (cpu.endsWith("m") ? Number.parseInt(cpu, 10) : Number(cpu) * 1_000);
const cpuOf = ({ spec }: Pod) => thousandths(spec.containers[0]?.resources?.requests?.cpu?.toString());

test.each([1, 2, 3])(
  "no write of many goes beyond it, and none is refused that has room (seed %i)",
  async seed => {
    const random = seededRandom(seed);
    const slow = {
      name: "Slow",
      on: [{ operations: ["CREATE"] as const, kinds: ["Pod"] }],
      validate: () => sleep(random.below(5)),
    };
    await using cluster = new Cluster({ nodes: 0, admission: { plugins: [slow] } });
    await cluster.start();
    const metadata = { name: "few", namespace: "default" };
    await cluster.apply({ apiVersion: "v1", kind: "ResourceQuota", metadata, spec: { hard } } as never);

    const refusals: unknown[] = [];
    const pod = (name: string) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      spec: {
        containers: [
          {
            name: "main",
            image: "echo",
            resources: { requests: { cpu: `${100 * (1 + random.below(9))}m` } },
          },
        ],
      },
    });
    const writer = async (who: number) => {
      for (let i = 0; i < 12; i++) {
        const name = `w${who}-${i}`;
        const error = await cluster.create(pod(name)).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (error) refusals.push(error);
        else if (random.next() < 0.4) await cluster.delete("Pod", name, { gracePeriodSeconds: 0 });
      }
    };
    await Promise.all([1, 2, 3, 4, 5, 6].map(writer));

    const there = new Map<string, number>();
    for (const { key, type, object } of cluster.history({ after: 0 })) {
      if (key.kind !== "Pod") continue;
      if (type === "DELETED") there.delete(key.name);
      else there.set(key.name, cpuOf(object as Pod));
      expect(there.size).toBeLessThanOrEqual(10);
      expect([...there.values()].reduce((sum, cpu) => sum + cpu, 0)).toBeLessThanOrEqual(4_000);
    }
    expect(refusals.length).toBeGreaterThan(0);
    for (const error of refusals) {
      expect(error).toBeInstanceOf(ApiError);
      const { message } = error as ApiError;
      expect(message).toMatch(/is forbidden: exceeded quota: few, requested: /);
      // What it says was so: with what was asked for, it would have been too much of one of them.
      const [asked = {}, used = {}] = ["requested", "used"].map(word => amountsIn(message, word));
      expect(
        (used.pods ?? 0) + (asked.pods ?? 0) > 10 ||
          (used["requests.cpu"] ?? 0) + (asked["requests.cpu"] ?? 0) > 4_000,
      ).toBe(true);
    }
    const sum = [...there.values()].reduce((total, cpu) => total + cpu, 0);
    await cluster.waitFor("ResourceQuota/few", quota => {
      const { used = {} } = (quota?.status ?? {}) as { used?: Record<string, string> };
      return used.pods === String(there.size) && thousandths(used["requests.cpu"]) === sum;
    });
  },
);

/** `requested: pods=1,requests.cpu=300m, used: …`: the amounts behind a word; processors in thousandths. */
function amountsIn(message: string, word: string): Record<string, number> {
  const text = new RegExp(`${word}: ([^ ]+?)(?:, |$)`).exec(message)?.[1] ?? "";
  const pairs = text.split(",").map(each => each.split("="));
  return Object.fromEntries(
    pairs.map(([name = "", value = ""]) => [name, name === "pods" ? Number(value) : thousandths(value)]),
  );
}
