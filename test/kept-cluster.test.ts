/** A cluster that is kept in a folder: stopped or killed, the next one with the folder goes on where it was. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Cluster, type ClusterOptions, type Pod } from "k4s";
import { afterEach, beforeEach, expect, test } from "vitest";
import { built, takesBuilt } from "./built.ts";

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "kept-test-")));
  mkdirSync(join(folder, "images"));
  writeFileSync(
    join(folder, "images", "echo.mjs"),
    "export default async context => { for await (const m of context.inbox) m.reply(m.body); };",
  );
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  rmSync(folder, { recursive: true });
});

const data = () => join(folder, "data");

function cluster(options: ClusterOptions = {}): Cluster {
  return new Cluster({ images: join(folder, "images"), data: data(), ...options });
}

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: echo }
spec:
  replicas: 2
  selector: { matchLabels: { app: echo } }
  template:
    metadata: { labels: { app: echo } }
    spec: { containers: [{ name: main, image: echo }] }
---
apiVersion: v1
kind: Service
metadata: { name: echo }
spec: { selector: { app: echo }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: kept }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Mi } } }
---
apiVersion: v1
kind: Pod
metadata: { name: once }
spec:
  restartPolicy: Never
  containers:
    - name: main
      image: busybox
      command: [sh, -c, "echo hello > /kept/x; echo written; sleep 1000"]
      volumeMounts: [{ name: kept, mountPath: /kept }]
  volumes: [{ name: kept, persistentVolumeClaim: { claimName: kept } }]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: things.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Thing, plural: things }
  versions:
    - { name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } } }
`;

/** Runs a program with k4s in a process of its own. Resolves to the process, and its lines as they come. */
function program(text: string): { child: ChildProcess; lines: AsyncIterableIterator<string> } {
  const file = join(folder, "program.mjs");
  writeFileSync(file, text.replaceAll('"k4s"', JSON.stringify(join(built, "index.js"))));
  const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

const identity = (pods: readonly Pod[]) =>
  pods.map(({ metadata, spec }) => `${metadata.name} ${metadata.uid} ${spec.nodeName}`).sort();

test("killed in the middle, it is there again: pods run under their names, addresses and claims are as they were", {
  timeout: 120_000,
}, async () => {
  const { child, lines } = program(`
    import { Cluster } from "k4s";
    const cluster = new Cluster({ images: ${JSON.stringify(join(folder, "images"))}, data: ${JSON.stringify(data())} });
    await cluster.start();
    await cluster.apply(${JSON.stringify(manifest)});
    await cluster.waitFor("Deployment/echo", found => found?.status?.readyReplicas === 2, { timeoutMs: 60000 });
    await cluster.waitFor("Pod/once", found => found?.status?.phase === "Running", { timeoutMs: 60000 });
    while ((await cluster.logs("Pod/once")) === "") await new Promise(done => setTimeout(done, 20));
    await cluster.apply("apiVersion: example.com/v1\\nkind: Thing\\nmetadata: { name: one }");
    console.log(JSON.stringify([await cluster.list("Pod"), await cluster.get("Service", "echo"), cluster.revision]));
    setInterval(() => {}, 1e6);
  `);
  const { value } = await lines.next();
  const [pods, service, revision] = JSON.parse(value) as [Pod[], { spec: unknown }, number];
  child.kill("SIGKILL");
  await once(child, "exit");

  await using next = cluster();
  await next.start();
  expect(next.revision).toBeGreaterThanOrEqual(revision);
  expect(identity((await next.list("Pod")) as Pod[])).toEqual(identity(pods));
  expect((await next.get("Service", "echo"))?.spec).toEqual(service.spec);
  expect((await next.get("Thing", "one"))?.metadata.name).toBe("one");
  await next.waitFor("Pod/once", found => found?.status?.phase === "Failed", { timeoutMs: 60_000 });
  // Told anew, for what was told before is of containers that are gone.
  const restarted = (pod: Pod) =>
    pod.status?.containerStatuses?.every(each => each.ready && each.restartCount === 1);
  const echoes = async () =>
    ((await next.list("Pod", { labelSelector: "app=echo" })) as Pod[]).filter(restarted);
  await expect.poll(async () => (await echoes()).length, { timeout: 60_000 }).toBe(2);
  expect(await next.api.request("echo", "again")).toBe("again");
  expect(identity((await next.list("Pod")) as Pod[])).toEqual(identity(pods));

  await next.apply(
    manifest
      .replaceAll("name: once", "name: after")
      .replace("echo hello > /kept/x; echo written; sleep 1000", "cat /kept/x"),
  );
  await next.waitFor("Pod/after", found => found?.status?.phase === "Succeeded", { timeoutMs: 60_000 });
  expect(await next.logs("Pod/after")).toBe("hello\n");
});

test("stopped and started again and again it goes on, and what was deleted stays so", {
  timeout: 120_000,
}, async () => {
  let revision = 0;
  for (const round of [1, 2, 3]) {
    await using kept = cluster({ runtime: "hollow" });
    await kept.start();
    expect(kept.revision).toBeGreaterThanOrEqual(revision);
    const found = (await kept.list("ConfigMap"))
      .map(({ metadata }) => metadata.name)
      .filter(name => name.startsWith("m"));
    expect(found).toEqual(round === 1 ? [] : [`m${round - 1}`]);
    await kept.apply(`apiVersion: v1\nkind: ConfigMap\nmetadata: { name: m${round} }`);
    if (round > 1) await kept.delete("ConfigMap", `m${round - 1}`);
    // History goes back over the stop, too.
    if (round > 1) expect(kept.at(revision).get("ConfigMap", "default", `m${round - 1}`)).toBeDefined();
    revision = kept.revision;
  }
});

test("what was acknowledged while it was killed is there, from many writers", {
  timeout: 120_000,
}, async () => {
  const { child, lines } = program(`
    import { Cluster } from "k4s";
    const cluster = new Cluster({ nodes: 0, data: ${JSON.stringify(data())} });
    await cluster.start();
    let n = 0;
    const write = async () => {
      for (;;) {
        const name = "w" + n++;
        await cluster.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" }, data: { text: "x".repeat(1000) } });
        console.log(name);
      }
    };
    for (let i = 0; i < 16; i++) write();
  `);
  const acknowledged: string[] = [];
  for await (const name of lines) {
    acknowledged.push(name);
    if (acknowledged.length === 500) child.kill("SIGKILL");
  }
  await using next = cluster({ nodes: 0 });
  await next.start();
  const there = new Set((await next.list("ConfigMap")).map(({ metadata }) => metadata.name));
  expect(acknowledged.filter(name => !there.has(name))).toEqual([]);
});

test("what is left of a quota, and an address, is never given twice, however many ask at once", {
  timeout: 60_000,
}, async () => {
  await using kept = cluster({ nodes: 0 });
  await kept.start();
  await kept.apply(`
apiVersion: v1
kind: ResourceQuota
metadata: { name: few }
spec: { hard: { "count/configmaps": "5" } }
`);
  const before = (await kept.list("ConfigMap", { namespace: "default" })).length;
  const create = (kind: string, name: string, more: object = {}) =>
    kept.create({ apiVersion: "v1", kind, metadata: { name, namespace: "default" }, ...more } as never);
  const done = async (writes: Promise<unknown>[]) =>
    (await Promise.allSettled(writes)).filter(({ status }) => status === "fulfilled").length;
  const many = Array.from({ length: 20 }, (_, i) => `m${i}`);
  expect(await done(many.map(name => create("ConfigMap", name)))).toBe(5 - before);
  const spec = (port: object) => ({ spec: { type: "NodePort", ports: [{ port: 80, ...port }] } });
  expect(await done(many.map(name => create("Service", name, spec({ nodePort: 31_999 }))))).toBe(1);
  expect(await done(many.map(name => create("Service", `${name}-free`, spec({}))))).toBe(20);
  const services = (await kept.list("Service")) as {
    spec: { clusterIP?: string; ports?: { nodePort?: number }[] };
  }[];
  for (const given of [
    services.map(({ spec }) => spec.clusterIP),
    services.map(({ spec }) => spec.ports?.[0]?.nodePort),
  ]) {
    const all = given.filter(each => each !== undefined);
    expect(new Set(all).size).toBe(all.length);
  }
});

test("its authority stays, and what its administrator was given goes on being good, and lies nowhere in the folder", {
  timeout: 60_000,
}, async () => {
  const served = async () => {
    await using kept = cluster({ nodes: 0 });
    await kept.start();
    const { url, ca, token } = await kept.serve();
    const shows = async (shown: string) => {
      const headers = { Authorization: `Bearer ${shown}` };
      const [answer] = await once(get(`${url}/api/v1/namespaces`, { ca, headers, agent: false }), "response");
      answer.resume();
      return answer.statusCode;
    };
    return { ca, token, said: await Promise.all(before.map(shows)) };
  };
  const before: string[] = [];
  const first = await served();
  before.push(first.token, `${first.token.slice(0, -5)}AAAAA`);
  const second = await served();
  expect([second.ca, second.said]).toEqual([first.ca, [200, 401]]);
  expect(readdirSync(join(data(), "keys")).sort()).toEqual([
    "api-server.pem.json",
    "service-account.key.pem",
  ]);
  for (const name of readdirSync(data(), { recursive: true, withFileTypes: true })) {
    const file = join(name.parentPath, name.name);
    if (name.isFile()) expect(readFileSync(file, "latin1"), file).not.toContain(first.token);
  }

  for (const key of readdirSync(join(data(), "keys"))) {
    const file = join(data(), "keys", key);
    const whole = readFileSync(file);
    writeFileSync(file, "junk");
    await expect(served(), key).rejects.toMatchObject({
      message: expect.stringContaining(`${file} is damaged`),
    });
    writeFileSync(file, whole);
  }
});

test("one cluster at a time has it, and one that cannot have it harms nothing", {
  timeout: 60_000,
}, async () => {
  await using first = cluster({ nodes: 0 });
  await first.start();
  const second = cluster({ nodes: 0 });
  await expect(second.start()).rejects.toMatchObject({
    reason: "ServiceUnavailable",
    message: expect.stringContaining(`the data folder ${data()} cannot be used: the same process`),
  });
  await second.stop();
  await first.apply("apiVersion: v1\nkind: ConfigMap\nmetadata: { name: mine }");
  expect(await first.get("ConfigMap", "mine")).toBeDefined();
});

test("what cannot be a data folder is refused, and a damaged one is left as it is", {
  timeout: 60_000,
}, async () => {
  writeFileSync(join(folder, "file"), "");
  const started = async (place: string) => {
    await using wrong = cluster({ nodes: 0, data: place });
    await wrong.start();
  };
  await expect(started(join(folder, "file"))).rejects.toMatchObject({
    message: expect.stringContaining("cannot be used"),
  });
  await started(data());
  const [segment = ""] = readdirSync(join(data(), "store"));
  const file = join(data(), "store", segment);
  writeFileSync(file, "K4SJ and so on".repeat(100));
  await expect(started(data())).rejects.toMatchObject({
    reason: "ServiceUnavailable",
    message: expect.stringContaining(`${segment} is damaged`),
  });
  expect(existsSync(join(data(), "lock"))).toBe(false);
  expect(readdirSync(join(data(), "store"))).toEqual([segment]);
});

/** Runs k4s to its end. Resolves to what it has printed. */
async function k4s(...args: string[]): Promise<{ code: number; said: string }> {
  const child = start(args);
  let said = "";
  const says = (text: Buffer) => {
    said += text;
  };
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", says);
  const [code] = await once(child, "close");
  return { code, said };
}

function start(args: readonly string[]): ChildProcess {
  const env = { ...process.env, ...takesBuilt, HOME: folder };
  const child = spawn(process.execPath, [join(built, "cli.js"), ...args], { env, cwd: folder });
  children.push(child);
  return child;
}

/** Starts `k4s up`, and waits until it serves. */
async function up(...args: string[]): Promise<ChildProcess> {
  const child = start(["up", "--kubeconfig", join(folder, "kubeconfig"), ...args]);
  if (!child.stdout) throw new Error("it prints nothing");
  for await (const line of createInterface({ input: child.stdout }))
    if (line.startsWith("ready")) return child;
  throw new Error("k4s up has ended");
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await once(child, "exit");
}

test("k4s up --data: a client's configuration of before is good for the next", {
  timeout: 120_000,
}, async () => {
  const client = ["--kubeconfig", join(folder, "kubeconfig")];
  writeFileSync(join(folder, "m.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: here }\n");
  const first = await up("--data", data());
  expect((await k4s("apply", "-f", "m.yaml", ...client)).code).toBe(0);
  await ended(first, "SIGKILL");
  const second = await up("--data", data());
  expect(await k4s("get", "configmap", "here", "-o", "name", ...client)).toEqual({
    code: 0,
    said: "configmap/here\n",
  });
  expect(existsSync(join(data(), "keys"))).toBe(true);
  await ended(second, "SIGTERM");
});

test("k4s backup of a cluster that runs, restored into another folder, goes on there", {
  timeout: 120_000,
}, async () => {
  const client = ["--kubeconfig", join(folder, "kubeconfig")];
  writeFileSync(join(folder, "m.yaml"), manifest);
  writeFileSync(
    join(folder, "t.yaml"),
    "apiVersion: example.com/v1\nkind: Thing\nmetadata: { name: one }\nspec: { a: 1 }\n",
  );
  const first = await up("--images", "images");
  for (const file of ["m.yaml", "t.yaml"]) expect((await k4s("apply", "-f", file, ...client)).code).toBe(0);
  expect((await k4s("rollout", "status", "deployment/echo", ...client)).code).toBe(0);
  const backed = await k4s("backup", "b", ...client);
  expect(backed).toMatchObject({
    code: 0,
    said: expect.stringMatching(/^b has \d+ objects, as of the resourceVersion \d+\n$/),
  });
  const service = await k4s("get", "service", "echo", "-o", "json", ...client);
  await ended(first, "SIGTERM");

  const restored = await k4s("restore", "b", "--data", data());
  expect(restored).toMatchObject({
    code: 0,
    said: expect.stringContaining(`go on with k4s up --data ${data()}`),
  });
  expect(await k4s("restore", "b", "--data", data())).toMatchObject({
    code: 1,
    said: expect.stringContaining(`${data()} is not empty`),
  });
  const next = await up("--data", data(), "--images", "images");
  expect(await k4s("get", "service", "echo", "-o", "json", ...client)).toEqual(service);
  expect((await k4s("get", "thing", "one", "-o", "name", ...client)).said).toBe("thing.example.com/one\n");
  expect((await k4s("rollout", "status", "deployment/echo", ...client)).code).toBe(0);
  await ended(next, "SIGTERM");
});
