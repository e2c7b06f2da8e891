/**
 * A ConfigMap that 50 pods have mounted in 20 places each is changed: until every copy has it. Beside it the same with 2,000 other pods,
 * which mount nothing: they must cost nothing.
 */
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runAlone } from "../alone.ts";
import { fill, hollowCluster } from "../hollow.ts";
import { allReady, type Cluster } from "../k4s.ts";
import type { Row, Side } from "../row.ts";

const pods = 50;
const copies = 1_000;

async function open(others: number): Promise<Side> {
  const cluster = await hollowCluster(pods + others);
  await cluster.apply({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings" },
    data: { round: "0" },
  });
  const names = Array.from({ length: copies / pods }, (_, n) => `settings-${n}`);
  const volumeMounts = names.map(name => ({ name, mountPath: `/${name}` }));
  const spec = {
    containers: [{ name: "main", image: "echo", volumeMounts }],
    volumes: names.map(name => ({ name, configMap: { name: "settings" } })),
  };
  const labels = { app: "mounting" };
  await cluster.apply({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: "mounting" },
    spec: { replicas: pods, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  });
  await allReady(cluster, "mounting", pods);
  if (others > 0) await fill(cluster, others, 1_000);
  const files = await mountedFiles();
  if (files.length !== copies) throw new Error(`${files.length} of ${copies} copies are there`);
  let round = 0;
  return { round: () => timeOfAChange(cluster, files, String(++round)), close: () => cluster.stop() };
}

/** Milliseconds until the last copy has it. */
async function timeOfAChange(cluster: Cluster, files: readonly string[], round: string): Promise<number> {
  const began = performance.now();
  await cluster.patch("ConfigMap", "settings", { data: { round } });
  for (const file of files) while ((await readFile(file, "utf8").catch(() => "")) !== round) await sleep(5);
  return performance.now() - began;
}

/** Where the copies lie: the volumes of the pods of this process. */
async function mountedFiles(): Promise<string[]> {
  const own = (await readdir(tmpdir())).filter(
    name => name.startsWith("k4s-volumes-") && name.includes(`-${process.pid}-`),
  );
  const found: string[] = [];
  for (const folder of own)
    for (const pod of await readdir(join(tmpdir(), folder)))
      for (const volume of await readdir(join(tmpdir(), folder, pod)))
        if (volume.startsWith("settings-")) found.push(join(tmpdir(), folder, pod, volume, "round"));
  return found;
}

export const row: Row = {
  id: "config-change",
  part: "control-plane",
  title: "A ConfigMap changed: until 1,000 mounted copies have it",
  unit: "ms",
  better: "less",
  rounds: 3,
  roundSeconds: 1.5,
  openSeconds: 8,
  sides: new Map([
    ["k4s", () => open(0)],
    ["k4s, 2,000 other pods", () => open(2_000)],
  ]),
  goals: [{ atMost: 1_000 }],
};

await runAlone(import.meta.url, row);
