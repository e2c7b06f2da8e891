/**
 * Servers of HTTP that close as Node's documentation says lose no request while their Deployment is rolled out, wherever they run: in the
 * container's thread or process, or in a thread or a child process that its program has started; and wherever their clients do.
 */
import { expect, it } from "vitest";
import { scene } from "./scene.ts";

const serve = `const server = createServer((_, response) => setTimeout(() => response.end(process.env.VERSION), 2)).listen(80);`;
/** Each is the whole program. */
const servers = {
  plain: `import { createServer } from "node:http";
    ${serve}
    process.on("SIGTERM", () => server.close(() => process.exit()));`,
  forked: `import { fork } from "node:child_process";
    import { fileURLToPath } from "node:url";
    const child = fork(fileURLToPath(new URL("./plain.mjs", import.meta.url)));
    child.on("exit", code => process.exit(code ?? 1));
    process.on("SIGTERM", () => child.kill("SIGTERM"));`,
  // Told by a message, as process managers do.
  messaged: `import { fork } from "node:child_process";
    import { createServer } from "node:http";
    import { fileURLToPath } from "node:url";
    if (process.send) {
      ${serve}
      process.on("message", () => server.close(() => process.exit()));
    } else {
      const child = fork(fileURLToPath(import.meta.url));
      child.on("exit", code => process.exit(code ?? 1));
      process.on("SIGTERM", () => child.send("end"));
    }`,
  threaded: `import { createServer } from "node:http";
    import { fileURLToPath } from "node:url";
    import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
    if (workerData === "serve") {
      ${serve}
      parentPort.on("message", () => server.close(() => process.exit()));
    } else {
      const thread = new Worker(fileURLToPath(import.meta.url), { workerData: "serve" });
      thread.on("exit", () => process.exit());
      process.on("SIGTERM", () => thread.postMessage("end"));
    }`,
  clustered: `import cluster from "node:cluster";
    import { fork } from "node:child_process";
    import { createServer } from "node:http";
    import { fileURLToPath } from "node:url";
    const file = fileURLToPath(import.meta.url);
    if (cluster.isWorker) {
      ${serve}
      process.on("SIGTERM", () => server.close(() => process.exit()));
    } else if (process.argv[2] === "primary") {
      const workers = [cluster.fork(), cluster.fork()];
      let ended = 0;
      for (const worker of workers) worker.on("exit", () => ++ended === workers.length && process.exit());
      process.on("SIGTERM", () => workers.forEach(worker => worker.process.kill("SIGTERM")));
    } else {
      // A thread can be no primary.
      const primary = fork(file, ["primary"]);
      primary.on("exit", () => process.exit());
      process.on("SIGTERM", () => primary.kill("SIGTERM"));
    }`,
};

const asking = `
  import { Agent, get } from "node:http";
  const agent = new Agent({ keepAlive: true });
  const ask = () => new Promise((resolve, reject) => get("http://web", { agent }, async answer => { let text = ""; for await (const piece of answer) text += piece; resolve(text); }).on("error", reject));
  const counts = {};
  let isOver = false;
  const busy = Promise.all(Array.from({ length: 8 }, async () => {
    while (!isOver) {
      const said = await ask().catch(error => error.message);
      counts[said] = (counts[said] ?? 0) + 1;
      await new Promise(resolve => setTimeout(resolve, 5));
    }
  }));
  const result = async () => { isOver = true; await busy; return counts; };`;
const clients = {
  client: `${asking}
    export default async ({ inbox }) => { for await (const message of inbox) message.reply(await result()); };`,
  "client-child": `import { fork } from "node:child_process";
    import { fileURLToPath } from "node:url";
    const child = fork(fileURLToPath(new URL("./asking.mjs", import.meta.url)));
    export default async ({ inbox }) => {
      for await (const message of inbox) {
        child.once("message", counts => message.reply(counts));
        child.send("how many?");
      }
    };`,
  asking: `${asking}
    process.on("message", async () => process.send(await result()));`,
};
const files = Object.fromEntries(
  Object.entries({ ...servers, ...clients }).map(([name, text]) => [`${name}.mjs`, text]),
);

it.each<[keyof typeof servers, string, keyof typeof clients, string]>([
  ["plain", "thread", "client", "thread"],
  ["plain", "process", "client", "process"],
  ["forked", "thread", "client", "thread"],
  ["messaged", "thread", "client-child", "thread"],
  ["messaged", "process", "client", "thread"],
  ["threaded", "thread", "client-child", "process"],
  ["threaded", "process", "client", "thread"],
  ["clustered", "thread", "client", "thread"],
])(
  "a %s server in a %s, a %s in a %s",
  { timeout: 60_000 },
  async (image, runtime, client, clientRuntime) => {
    await using cluster = await scene(files);
    const inProcess = { runtimeClassName: "process" };
    const version = (name: string) => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: {
            ...(runtime === "process" && inProcess),
            containers: [
              {
                name: "server",
                image,
                env: [{ name: "VERSION", value: name }],
                readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 },
                resources: { limits: { memory: "200Mi" } },
              },
            ],
          },
        },
      },
    });
    await cluster.apply([
      version("one"),
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web" },
        spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
      },
    ]);
    await cluster.rollout.wait("Deployment/web", { timeoutMs: 20_000 });
    await cluster.run("client", {
      module: client,
      ...(clientRuntime === "process" && inProcess),
      resources: { limits: { memory: "200Mi" } },
    });
    await expect.poll(() => served(cluster), { timeout: 10_000 }).toBeGreaterThan(0);
    await cluster.apply(version("two"));
    await cluster.rollout.wait("Deployment/web", { timeoutMs: 30_000 });
    // Until those that were asked to end have closed their last connections.
    await expect
      .poll(async () => (await cluster.list("Pod", { labelSelector: "app=web" })).length, { timeout: 30_000 })
      .toBe(2);
    const counts = await cluster.api.request<Record<string, number>>("client", "how many?");
    expect(Object.keys(counts).sort()).toEqual(["one", "two"]);
  },
);

/** How many connections clients have made, as they are counted: also those of threads and children that programs have started. */
function served({ metrics }: Awaited<ReturnType<typeof scene>>): number {
  return metrics.traffic.reduce((sum, { total }) => sum + total, 0);
}
