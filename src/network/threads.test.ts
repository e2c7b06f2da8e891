import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel, Worker } from "node:worker_threads";
import { buildSync } from "esbuild";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Tunnel } from "../messages/index.ts";
import type { Attachment } from "./attachment.ts";
import { Town } from "./town.suite.ts";

/** What runs in the thread, and in the child process: a worker that echoes, forwards, or never answers. */
const source = `
import { parentPort, workerData } from "node:worker_threads";
import { Peer, Tunnel } from "./src/messages/index.ts";
import { realClock, realRandom } from "./src/outside/index.ts";
const deep = levels => levels === 0 ? "end" : [deep(levels - 1)];
async function run(control) {
  const peer = new Peer({ control, clock: realClock, random: realRandom });
  process.on("exit", () => peer.close());
  for await (const message of peer.inbox) {
    const { body } = message;
    if (body?.do === "hang") for (;;);
    else if (body?.do === "exit") process.exit(7);
    else if (body?.do === "ask") peer.api.request(body.to, body.body).then(value => message.reply(value), error => message.fail(error));
    else if (body?.do === "call") peer.call("create", [deep(body.levels)]).then(value => message.reply(value), error => message.fail(error));
    else if (body?.do === "deep") message.reply(deep(body.levels));
    else if (body?.do !== "nothing") message.reply(body);
  }
}
if (parentPort) run(workerData.control);
else new Tunnel(process, "child").first.on("message", ({ control }) => run(control));
`;
const { outputFiles } = buildSync({
  stdin: { contents: source, resolveDir: process.cwd(), loader: "ts" },
  bundle: true,
  platform: "node",
  format: "cjs",
  write: false,
});
const code = outputFiles[0]?.text ?? "";
const folder = mkdtempSync(join(tmpdir(), "k4s-threads-"));
writeFileSync(join(folder, "worker.cjs"), code);
afterAll(() => rmSync(folder, { recursive: true }));

