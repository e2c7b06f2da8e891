/** Threads and child processes that a program starts itself: their sockets are those of its pod. None of this code knows k4s. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Scene, scene } from "./scene.ts";

const ask = `fetch("http://web").then(answer => answer.text(), error => (error.cause ?? error).message)`;
const print = `${ask}.then(text => process.stdout.write(text))`;
const post = `${ask}.then(text => require("node:worker_threads").parentPort.postMessage(text))`;

const client = `
const { Worker } = require("node:worker_threads");
const { execFile, execFileSync, execSync, spawnSync, fork } = require("node:child_process");
const { writeFileSync } = require("node:fs");
const { join } = require("node:path");
const node = process.execPath;
const heard = worker => new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
const inThread = (code, options) => new Worker(code, { eval: true, ...options });
const file = (name, code) => { const path = join(__dirname, name); writeFileSync(path, code); return path; };
const does = {
  thread: () => heard(inThread(${JSON.stringify(post)})),
  threadOfThread: () => heard(inThread(\`
    const { Worker, parentPort } = require("node:worker_threads");
    new Worker(${JSON.stringify(post).replaceAll("\\", "\\\\")}, { eval: true }).on("message", text => parentPort.postMessage(text));\`)),
  // As packages do that make synchronous what is not.
  waitingForThread() {
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const worker = inThread(${JSON.stringify(`const { workerData: shared } = require("node:worker_threads");
      ${ask}.then(text => { shared[1] = text.length; Atomics.store(shared, 0, 1); Atomics.notify(shared, 0); });`)}, { workerData: shared });
    Atomics.wait(shared, 0, 0, 20_000);
    return shared[1];
  },
  async serverInThread() {
    const worker = inThread('require("node:http").createServer((_, answer) => answer.end("from a thread")).listen(8081, () => require("node:worker_threads").parentPort.postMessage("up"))');
    await heard(worker);
    const text = await (await fetch("http://" + process.env.HOSTNAME + ":8081")).text();
    await worker.terminate();
    return text;
  },
  child: () => new Promise((resolve, reject) => execFile(node, ["-e", ${JSON.stringify(print)}], (error, text) => error ? reject(error) : resolve(text))),
  childWaitedFor: () => String(execFileSync(node, ["-e", ${JSON.stringify(print)}])),
  childWithOptions: () => String(spawnSync(node, ["-e", ${JSON.stringify(print)}], { env: { NODE_OPTIONS: "--no-warnings" } }).stdout),
  childOfShell: () => String(execSync('"' + node + '" ' + file("asks.cjs", ${JSON.stringify(print)}))),
  childOfChild: () => String(execFileSync(node, ["-e", "process.stdout.write(require('node:child_process').execFileSync(process.execPath, ['-e', " + JSON.stringify(${JSON.stringify(print)}) + "]))"])),
  threadOfChild: () => String(execFileSync(node, ["-e", "new (require('node:worker_threads').Worker)(" + JSON.stringify(${JSON.stringify(print)}) + ", { eval: true })"])),
  async cluster() {
    const primary = fork(file("primary.cjs", ${JSON.stringify(`
      const cluster = require("node:cluster");
      const { createServer } = require("node:http");
      if (cluster.isWorker) createServer((_, answer) => answer.end(String(process.pid))).listen(8082);
      else {
        let listening = 0;
        cluster.on("listening", () => ++listening === 2 && process.send("up"));
        cluster.fork();
        cluster.fork();
        process.on("message", () => process.exit());
      }`)}));
    await heard(primary);
    const workers = new Set();
    for (let i = 0; i < 4; i++) workers.add(await (await fetch("http://localhost:8082", { headers: { connection: "close" } })).text());
    primary.send("end");
    return workers.size;
  },
  async hostnames() {
    const said = "require('node:os').hostname()";
    const thread = heard(inThread('require("node:worker_threads").parentPort.postMessage(' + said + ")"));
    return [require("node:os").hostname(), await thread, String(execFileSync(node, ["-p", said])).trim()];
  },
  options: () => [process.env.NODE_OPTIONS, process.env.K4S_NETWORK, process.execArgv].map(String),
};
module.exports = async ({ inbox }) => {
  for await (const message of inbox)
    Promise.resolve().then(() => does[message.body]()).then(value => message.reply(value), error => message.fail(error));
};
`;

describe.each(["thread", "process"])("in a %s", runtime => {
  let cluster: Scene;
  let podIP: string;
  beforeAll(async () => {
    const web = `require("node:http").createServer(({ socket }, answer) => answer.end(socket.remoteAddress)).listen(80);
      process.on("SIGTERM", () => process.exit());`;
    cluster = await scene({ "web.cjs": web, "client.cjs": client });
    const pod = (name: string, spec: object) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, labels: { app: name } },
      spec,
    });
    await cluster.apply([
      pod("web", {
        containers: [
          { name: "web", image: "web", readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 } },
        ],
      }),
      pod("client", {
        ...(runtime === "process" && { runtimeClassName: "process" }),
        containers: [
          {
            name: "client",
            image: "client",
            command: ["default"],
            resources: { limits: { memory: "200Mi" } },
          },
        ],
      }),
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web" },
        spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
      },
    ]);
    await cluster.waitFor("Pod/web", "Ready", { timeoutMs: 30_000 });
    await cluster.waitFor("Pod/client", "Ready", { timeoutMs: 30_000 });
    podIP = (await cluster.get("Pod", "client"))?.status?.podIP ?? "";
  }, 60_000);
  afterAll(() => cluster?.[Symbol.asyncDispose]());
  const does = (what: string) => cluster.api.request("client", what, { timeoutMs: 25_000 });

  it.each([
    "thread",
    "threadOfThread",
    "child",
    "childWaitedFor",
    "childWithOptions",
    "childOfShell",
    "childOfChild",
    "threadOfChild",
  ])("a Service is reached by its name: %s", { timeout: 30_000 }, async what => {
    expect(await does(what)).toBe(podIP);
  });

  it("a thread that is waited for has its answer", { timeout: 30_000 }, async () => {
    expect(await does("waitingForThread")).toBe(podIP.length);
  });

  it("a server in a thread listens on the pod's port", async () => {
    expect(await does("serverInThread")).toBe("from a thread");
  });

  it("workers of Node's cluster share a port", { timeout: 30_000 }, async () => {
    expect(await does("cluster")).toBe(2);
  });

  it("all of them have the hostname of the pod", { timeout: 30_000 }, async () => {
    expect(await does("hostnames")).toEqual(["client", "client", "client"]);
  });

  it("the program itself sees nothing of that", async () => {
    expect(await does("options")).toEqual(["undefined", "undefined", ""]);
  });
});
