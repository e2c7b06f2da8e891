/**
 * A node in another process as users see it: kubectl reads logs there, runs commands, forwards ports and shows what pods use; programs of pods on
 * both sides ask each other; and a rollout across both loses no request.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Pod, Service } from "k4s";
import { startCluster, type TestCluster } from "k4s/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { built } from "./built.ts";
import { authorityIn, bootstrapToken } from "./joining.ts";
import { hasKubectl, run, toolPath } from "./kubectl.ts";

const server = `
  import { createServer } from "node:http";
  const { VERSION = "1" } = process.env;
  const server = createServer((request, response) => response.end(VERSION + " on " + process.env.NODE)).listen(8080, () => console.log("listening"));
  process.on("SIGTERM", () => server.close(() => process.exit()));
`;

const client = `
  import { Agent, get } from "node:http";
  const failure = async promise => { try { return await promise; } catch (error) { const { code, message } = error.cause ?? error; return code + " " + message; } };
  let asked = 0, isOver = false;
  const failed = [], answers = {};
  const load = async url => {
    while (!isOver) {
      const answer = await failure(fetch(url).then(answer => answer.text()));
      asked++;
      if (/^\\d on /.test(answer)) answers[answer] = (answers[answer] ?? 0) + 1; else failed.push(answer);
    }
  };
  let kept;
  const idle = url => new Promise(resolve => {
    const agent = new Agent({ keepAlive: true });
    agent.once("free", socket => {
      let isEnded = false;
      kept = new Promise(end => socket.once("end", () => (isEnded = true)).once("close", () => end(isEnded ? "its server has closed it" : "its client has closed it")));
      resolve("idle");
    });
    get(url, { agent }, response => response.resume());
  });
  const does = {
    idle,
    kept: () => kept,
    fetch: url => failure(fetch(url).then(answer => answer.text())),
    begin: async (url, count) => { for (let i = 0; i < count; i++) void load(url); },
    asked: async () => asked,
    end: async () => { isOver = true; return { asked, failed: failed.slice(0, 5), failures: failed.length, answers }; },
  };
  export default async ({ inbox }) => { for await (const message of inbox) { const [what, ...given] = message.body; message.reply(await does[what](...given)); } };
`;

/** Every address of loopback is there on Linux alone. */
const nodeAddress = process.platform === "linux" ? "127.0.0.2" : "127.0.0.1";
let folder: string;
let k4s: TestCluster;
let child: ChildProcess;
let said = "";

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "far-nodes-test-")));
  const images = join(folder, "images");
  mkdirSync(images);
  writeFileSync(join(images, "server.mjs"), server);
  writeFileSync(join(images, "client.mjs"), client);
  k4s = await startCluster({
    data: join(folder, "cluster"),
    images,
    metricResolutionMs: 200,
    nodeAddress,
    nodePorts: true,
  });
  writeFileSync(join(folder, "ca.pem"), authorityIn(k4s));
  const given = ["--token", await bootstrapToken(k4s, "farfar"), "--ca-file", join(folder, "ca.pem")];
  const args = ["node", "--join", k4s.url, "--name", "far", "--images", images, ...given];
  child = spawn(process.execPath, [join(built, "cli.js"), ...args], {
    env: { PATH: process.env.PATH, HOME: folder, NODE_NO_WARNINGS: "1" },
  });
  child.stderr?.on("data", piece => (said += piece));
  if (!child.stdout) throw new Error("the node says nothing");
  for await (const line of createInterface({ input: child.stdout })) if (line.startsWith("ready")) break;
  expect(said).toBe("");
  await k4s.cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 4
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      topologySpreadConstraints:
        - { maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, matchLabelKeys: [pod-template-hash], labelSelector: { matchLabels: { app: web } } }
      containers:
        - name: main
          image: server
          ports: [{ containerPort: 8080 }]
          env: [{ name: NODE, valueFrom: { fieldRef: { fieldPath: spec.nodeName } } }]
          readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: near-client }