let town: Town;
const workers: Worker[] = [];
const children: ChildProcess[] = [];
beforeEach(() => {
  town = new Town();
});
afterEach(async () => {
  town.stop();
  await Promise.all(workers.splice(0).map(worker => worker.terminate()));
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

async function thread(
  pod: string,
  resourceLimits: { stackSizeMb?: number } = {},
): Promise<{ worker: Worker; attachment: Attachment }> {
  const { port1, port2 } = new MessageChannel();
  const attachment = town.network.attach(await town.pod(pod), port1);
  const worker = new Worker(code, {
    eval: true,
    workerData: { control: port2 },
    transferList: [port2],
    resourceLimits,
  });
  workers.push(worker);
  worker.on("exit", exitCode =>
    attachment.detach({ exitCode, reason: exitCode === 0 ? "Completed" : "Error" }),
  );
  return { worker, attachment };
}

async function childProcess(pod: string): Promise<ChildProcess> {
  const { port1, port2 } = new MessageChannel();
  const attachment = town.network.attach({ ...(await town.pod(pod)), copies: true }, port1);
  const child = fork(join(folder, "worker.cjs"), { serialization: "advanced", execArgv: [] });
  children.push(child);
  new Tunnel(child, "parent").first.postMessage({ control: port2 }, [port2]);
  child.on("exit", exitCode => attachment.detach({ exitCode: exitCode ?? 137, reason: "Error" }));
  return child;
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    error => error,
  );
const bodies = [
  { op: "add", a: 1, b: [1, { c: null }] },
  new Map([[1, new Set([2n])]]),
  new Date(7),
  "x".repeat(100_000),
  new Uint8Array([1, 2, 3]),
  -0,
  undefined,
];

describe.each([
  ["a thread", thread],
  ["a child process", childProcess],
])("%s", (_, start) => {
  it("answers with any body, alone and in a crowd", async () => {
    await start("echo");
    for (const body of bodies) expect(await town.api.request("echo", body)).toStrictEqual(body);
    const crowd = Array.from({ length: 3_000 }, (_, i) => bodies[i % bodies.length]);
    const answers = await Promise.all(crowd.map(body => town.api.request("echo", body)));
    expect(answers).toStrictEqual(crowd);
  });

  it("talks to another", async () => {
    await start("one");
    await thread("two");
    for (const body of bodies)
      expect(await town.api.request("one", { do: "ask", to: "two", body })).toStrictEqual(body);
    expect(await failure(town.api.request("one", { do: "ask", to: "nobody" }))).toMatchObject({
      name: "MessageError",
      reason: "NoSuchTarget",
    });
  });

  it("that exits fails what it has not answered, with the code, and answers what it has", async () => {
    await start("calc");
    await town.api.request("calc", 1);
    const pending = [{ do: "nothing" }, 2, { do: "exit" }, 3].map(body =>
      town.api.request("calc", body).catch(error => `${error.reason} ${error.message}`),
    );
    const [unanswered, answered, exit, after] = await Promise.all(pending);
    expect(answered).toBe(2);
    for (const error of [unanswered, exit])
      expect(error).toContain("ContainerExited calc exited with code 7");
    // What was not read when the process ended was refused, if there was time for that.
    expect(after).toMatch(/ContainerExited|ContainerStopping/);
  });
});

const deep = (levels: number): unknown => {
  let value: unknown = "end";
  for (let level = 0; level < levels; level++) value = [value];
  return value;
};

describe("a thread", () => {
  it("with a smaller stack than its sender's says what it cannot receive, and hears all the rest", async () => {
    await thread("calc", { stackSizeMb: 0.5 });
    const bodies = [1, deep(20), deep(3_000), { a: 2 }, new Date(3), deep(3_000), "four"];
    const answers = await Promise.all(
      bodies.map(body => town.api.request("calc", body).catch(error => error)),
    );
    const sent = await Promise.all(bodies.map(body => town.api.send("calc", body).catch(error => error)));
    for (const i of [2, 5]) {
      expect(answers[i]).toMatchObject({ reason: "NotCloneable", handled: "no" });
      expect(sent[i]).toMatchObject({ reason: "NotCloneable", handled: "no" });
    }
    expect(answers.filter((_, i) => i !== 2 && i !== 5)).toStrictEqual([
      1,
      deep(20),
      { a: 2 },
      new Date(3),
      "four",
    ]);
    expect(sent.filter(result => result !== undefined)).toHaveLength(2);
  });

  it("whose answer is too deep for the one who asked fails that request alone", async () => {
    await thread("calc");
    const levels = [10, 6_000, 20].map(levels => town.api.request("calc", { do: "deep", levels }));
    const [first, second, third] = await Promise.allSettled(levels);
    expect(first).toStrictEqual({ status: "fulfilled", value: deep(10) });
    expect(third).toStrictEqual({ status: "fulfilled", value: deep(20) });
    expect(second).toMatchObject({ reason: { reason: "NotCloneable", handled: "maybe" } });
  });

  it("that is killed in an endless loop fails what is pending, with the reason that the node gives", async () => {
    const { worker, attachment } = await thread("calc");
    await town.api.request("calc", 1);
    const pending = failure(town.api.request("calc", { do: "hang" }));
    await vi.waitFor(
      () => expect(worker.performance.eventLoopUtilization().active).toBeGreaterThan(0),
      10_000,
    );
    void worker.terminate();
    attachment.detach({ exitCode: 137, reason: "OOMKilled" });
    const error = await pending;
    expect(error).toMatchObject({ reason: "ContainerExited", handled: "maybe" });
    expect(error.message).toBe("calc exited with code 137: OOMKilled");
  });
});

it("a call to the cluster with arguments that the main thread cannot receive fails, and no other", async () => {
  town.stop();
  town = new Town({
    call: async (_, name, args) => `${name} ${JSON.stringify(args).length}`,
    async *subscribe() {},
  });
  await thread("calc");
  const answers = await Promise.all(
    [1, 6_000, 2].map(levels =>
      town.api.request("calc", { do: "call", levels }).catch(error => error.reason),
    ),
  );
  expect(answers).toEqual(["create 9", "NotCloneable", "create 11"]);
});

describe("a child process", () => {
  it("gets copies, and no ports", async () => {
    await childProcess("echo");
    const buffer = new ArrayBuffer(8);
    expect(await town.api.request("echo", buffer, { transfer: [buffer] })).toStrictEqual(new ArrayBuffer(8));
    const { port1, port2 } = new MessageChannel();
    for (const request of [
      town.api.request("echo", port1, { transfer: [port1] }),
      town.api.request("echo", { run: () => 1 }),
    ]) {
      expect(await failure(request)).toMatchObject({ reason: "NotCloneable", handled: "no" });
    }
    expect(await town.api.request("echo", 1)).toBe(1);
    port1.close();
    port2.close();
  });
});
