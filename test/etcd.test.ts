/**
 * A cluster in etcd that several programs have in common: one leads, any can be asked, and when the leader is killed another goes on;
 * what was acknowledged is there. One that is halted while another takes over writes nothing when it goes on.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { Cluster, type ClusterOptions, type Deployment, type Lease, type Pod } from "k4s";
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

  async function started(prefix: string, more: ClusterOptions = {}): Promise<Cluster> {
    const cluster = new Cluster({
      etcd: { endpoints: [server.url], prefix },
      runtime: "hollow",
      onFault: () => {},
      onWarning: () => {},
      ...more,
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

  test("a claim has its volume where its pod is, whoever leads: it is there for the next pod, and goes with the claim", async () => {
    const folder = await mkdtemp(join(tmpdir(), "k4s-etcd-volumes-"));
    try {
      // The first of them leads.
      const programs: Cluster[] = [];
      for (const name of ["a", "b"])
        programs.push(
          await started("/volumes", {
            nodeNamePrefix: name,
            nodes: 1,
            volumes: join(folder, name),
            runtime: "thread",
          }),
        );
      const [a, b] = programs as [Cluster, Cluster];
      // By then they reach each other.
      for (const each of programs) await each.serve();
      const ran = async (name: string, command: string, more: object = {}) => {
        const volumeMounts = [{ name: "d", mountPath: "/data" }];
        const container = { name: "main", image: "busybox", command: ["sh", "-c", command], volumeMounts };
        await b.apply({
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name },
          spec: {
            restartPolicy: "Never",
            containers: [container],
            volumes: [{ name: "d", persistentVolumeClaim: { claimName: "data" } }],
            ...more,
          },
        });
        const pod = await b.waitFor(`Pod/${name}`, found =>
          /Succeeded|Failed/.test(found?.status?.phase ?? ""),
        );
        return [pod?.status?.phase, pod?.spec?.nodeName, await a.logs(`Pod/${name}`)];
      };
      await b.apply({
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
      });
      const nodes = (await b.list("Node")).map(({ metadata }) => metadata.name);
      const onB = nodes.find(each => each.startsWith("b"));
      if (onB === undefined) throw new Error(`b has no node among ${nodes}`);
      const there = { nodeSelector: { "kubernetes.io/hostname": onB } };
      expect(await ran("one", "echo 42 > /data/x", there)).toEqual(["Succeeded", onB, ""]);
      await b.delete("Pod", "one");
      // It says nowhere where it is to run.
      expect(await ran("two", "cat /data/x")).toEqual(["Succeeded", onB, "42\n"]);
      const volume = (await a.get("PersistentVolumeClaim", "data"))?.spec.volumeName ?? "";
      expect(await readdir(join(folder, "b", "volumes"))).toEqual([volume]);
      expect(await readdir(join(folder, "a", "volumes")).catch(() => [])).toEqual([]);
      await a.delete("Pod", "two");
      await a.delete("PersistentVolumeClaim", "data");
      await a.waitFor(`PersistentVolume/${volume}`, "deleted");
      expect(await readdir(join(folder, "b", "volumes"))).toEqual([]);
    } finally {
      await Promise.all(clusters.splice(0).map(cluster => cluster.stop()));
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("a backup goes into etcd, from there elsewhere, and never over anything; one that is killed in the middle begins anew", async () => {
    const folder = await mkdtemp(join(tmpdir(), "k4s-etcd-backup-"));
    const at = (name: string) => join(folder, name);
    const k4s = async (...args: string[]) => {
      const child = spawn(process.execPath, [join(built, "cli.js"), ...args], {
        env: { ...process.env, HOME: folder },
      });
      children.push(child);
      let said = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", text => {
          said += text;
        });
      const [code] = await once(child, "close");
      return { code, said };
    };
    const secret = ["--encryption-key", at("key")];
    const backedUp = async (cluster: Cluster, file: string) => {
      const { kubeconfig } = await cluster.serve();
      await writeFile(at("kubeconfig"), kubeconfig);
      expect(await k4s("backup", at(file), "--kubeconfig", at("kubeconfig"), ...secret)).toMatchObject({
        code: 0,
      });
    };
    const keys = async (prefix: string) => (await server.range(`${prefix}/`)).map(({ key }) => key);
    try {
      await writeFile(at("key"), `${Buffer.alloc(32, 7).toString("base64")}\n`);
      const first = await started("/first", { nodeNamePrefix: "one" });
      await first.apply(deployment("web", 2));
      const hush = { a: Buffer.from("hush").toString("base64") };
      const kept = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data: hush };
      await first.create(kept);
      const metadata = { name: "things.example.com" };
      const names = { plural: "things", kind: "Thing" };
      const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
      const versions = [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: open } }];
      await first.create({
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata,
        spec: { group: "example.com", scope: "Namespaced", names, versions },
      });
      await first.waitFor("CustomResourceDefinition/things.example.com", "Established");
      await first.create({ apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "t" } });
      await until(first, "Deployment", "web", "default", available(2));
      await backedUp(first, "b1");
      const uid = (await first.get("Deployment", "web"))?.metadata.uid;
      await clusters.splice(0)[0]?.stop();

      // Killed when the mark and one part of several are there.
      const proxy = await server.proxy();
      const came = proxy.holdAfter("/v3/kv/txn", 2);
      const killed = k4s("restore", at("b1"), "--etcd", proxy.url, "--etcd-prefix", "/second", ...secret);
      await came;
      children.at(-1)?.kill("SIGKILL");
      await killed;
      expect(await keys("/second")).toContain("/second/k4s/restoring");
      expect((await keys("/second")).length).toBeGreaterThan(50);
      await expect(started("/second")).rejects.toMatchObject({
        reason: "ServiceUnavailable",
        message: expect.stringMatching(
          /a backup is being restored below \/second\/ in etcd .*begins it anew/,
        ),
      });
      clusters.splice(0);
      const again = () =>
        k4s("restore", at("b1"), "--etcd", server.url, "--etcd-prefix", "/second", ...secret);
      await server.put("/second/k4s/left", "");
      const early = await again();
      // Whoever was killed is there for some seconds more.
      if (early.code !== 0) {
        expect(early.said).toContain("is being restored below /second/ in etcd");
        await server.remove("/second/k4s/present/");
        expect(await again()).toMatchObject({ code: 0, said: expect.stringMatching(/has \d+ objects/) });
      }
      expect((await keys("/second")).filter(key => key.startsWith("/second/k4s/"))).toEqual([
        "/second/k4s/layout",
      ]);
      expect((await server.range("/second/secrets/")).map(({ value }) => value).join()).not.toContain(hush.a);

      const encryptionKey = at("key");
      const second = await started("/second", { nodeNamePrefix: "one", encryptionKey });
      expect((await second.get("Deployment", "web"))?.metadata.uid).toBe(uid);
      expect(await second.get("Secret", "s")).toMatchObject({ data: hush });
      expect(await second.get("Thing.example.com", "t")).toMatchObject({ metadata: { name: "t" } });
      await second.scale("Deployment/web", 3);
      await until(second, "Deployment", "web", "default", available(3));

      expect(await again()).toMatchObject({
        code: 1,
        said: expect.stringMatching(/a cluster lies in etcd below \/second\/, and \S+ runs on it/),
      });
      expect((await second.get("Deployment", "web"))?.spec?.replicas).toBe(3);
      await backedUp(second, "b2");
      await clusters.splice(0)[0]?.stop();
      expect(await again()).toMatchObject({
        code: 1,
        said: expect.stringMatching(/something lies in etcd below \/second\/ /),
      });

      await server.put("/third/mine", "1");
      const from = ["restore", at("b2"), "--etcd", server.url, "--etcd-prefix"];
      expect(await k4s(...from, "/third", ...secret)).toMatchObject({
        code: 1,
        said: expect.stringContaining("(/third/mine)"),
      });
      expect(await keys("/third")).toEqual(["/third/mine"]);
      // Without its key nothing of it is written.
      expect(await k4s(...from, "/fourth")).toMatchObject({ code: 1 });
      expect(await keys("/fourth")).toEqual([]);
      // From etcd into a folder.
      expect(await k4s("restore", at("b2"), "--data", at("data"), ...secret)).toMatchObject({ code: 0 });
      await using third = new Cluster({
        data: at("data"),
        nodeNamePrefix: "one",
        encryptionKey,
        runtime: "hollow",
      });
      await third.start();
      expect((await third.get("Deployment", "web"))?.metadata.uid).toBe(uid);
      await until(third, "Deployment", "web", "default", available(3));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("one of three members of etcd is killed, then the one that leads them, then each is halted for a while: nobody notices", async () => {
    const { members, stop } = await startEtcdMembers(3);
    const made: Cluster[] = [];
    let isOver = false;
    try {
      const endpoints = members.map(({ url }) => url);
      for (let i = 0; i < 2; i++) {
        // Nobody waits so long for one that is halted.
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
      // Whichever of them is asked, and whichever leads.
      for (const member of members) {
        member.halt();
        await goesOn(20);
        member.goOn();
        await goesOn(20);
      }
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
