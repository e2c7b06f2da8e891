/**
 * A cluster in etcd that several programs have in common: one leads, any can be asked, and when the leader is killed another goes on;
 * what was acknowledged is there. One that is halted while another takes over writes nothing when it goes on.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { Cluster, type Deployment, type Lease, type Pod } from "k4s";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { built } from "./built.ts";
import { etcd, type RealEtcd, startEtcd } from "./real-etcd.ts";

if (!etcd)
  console.warn(
    "there is no etcd on this machine: clusters in etcd are not tested; ETCD may name the program",
  );

const deployment = (name: string, replicas: number) =>
  ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { runtimeClassName: "hollow", containers: [{ name: "main", image: "pause" }] },
      },
    },
  }) as const;

describe.skipIf(!etcd)("clusters in one etcd", () => {
  let server: RealEtcd;
  const clusters: Cluster[] = [];
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    server = await startEtcd();
  });
  afterEach(async () => {
    await Promise.all(clusters.splice(0).map(cluster => cluster.stop()));
    for (const child of children.splice(0)) {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    }
  });
  afterAll(() => server.stop());

  async function started(prefix: string, ...faults: unknown[]): Promise<Cluster> {
    const onFault = (fault: unknown) => void faults.push(fault);
    const cluster = new Cluster({ etcd: { endpoints: [server.url], prefix }, runtime: "hollow", onFault });
    clusters.push(cluster);
    await cluster.start();
    return cluster;
  }

  /** A program of its own: it begins to lead, says so, and creates a ConfigMap as often as it can, saying which are acknowledged. */
  async function program(prefix: string): Promise<{ child: ChildProcess; said: string[] }> {
    const text = `
      import { Cluster } from ${JSON.stringify(pathToFileURL(join(built, "index.js")).href)};
      const cluster = new Cluster({ etcd: { endpoints: ["${server.url}"], prefix: "${prefix}" }, runtime: "hollow", onFault: () => {} });
      await cluster.start();
      const leads = async () => (await cluster.get("Lease", "kube-controller-manager", "kube-system"))?.spec.holderIdentity;
      while (!(await leads())) await new Promise(resolve => setTimeout(resolve, 10));
      console.log("leads " + (await leads()));
      for (let i = 0; ; i++) {
        await cluster.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "kept-" + i }, data: { i: String(i) } });
        console.log("kept-" + i);
      }`;
    const args = ["--input-type=module", "-e", text];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    const said: string[] = [];
    const lines = createInterface({ input: child.stdout });
    const leads = new Promise<void>((resolve, reject) => {
      lines.on("line", line => {
        said.push(line);
        if (said.length > 20) resolve();
      });
      child.once("exit", () => reject(new Error("the program has ended")));
    });
    await leads;
    return { child, said };
  }

  const until = async (
    cluster: Cluster,
    kind: string,
    name: string,
    namespace: string,
    fits: (object: unknown) => boolean,
  ) => {
    for await (const { object } of cluster.watch(kind, { namespace }))
      if (object.metadata.name === name && fits(object)) return object;
    throw new Error("the watch has ended");
  };
  const available = (count: number) => (object: unknown) =>
    (object as Deployment).status?.availableReplicas === count;

  test("the leader is killed: another leads, what was acknowledged is there, and what it began goes on", async () => {
    const prefix = "/killed";
    const { child, said } = await program(prefix);
    const cluster = await started(prefix);
    const holder = said[0]?.replace("leads ", "");
    await cluster.apply(deployment("web", 2));
    await until(cluster, "Deployment", "web", "default", available(2));
    child.kill("SIGKILL");
    await once(child, "exit");
    await until(cluster, "Lease", "kube-controller-manager", "kube-system", lease => {
      const { holderIdentity } = (lease as Lease).spec ?? {};
      return holderIdentity !== holder && holderIdentity !== "";
    });
    await cluster.scale("Deployment/web", 4);
    // The nodes of the program that was killed are not known to be lost yet: half of the pods may be given to them.
    await until(
      cluster,
      "Deployment",
      "web",
      "default",
      object => (object as Deployment).status?.replicas === 4,
    );
    const acknowledged = said.filter(line => line.startsWith("kept-"));
    for (const name of acknowledged)
      expect(await cluster.get("ConfigMap", name)).toMatchObject({ metadata: { name } });
    // Each object lies in etcd as often as it was created.
    const keys = (await server.range(`${prefix}/configmaps/default/kept-`)).map(({ key }) => key);
    expect(keys.length - acknowledged.length).toBeLessThanOrEqual(1);
  });

  test("nodes and addresses of several programs differ; each answers for all, and the last leaves it as it is", async () => {
    const prefix = "/shared";
    const [one, two] = [await started(prefix), await started(prefix)];
    await one.apply(deployment("web", 6));
    await until(two, "Deployment", "web", "default", available(6));
    const pods = (await two.list("Pod")) as Pod[];
    expect(new Set(pods.map(({ spec }) => spec?.nodeName)).size).toBe(2);
    expect(new Set(pods.map(({ status }) => status?.podIP)).size).toBe(6);
    await Promise.all(clusters.splice(0).map(cluster => cluster.stop()));
    const three = await started(prefix);
    expect(((await three.list("Deployment")) as Deployment[]).map(({ metadata }) => metadata.name)).toEqual([
      "web",
    ]);
  });
});
