/**
 * A cluster in etcd that several programs have in common: one leads, any can be asked, and when the leader is killed another goes on;
 * what was acknowledged is there. One that is halted while another takes over writes nothing when it goes on.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { Cluster, type Deployment, type Lease, type Pod } from "k4s";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { built } from "./built.ts";
import { hasKubectl, run } from "./kubectl.ts";
import { etcd, type RealEtcd, startEtcd, startEtcdMembers } from "./real-etcd.ts";
import { natsServer, type RealServer, startNats } from "./real-servers.ts";
import { type Scene, scene } from "./scene.ts";

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

/** Answers by HTTP with who asks, and by message with what another has answered. */
const both = `
import { createServer } from "node:http";
export default async ({ inbox, self }) => {
  console.log(self.pod + " begins");
  createServer((request, response) => response.end(self.pod + " to " + request.socket.remoteAddress)).listen(80);
  for await (const message of inbox) message.reply(await fetch(message.body).then(answer => answer.text()));
};
`;

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
    const cluster = new Cluster({
      etcd: { endpoints: [server.url], prefix },
      runtime: "hollow",
      onFault,
      onWarning: () => {},
    });
    clusters.push(cluster);
    await cluster.start();
    return cluster;
  }

  /** A program of its own: it begins to lead, says so, and creates a ConfigMap as often as it can, saying which are acknowledged. */
  async function program(prefix: string): Promise<{ child: ChildProcess; said: string[] }> {
    const text = `
      import { Cluster } from ${JSON.stringify(pathToFileURL(join(built, "index.js")).href)};
      const cluster = new Cluster({ etcd: { endpoints: ["${server.url}"], prefix: "${prefix}" }, runtime: "hollow", onFault: () => {}, onWarning: () => {} });
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

  // Without a nats-server all of it is tested but messages.
  test("two programs are one cluster for those who use it: logs, exec, connections and messages go by either", async () => {
    const nats: RealServer | undefined = natsServer ? await startNats() : undefined;
    const options = {
      etcd: { endpoints: [server.url], prefix: "/reach" },
      ...(nats && { nats: { servers: [`nats://127.0.0.1:${nats.port}`] } }),
      onWarning: () => {},
    };
    const open: Scene[] = [];
    try {
      const kubeconfigs: string[] = [];
      for (let i = 0; i < 2; i++) {
        const each = await scene({ "both.mjs": both }, options);
        open.push(each);
        const { kubeconfig } = await each.serve();
        const file = join(each.folder, "kubeconfig");
        await writeFile(file, kubeconfig);
        kubeconfigs.push(file);
      }
      const [one, two] = open as [Scene, Scene];
      const names = (await two.list("Node")).map(({ metadata }) => metadata.name);
      expect(names.length).toBe(2);
      for (const [index, node] of names.entries()) {
        const readinessProbe = { tcpSocket: { port: 80 }, periodSeconds: 1 };
        const nodeSelector = { "kubernetes.io/hostname": node };
        await one.run(`on-${index}`, { module: "both", nodeSelector, readinessProbe });
      }
      const address = async (name: string) => (await one.get("Pod", name))?.status?.podIP;
      const [first, second] = [await address("on-0"), await address("on-1")];
      // Each knows by now what is there: a write of its own is behind it.
      await two.run("last", { module: "both" });
      for (const [index, cluster] of open.entries()) {
        for (const name of ["on-0", "on-1"]) {
          expect(await cluster.logs(`Pod/${name}`)).toContain(`${name} begins`);
          if (!hasKubectl) continue;
          const args = ["exec", name, "--", "hostname"];
          expect(
            await run("kubectl", args, { KUBECONFIG: kubeconfigs[index] ?? "", HOME: cluster.folder }),
          ).toMatchObject({
            stdout: `${name}\n`,
          });
        }
        if (!nats) continue;
        const asked = { timeoutMs: 20_000 };
        expect(await cluster.api.request("on-0", `http://${second}/`, asked)).toBe(`on-1 to ${first}`);
        expect(await cluster.api.request("on-1", `http://${first}/`, asked)).toBe(`on-0 to ${second}`);
      }
      expect(open.flatMap(({ faults }) => faults)).toEqual([]);
    } finally {
      for (const each of open) await each[Symbol.asyncDispose]();
      await nats?.stop();
    }
  });

  test("one of three members of etcd is killed, then the one that leads them, then all are there again: nobody notices", async () => {
    const { members, stop } = await startEtcdMembers(3);
    const made: Cluster[] = [];
    let isOver = false;
    try {
      const endpoints = members.map(({ url }) => url);
      for (let i = 0; i < 2; i++) {
        const given = { endpoints, prefix: "/three", dialTimeoutMs: 20_000 };
        const cluster = new Cluster({ etcd: given, runtime: "hollow", onFault() {}, onWarning() {} });
        made.push(cluster);
        await cluster.start();
      }
      const [one, two] = made as [Cluster, Cluster];
      const acknowledged: string[] = [];
      const refused: unknown[] = [];
      const writer = async (cluster: Cluster, name: string) => {
        for (let i = 0; !isOver; i++) {
          const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `${name}-${i}` } };
          await cluster.create(object).then(
            ({ metadata }) => acknowledged.push(`${metadata.name} ${metadata.uid}`),
            error => refused.push(error),
          );
        }
      };
      const writers = [writer(one, "a"), writer(one, "b"), writer(two, "c")];
      // So many more are acknowledged, whatever has become of the members.
      const goesOn = async (count: number) => {
        const wanted = acknowledged.length + count;
        await expect.poll(() => acknowledged.length, { timeout: 60_000 }).toBeGreaterThanOrEqual(wanted);
      };
      const who = await Promise.all(members.map(member => member.leads()));
      const leading = members[who.indexOf(true)];
      const other = members[who.indexOf(false)];
      if (!leading || !other) throw new Error("nobody leads");
      await goesOn(20);
      await other.kill();
      await goesOn(20);
      await other.start();
      await goesOn(20);
      await leading.kill();
      await goesOn(20);
      await leading.start();
      await goesOn(20);
      isOver = true;
      await Promise.all(writers);
      expect(refused).toEqual([]);
      // Once the last is known to one, all is.
      await one.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "last" } });
      const kept = (await one.list("ConfigMap")).map(({ metadata: { name, uid } }) => `${name} ${uid}`);
      expect(kept.filter(each => /^[abc]-/.test(each)).toSorted()).toEqual(acknowledged.toSorted());
    } finally {
      isOver = true;
      await Promise.all(made.map(cluster => cluster.stop()));
      await stop();
    }
  });
});
