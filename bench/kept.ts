/** Clusters that are kept on disk, for the rows about them: a folder of their own each, on the disk that etcd has its folder on, too. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterOptions } from "k4s";
import { loadK4s } from "./k4s.ts";
import { hasEtcd, inFlight, openEtcd } from "./object-server.ts";
import type { OpenSide } from "./row.ts";
import { callsPerSecond } from "./servers.ts";

const objects = 10_000;

/** A ConfigMap as small as those that the server's rows write. */
function draft(n: number): object {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `object-${n}`, namespace: "default" },
    data: { first: "1", second: "2" },
  };
}

/** How many objects a second are created, each on the disk before its creation resolves, while 32 are in flight. */
export function durableCreates(): Map<string, OpenSide> {
  const sides = new Map<string, OpenSide>([
    ["k4s", () => creating(true)],
    ["k4s, in memory", () => creating(false)],
  ]);
  if (hasEtcd()) sides.set("etcd", puts);
  return sides;
}

/** The same of a cluster that is kept in etcd, beside puts to an etcd that nobody watches. */
export function createsInEtcd(): Map<string, OpenSide> {
  return new Map([
    ["k4s", creatingInEtcd],
    ["etcd", puts],
  ]);
}

async function puts() {
  const etcd = await openEtcd();
  let created = 0;
  return {
    round: await callsPerSecond(() => etcd.create(`object-${created++}`)),
    close: () => etcd.close(),
  };
}

async function creatingInEtcd() {
  const etcd = await openEtcd();
  return creatingIn({ etcd: { endpoints: [etcd.url] }, onWarning() {} }, () => etcd.close());
}

async function creating(isKept: boolean) {
  const folder = mkdtempSync(join(tmpdir(), "k4s-bench-"));
  return creatingIn(isKept ? { data: folder } : {}, () => rmSync(folder, { recursive: true }));
}

async function creatingIn(place: ClusterOptions, remove: () => unknown) {
  const { Cluster } = await loadK4s();
  const cluster = new Cluster({ nodes: 0, ...place });
  await cluster.start();
  let created = 0;
  return {
    round: await callsPerSecond(() => cluster.create(draft(created++))),
    async close() {
      await cluster.stop();
      await remove();
    },
  };
}

/** Milliseconds until a cluster with 10,000 objects in its journal has started. */
export async function keptStart() {
  const { Cluster } = await loadK4s();
  const folder = mkdtempSync(join(tmpdir(), "k4s-bench-"));
  const options = { nodes: 0, data: folder };
  const first = new Cluster(options);
  await first.start();
  let created = 0;
  const create = async () => {
    while (created < objects) await first.create(draft(created++));
  };
  await Promise.all(Array.from({ length: inFlight }, create));
  await first.stop();
  return {
    async round() {
      const began = performance.now();
      const cluster = new Cluster(options);
      await cluster.start();
      const taken = performance.now() - began;
      await cluster.stop();
      return taken;
    },
    close: async () => rmSync(folder, { recursive: true }),
  };
}
