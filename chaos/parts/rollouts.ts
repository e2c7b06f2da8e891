/**
 * A Deployment of HTTP servers on two nodes in two processes is rolled out again and again, while clients on both ask it by connections that they
 * keep; a request that is not answered, or not within ten seconds, is lost. `k4s node --join` is a process of its own; the cluster is in this one.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { load } from "js-yaml";
import { Cluster } from "k4s";
import type { Findings, Trial } from "../trial.ts";

export interface RolloutsOptions {
  /** At least so many are asked in all. */
  readonly requests: number;
  /** And at least so often it is rolled out. */
  readonly rollouts?: number;
  /** How many clients ask at once, on each node. */
  readonly clients: number;
  /** So many servers. */
  readonly replicas: number;
  readonly onProgress?: (told: RolloutFigures) => void;
}

export interface RolloutFigures {
  rollouts: number;
  /** How many requests, and by where the client and the server were: `far asks node-0`. */
  asked: number;
  readonly answered: { [way: string]: number };
  /** How many were not answered, and the last few failures. */
  lost: number;
  /** How many were under way when that was told: not more than there are clients. */
  open: number;
  readonly failures: string[];
}

/** As Node's documentation closes a server. */
const server = `
  import { createServer } from "node:http";
  const { NODE } = process.env;
  const server = createServer((request, response) => {
    request.resume().on("end", () => setTimeout(() => response.end(NODE), Math.random() * 5));
  }).listen(8080);
  process.on("SIGTERM", () => server.close(() => process.exit()));
`;

/** Asks by GET and POST, by kept connections of node:http and by fetch, with a pause now and then, in which they are idle. */
const client = `
  import { Agent, request } from "node:http";
  import { setTimeout as sleep } from "node:timers/promises";
  const url = "http://web/";
  const agent = new Agent({ keepAlive: true });
  const inTime = () => ({ signal: AbortSignal.timeout(10_000) });
  const byRequest = method => new Promise((resolve, reject) => {
    const asked = request(url, { agent, method, ...inTime() }, async response => {
      let text = "";
      try { for await (const piece of response) text += piece; } catch (error) { reject(error); }
      resolve(text);
    });
    asked.once("error", reject);
    asked.end(method === "POST" ? "x".repeat(1000) : undefined);
  });
  const ways = [() => byRequest("GET"), () => byRequest("POST"), () => fetch(url, inTime()).then(answer => answer.text()), () => fetch(url, { method: "POST", body: "y", ...inTime() }).then(answer => answer.text())];
  const told = { asked: 0, answered: {}, lost: 0, failures: [] };
  // Its node may not have heard yet that there are servers: that is no loss of a rollout.
  while (!(await fetch(url).then(answer => answer.ok, () => false))) await sleep(100);
  for (let i = 0; i < Number(process.env.CLIENTS); i++) void (async () => {
    for (;;) {
      told.asked++;
      try {
        const by = await ways[i % ways.length]();
        told.answered[by] = (told.answered[by] ?? 0) + 1;
      } catch (error) {
        told.lost++;
        const { code, message } = error.cause ?? error;
        if (told.failures.push(["GET", "POST", "fetch", "fetch POST"][i % ways.length] + ": " + code + " " + message) > 20) told.failures.shift();
      }
      await sleep(Math.random() < 0.03 ? Math.random() * 3000 : Math.random() * 4);
    }
  })();
  setInterval(() => console.log(JSON.stringify(told)), 250);
`;

const clients = 16;

export async function rollouts({ kills, tell }: Trial): Promise<Findings> {
  const onProgress = ({ rollouts, asked, lost, open }: RolloutFigures) =>
    tell(`${rollouts}. rolling update: ${asked} requests, ${lost} lost, ${open} under way`);
  const told = await rolledOut({ requests: 0, rollouts: kills, clients, replicas: 4, onProgress });
  const unknown =
    told.open > 2 * clients ? [`${told.open} requests have not ended, of ${2 * clients} clients`] : [];
  const ways = Object.entries(told.answered).toSorted();
  const figures = [
    ["rolling updates", told.rollouts],
    ...ways.map(([way, count]) => [`requests answered: ${way}`, count] as const),
    ["requests lost", told.lost],
  ] as const;
  return { figures, problems: [...told.failures, ...unknown] };
}

