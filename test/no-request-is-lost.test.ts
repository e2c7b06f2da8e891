/**
 * Requests under way while their service is scaled, its pods are deleted and its containers stop: none is lost, and none
 * is answered twice. Through the whole cluster, on real threads.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Cluster } from "k4s";
import { afterAll, beforeAll, expect, it } from "vitest";

let folder: string;
let cluster: Cluster;
const images = {
  // Handles messages side by side, and returns when the inbox ends: its last answers are still to come.
  beside: `export async function beside({ inbox, self }) {
    for await (const message of inbox) void handle(message, self.name);
  }
  async function handle(message, name) {
    await new Promise(resolve => setTimeout(resolve, message.body.ms));
    message.reply({ n: message.body.n, by: name });
  }`,
};

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "k4s-requests-"));
  for (const [name, text] of Object.entries(images)) await writeFile(path.join(folder, `${name}.mjs`), text);
  cluster = new Cluster({ images: folder });
  await cluster.start();
  await cluster.apply(`
kind: ReplicaSet
apiVersion: apps/v1
metadata: { name: beside }
spec: { replicas: 4, template: { module: beside, function: beside } }
---
kind: Service
metadata: { name: beside }
spec: { selector: "beside-*" }
`);
  await ready(4);
});
afterAll(async () => {
  await cluster.stop();
  await rm(folder, { recursive: true });
});

const ready = (count: number) =>
  cluster.waitFor("ReplicaSet/beside", set => set?.status?.readyReplicas === count);
const scale = (replicas: number) => cluster.patch("ReplicaSet", "beside", { spec: { replicas } });

it("while replicas come and go", { timeout: 60_000 }, async () => {
  const failures: unknown[] = [];
  const answeredBy = new Set<string>();
  let running = true;
  let asked = 0;
  async function lane() {
    while (running) {
      const n = asked++;
      try {
        const answer = await cluster.api.request<{ n: number; by: string }>("beside", { n, ms: n % 3 });
        expect(answer.n).toBe(n);
        answeredBy.add(answer.by);
      } catch (error) {
        failures.push(error);
      }
    }
  }
  const lanes = Array.from({ length: 16 }, lane);
  for (let round = 0; round < 4; round++) {
    await scale(1);
    await ready(1);
    await scale(4);
    await ready(4);
    await Promise.all(["beside-1", "beside-3"].map(name => cluster.delete("Pod", name)));
    await ready(4);
  }
  running = false;
  await Promise.all(lanes);
  expect(failures).toEqual([]);
  expect(answeredBy.size).toBe(4);
  expect(asked).toBeGreaterThan(100);
});

it("which a container has read when it is told to stop: it gives those answers first", async () => {
  const asked = Array.from({ length: 20 }, (_, n) =>
    cluster.api.request<{ n: number }>("pod/beside-0", { n, ms: 300 }),
  );
  await cluster.api.request("pod/beside-0", { n: 0, ms: 0 });
  await cluster.delete("Pod", "beside-0");
  const answers = await Promise.all(asked);
  expect(answers.map(({ n }) => n)).toEqual(asked.map((_, n) => n));
});