spec: { nodeName: node-0, containers: [{ name: main, image: client }] }
`);
  await k4s.cluster.rollout.wait("Deployment/web");
  await k4s.cluster.waitFor("Pod/near-client", "Ready");
}, 60_000);

afterAll(async () => {
  const isOver = child.exitCode !== null;
  child.kill("SIGKILL");
  if (!isOver) await once(child, "exit");
  expect({ isOver, said }).toEqual({ isOver: false, said: "" });
  await k4s.stop();
  rmSync(folder, { recursive: true });
});

/** Of kubectl, which keeps what it has read in its home. */
const env = () => ({ ...k4s.env, HOME: folder });
const ask = (...body: unknown[]) => k4s.cluster.api.request("near-client", body, { timeoutMs: 20_000 });

async function podsOn(node: string): Promise<readonly Pod[]> {
  const pods = await k4s.cluster.list("Pod", { labelSelector: "app=web" });
  return pods.filter(({ spec, metadata }) => spec.nodeName === node && !metadata.deletionTimestamp);
}

/** A program on the node of the other process. */
async function runThere(name: string, text: string): Promise<void> {
  await k4s.cluster.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      nodeName: "far",
      restartPolicy: "Never",
      containers: [{ name: "main", image: "node", command: ["node", "-e", text] }],
    },
  });
}

async function nameOn(node: string): Promise<string> {
  const [pod] = await podsOn(node);
  return pod?.metadata.name ?? "";
}

describe.runIf(hasKubectl)("kubectl", () => {
  const kubectl = (...args: readonly string[]) => run("kubectl", args, env());

  it("reads logs, runs commands and shows what is used there", async () => {
    const pod = await nameOn("far");
    expect((await kubectl("logs", pod)).stdout).toBe("listening\n");
    const failed = await kubectl("exec", pod, "--", "sh", "-c", "echo out; echo err >&2; exit 7");
    expect(failed).toMatchObject({ code: 7, stdout: "out\n", stderr: expect.stringMatching(/^err\n/) });
    const counted = await run("kubectl", ["exec", "-i", pod, "--", "wc", "-c"], env(), "x".repeat(100_000));
    expect(counted.stdout.trim()).toBe("100000");
    const proxied = `/api/v1/namespaces/default/pods/${pod}:8080/proxy/`;
    expect((await kubectl("get", "--raw", proxied)).stdout).toBe("1 on far");
    expect((await kubectl("get", "--raw", "/api/v1/nodes/far/proxy/healthz")).stdout).toBe("ok");
    expect((await kubectl("top", "node", "far", "--no-headers")).stdout).toMatch(/^far +\d+m/);
    expect((await kubectl("top", "pod", pod, "--no-headers")).stdout).toContain(pod);
  });

  it("forwards a port to it", async () => {
    const pod = await nameOn("far");
    const forwarding = spawn(toolPath("kubectl"), ["port-forward", `pod/${pod}`, ":8080"], { env: env() });
    let port = "";
    for await (const line of createInterface({ input: forwarding.stdout })) {
      port = /127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? "";
      if (port !== "") break;
    }
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("1 on far");
    forwarding.kill();
    await once(forwarding, "exit");
  });
});

describe("pods of two processes", () => {
  it("are reached by the address that their node was given", async () => {
    const addresses = (await k4s.cluster.get("Node", "node-0"))?.status?.addresses;
    expect(addresses).toContainEqual({ type: "InternalIP", address: nodeAddress });
    await expect(startCluster({ nodeAddress: "my machine" })).rejects.toMatchObject({ reason: "BadRequest" });
  });

  it("ask each other by address, both ways", async () => {
    const [there] = await podsOn("far");
    const [here] = await podsOn("node-0");
    expect(await ask("fetch", `http://${there?.status?.podIP}:8080/`)).toBe("1 on far");
    const text = `fetch("http://${here?.status?.podIP}:8080/").then(a => a.text()).then(console.log)`;
    await runThere("once", text);
    await k4s.cluster.waitFor("Pod/once", pod => pod?.status?.phase === "Succeeded");
    expect(await k4s.cluster.logs("Pod/once")).toBe("1 on node-0\n");
  });

  it("of which one has no NATS: a message there fails, and says what it needs", async () => {
    const pod = await nameOn("far");
    await expect(k4s.cluster.api.request(`pod/${pod}`)).rejects.toMatchObject({
      reason: "NoEndpoint",
      handled: "no",
      message: `pod/${pod} is not reached: it runs on the node far, in another process: messages go there over NATS, which both need (--nats)`,
    });
  });

  it("prefer their own node where the Service says so", async () => {
    await k4s.cluster.apply({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "near" },
      spec: {
        selector: { app: "web" },
        ports: [{ port: 80, targetPort: 8080 }],
        trafficDistribution: "PreferSameNode",
      },
    } as never);
    const near = () => Promise.all(Array.from({ length: 10 }, () => ask("fetch", "http://near/")));
    await expect.poll(async () => [...new Set(await near())]).toEqual(["1 on node-0"]);
    // There it is heard of a little later.
    const text = `
      (async () => {
        const asked = () => Promise.all(Array.from({ length: 10 }, () => fetch("http://near/", { headers: { connection: "close" } }).then(a => a.text())));
        for (let answers; String(answers) !== "1 on far"; ) answers = [...new Set(await asked().catch(() => []))];
        console.log("near");
      })();
    `;
    await runThere("near-there", text);
    await k4s.cluster.waitFor("Pod/near-there", pod => pod?.status?.phase === "Succeeded");
  });

  it("are where node ports and routes between pods lead, too", async () => {
    await k4s.cluster.patch("Pod", await nameOn("far"), { metadata: { labels: { side: "far" } } });
    const [service] = await k4s.cluster.apply(`
apiVersion: v1
kind: Service
metadata: { name: there }
spec: { type: NodePort, selector: { side: far }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: routed }
spec: { selector: { app: none }, ports: [{ port: 80 }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: routed }
spec: { parentRefs: [{ group: "", kind: Service, name: routed }], rules: [{ backendRefs: [{ name: there, port: 80 }] }] }
`);
    const { nodePort } = (service as Service).spec?.ports?.[0] ?? {};
    const reached = () => fetch(`http://127.0.0.1:${nodePort}/`).then(answer => answer.text());
    await expect.poll(() => reached().catch(String)).toBe("1 on far");
    await expect.poll(() => ask("fetch", "http://routed/")).toBe("1 on far");
    await runThere(
      "routed-there",
      `
      (async () => {
        for (let answer; answer !== "1 on far"; ) answer = await fetch("http://routed/", { method: "POST", body: "hello" }).then(a => a.text(), () => {});
        console.log("routed");
      })();
    `,
    );
    await k4s.cluster.waitFor("Pod/routed-there", pod => pod?.status?.phase === "Succeeded");
  });

  it("a server that is told to stop has its idle clients close, on both sides: no request comes too late", async () => {
    const [here] = await podsOn("node-0");
    const url = `http://${here?.status?.podIP}:8080/`;
    const text = `
      const { Agent, get } = require("node:http");
      const agent = new Agent({ keepAlive: true });
      // A connection that is idle holds no program.
      agent.once("free", socket => { const held = setInterval(() => {}, 1000); socket.once("close", () => clearInterval(held)); console.log("idle"); socket.once("end", () => console.log("ended")).once("close", () => console.log("closed")); });
      get("${url}", { agent }, response => response.resume());
    `;
    await runThere("idle", text);
    await expect.poll(() => k4s.cluster.logs("Pod/idle"), { timeout: 20_000 }).toBe("idle\n");
    const [there] = await podsOn("far");
    expect(await ask("idle", `http://${there?.status?.podIP}:8080/`)).toBe("idle");
    await Promise.all([here, there].map(pod => k4s.cluster.delete("Pod", pod?.metadata.name ?? "")));
    expect(await ask("kept")).toBe("its client has closed it");
    await k4s.cluster.waitFor("Pod/idle", pod => pod?.status?.phase === "Succeeded");
    expect(await k4s.cluster.logs("Pod/idle")).toBe("idle\nclosed\n");
    await k4s.cluster.rollout.wait("Deployment/web");
  });

  it("a rollout of a server on both sides loses no request", async () => {
    await ask("begin", "http://web/", 8);
    const askedOf = async () => Number(await ask("asked"));
    while ((await askedOf()) < 200) await new Promise(resolve => setTimeout(resolve, 20));
    await k4s.cluster.patch(
      "Deployment",
      "web",
      {
        spec: {
          template: { spec: { containers: [{ name: "main", env: [{ name: "VERSION", value: "2" }] }] } },
        },
      },
      { type: "strategic" },
    );
    await k4s.cluster.rollout.wait("Deployment/web");
    const after = await askedOf();
    while ((await askedOf()) < after + 200) await new Promise(resolve => setTimeout(resolve, 20));
    const { answers, ...told } = (await ask("end")) as { answers: Record<string, number> };
    expect(told).toMatchObject({ failures: 0, failed: [] });
    expect(Object.keys(answers).sort()).toEqual(["1 on far", "1 on node-0", "2 on far", "2 on node-0"]);
  });
});