/** Plays it to its end, and leaves nothing behind. */
export async function rolledOut(options: RolloutsOptions): Promise<RolloutFigures> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "k4s-rollouts-")));
  const images = join(folder, "images");
  mkdirSync(images);
  writeFileSync(join(images, "server.mjs"), server);
  writeFileSync(join(images, "client.mjs"), client);
  const cluster = new Cluster({ images });
  let node: ChildProcess | undefined;
  try {
    await cluster.start();
    const { url, kubeconfig } = await cluster.serve();
    writeFileSync(join(folder, "ca.pem"), authorityIn(kubeconfig));
    node = await joined(cluster, url, folder, images);
    await cluster.apply(manifest(options));
    await cluster.rollout.wait("Deployment/web");
    for (const each of nodes) await cluster.waitFor(`Pod/client-${each}`, "Ready");
    return await played(cluster, options);
  } finally {
    await cluster.stop();
    if (node && node.exitCode === null) {
      node.kill("SIGKILL");
      await once(node, "exit");
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

async function played(
  cluster: Cluster,
  { requests, rollouts: least = 1, onProgress = () => {} }: RolloutsOptions,
): Promise<RolloutFigures> {
  for (let rollouts = 1; ; rollouts++) {
    const env = [{ name: "VERSION", value: String(rollouts) }];
    const spec = { template: { spec: { containers: [{ name: "main", env }] } } };
    await cluster.patch("Deployment", "web", { spec }, { type: "strategic" });
    await cluster.rollout.wait("Deployment/web");
    const told = await figures(cluster, rollouts);
    onProgress(told);
    if (told.asked >= requests && rollouts >= least) return told;
    await sleep(Math.random() * 1_000);
  }
}

async function figures(cluster: Cluster, rollouts: number): Promise<RolloutFigures> {
  const all: RolloutFigures = { rollouts, asked: 0, answered: {}, lost: 0, open: 0, failures: [] };
  for (const each of nodes) {
    const [line] = (await cluster.logs(`Pod/client-${each}`, { tailLines: 1 })).split("\n");
    // Nothing, where it has not told anything yet.
    const told = JSON.parse(line || "{}") as Partial<RolloutFigures>;
    const { asked = 0, answered = {}, lost = 0, failures = [] } = told;
    all.asked += asked;
    all.lost += lost;
    all.open += asked - lost;
    all.failures.push(...failures.map(failure => `${each}: ${failure}`));
    for (const [by, count] of Object.entries(answered)) {
      all.answered[`${each} asks ${by}`] = count;
      all.open -= count;
    }
  }
  return all;
}

function authorityIn(kubeconfig: string): Uint8Array {
  const { clusters } = load(kubeconfig) as {
    readonly clusters: readonly [{ readonly cluster: { readonly "certificate-authority-data": string } }];
  };
  return Buffer.from(clusters[0].cluster["certificate-authority-data"], "base64");
}

const nodes = ["node-0", "far"] as const;

async function joined(cluster: Cluster, url: string, folder: string, images: string): Promise<ChildProcess> {
  const stringData = {
    "token-id": "rolled",
    "token-secret": "0123456789abcdef",
    "usage-bootstrap-authentication": "true",
  };
  await cluster.create({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "bootstrap-token-rolled", namespace: "kube-system" },
    type: "bootstrap.kubernetes.io/token",
    stringData,
  } as never);
  const command = new URL("../../dist/cli.js", import.meta.url).pathname;
  const given = ["--token", "rolled.0123456789abcdef", "--ca-file", join(folder, "ca.pem")];
  const args = [command, "node", "--join", url, "--name", "far", "--images", images, ...given];
  const node = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: node.stdout }))
    if (line.startsWith("ready")) {
      node.stdout.resume();
      return node;
    }
  throw new Error("k4s node has ended");
}

function manifest({ clients, replicas }: RolloutsOptions): string {
  const ofClient = (node: string) => `
---
apiVersion: v1
kind: Pod
metadata: { name: client-${node} }
spec:
  nodeName: ${node}
  containers: [{ name: main, image: client, env: [{ name: CLIENTS, value: "${clients}" }] }]
`;
  return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      topologySpreadConstraints:
        - { maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, matchLabelKeys: [pod-template-hash], labelSelector: { matchLabels: { app: web } } }
      containers:
        - name: main
          image: server
          env: [{ name: NODE, valueFrom: { fieldRef: { fieldPath: spec.nodeName } } }]
          readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
${nodes.map(ofClient).join("")}`;
}
