/**
 * What only child processes can promise, because a guard looks after each of them: a limit of all memory, and an end when
 * the program that started them is gone.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { built } from "./built.ts";
import { scene } from "./scene.ts";

const inProcess = { runtimeClassName: "process", resources: { limits: { memory: "64Mi" } } };

it.each([
  ["its limit", inProcess, "it took more memory than its limit, 64 MiB"],
  [
    "what it may take without one",
    { runtimeClassName: "process" },
    "it took more memory than the 64 MiB of a container without a limit: set resources.limits.memory",
  ],
])(
  "a worker that hoards Buffers beyond %s, which no heap limit counts, is OOMKilled, and hears why",
  async (_, spec, message) => {
    const hoarder = `export default async function hoarder({ inbox }) {
    const hoard = [];
    for await (const message of inbox) {
      for (let i = 0; i < 64; i++) {
        hoard.push(Buffer.alloc(32 << 20, 1));
        await new Promise(resolve => setTimeout(resolve, 5));
      }
      message.reply(hoard.length);
    }
  }`;
    await using cluster = await scene({ "hoarder.js": hoarder });
    await cluster.run("hoarder", { module: "hoarder", ...spec });
    await expect(cluster.api.request("hoarder")).rejects.toMatchObject({ reason: "ContainerExited" });
    const { last } = await cluster.podWhose("hoarder", ({ restarts }) => restarts > 0);
    expect(last).toMatchObject({ exitCode: 137, reason: "OOMKilled", message });
  },
);

it("an ordinary server is not OOMKilled by the limit that a container has by default", async () => {
  const server = `import http from "node:http";
    export default async function server({ inbox }) {
      const listening = http.createServer((_, response) => response.end("served"));
      await new Promise(resolve => listening.listen(0, "127.0.0.1", resolve));
      const url = "http://127.0.0.1:" + listening.address().port;
      for await (const message of inbox) {
        let text = "";
        for (let n = 0; n < message.body; n++) text = await (await fetch(url)).text();
        message.reply(text);
      }
    }`;
  await using cluster = await scene({ "server.mjs": server });
  await cluster.run("server", { module: "server", runtimeClassName: "process" });
  expect(await cluster.api.request("server", 300)).toBe("served");
});

it("a worker is still reached whatever it does to its process", async () => {
  const spoiler = `export default async function spoiler({ inbox }) {
    process.removeAllListeners();
    process.removeAllListeners("message");
    process.emit("disconnect");
    process.emit("message", { k4s: 0, closed: true });
    process.disconnect?.();
    for (const handle of process._getActiveHandles()) handle.destroy?.();
    for await (const message of inbox) message.reply("here");
  }`;
  await using cluster = await scene({ "spoiler.js": spoiler });
  await cluster.run("spoiler", { module: "spoiler", ...inProcess });
  expect(await cluster.api.request("spoiler")).toBe("here");
});

it("a worker in an endless loop ends, and what it has started with it, when the program that runs its cluster is killed", async () => {
  const spinner = `import { spawn } from "node:child_process";
    import { writeFileSync } from "node:fs";
    export default async function spinner({ inbox, env }) {
      const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "ignore" });
      writeFileSync(env.PID_FILE, JSON.stringify([process.pid, child.pid]));
      for await (const message of inbox) for (;;);
    }`;
  await using cluster = await scene({ "spinner.js": spinner });
  const pidFile = path.join(cluster.folder, "pid");
  const program = path.join(cluster.folder, "program.mjs");
  const spec = { module: "spinner", ...inProcess, env: [{ name: "PID_FILE", value: pidFile }] };
  const k4s = path.join(built, "index.js");
  await writeFile(
    program,
    `import { Cluster } from ${JSON.stringify(k4s)};
    const cluster = new Cluster({ images: ${JSON.stringify(cluster.folder)} });
    await cluster.start();
    await cluster.apply(${JSON.stringify({ kind: "Container", metadata: { name: "spinner" }, spec })});
    await cluster.waitFor("Container/spinner", "Ready");
    await cluster.api.send("spinner", "spin");
    console.log("spinning");`,
  );
  const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
  await once(createInterface(child.stdout), "line");
  const pids: number[] = JSON.parse(await readFile(pidFile, "utf8"));
  expect(pids.map(isAlive)).toEqual([true, true]);
  child.kill("SIGKILL");
  await expect.poll(() => pids.some(isAlive), { timeout: 10_000 }).toBe(false);
});

it.each([
  ["returns", "return;"],
  ["throws", "throw new Error('enough');"],
  ["exits", "process.exit(3);"],
])("what a worker has replied arrives although it %s in the same turn", async (_, end) => {
  const replier = `export default async function replier({ inbox }) {
    let count = 0;
    for await (const message of inbox) {
      message.reply("x".repeat(20_000));
      if (++count === 50) { ${end} }
    }
  }`;
  await using cluster = await scene({ "replier.js": replier });
  await cluster.run("replier", { module: "replier", ...inProcess });
  const answers = await Promise.all(Array.from({ length: 50 }, () => cluster.api.request("replier")));
  expect(answers.every(answer => (answer as string).length === 20_000)).toBe(true);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
