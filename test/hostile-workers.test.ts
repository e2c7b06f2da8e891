/**
 * Workers that do everything wrong. The same stories for threads and for child processes: each ends as the manual says, with
 * a reason that can be read, and a good worker beside it never notices.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { echo, type Scene, scene } from "./scene.ts";

const workers = {
  "echo.js": echo,
  "throws.ts": 'throw new TypeError("no module today");\nexport default () => {};',
  "crooked.js": "export default async ( => {",
  "lonely.js": 'import nothing from "./nowhere.js";\nexport default () => nothing;',
  "two.js": "export function alpha() {}\nexport function beta() {}\nexport const gamma = 3;",
  "exits.js": "export default ({ parameters }) => process.exit(parameters.code);",
  "rejects.js":
    'export default () => new Promise(() => void setTimeout(() => void Promise.reject(new RangeError("nobody caught me"))));',
  "dizzy.js": "for (;;);\nexport default () => {};",
  "spins.js": `export default async ({ inbox }) => {
    for await (const message of inbox) { if (message.body === "spin") for (;;); message.reply("fine"); }
  };`,
  "hungry.js":
    "export default () => { const all = []; for (;;) all.push(new Array(1000).fill(Math.random())); };",
  "loud.js": `export default async ({ inbox }) => {
    for (let line = 0; line < 50_000; line++) console.log("line", line, "of a flood of text that nobody reads");
    for await (const message of inbox) message.reply("still here");
  };`,
  "vandal.js": `export default async ({ inbox }) => {
    const stop = () => { throw new Error("vandalised"); };
    Array.prototype.map = Array.prototype[Symbol.iterator] === undefined ? stop : Array.prototype.map;
    globalThis.setTimeout = stop; globalThis.setImmediate = stop; globalThis.queueMicrotask = stop;
    globalThis.Promise = class {}; globalThis.Map = class {}; globalThis.Error = class {};
    Object.prototype.polluted = "yes"; JSON.stringify = stop; Date.now = stop; Math.random = stop;
    process.nextTick = stop; process.exit = stop; process.emit = stop;
    for await (const message of inbox) message.reply("vandalised " + message.body);
  };`,
  "stubborn.js": "export default () => new Promise(() => setInterval(() => {}, 1_000));",
  "garbage.cjs": `const { parentPort, MessagePort } = require("node:worker_threads");
    const { writeSync } = require("node:fs");
    const { serialize } = require("node:v8");
    const ports = new Set();
    for (const method of ["postMessage", "on", "ref", "unref", "start"]) {
      const before = MessagePort.prototype[method];
      MessagePort.prototype[method] = function (...args) { ports.add(this); return before.apply(this, args); };
    }
    exports.default = async ({ inbox }) => {
      // Neither a number nor a text can be made of it.
      const none = { toString: null, valueOf: null };
      const fields = ["report", "message", "cpuMs", "memoryBytes", "pid", "target", "peer", "id", "name", "args", "count", "taken", "length", "exitCode", "bytes", "labels", "series"];
      const types = ["resolve", "connect", "denied", "traffic", "call", "subscribe", "read", "unsubscribe", "usage", "error", "unstartable", "child", "output", "taken", "exit", "constructor"];
      const poisoned = types.flatMap(type => [undefined, null, none, [none], 1.5].flatMap(value => [
        { type, ...Object.fromEntries(fields.map(field => [field, value])) },
        { type, id: value, name: "get", args: [] }, { type, id: value, name: "hosts", args: [value] }, { type, id: 7, name: "verdict", args: [value, value, value] },
        { type, report: { rows: [value], news: [value] } },
      ])).concat([{ taken: none }, { asks: none }]);
      const junk = [null, "\\uffff", "\\ufffe\\ufffd", [null], ["\\ufff0"], 0, "x", [], {}, { type: "pong" }, { type: "output" }, { type: "output", pieces: 5 }, { type: "output",
        pieces: [null, {}] }, { type: "error" }, ...poisoned, { type: "warm", threadId: {} }, { ready: true, taskId: 1e9, error: {} }, new Map()];
      for (const handle of process._getActiveHandles())
        if (typeof handle.postMessage === "function") ports.add(handle);
      const spoil = () => { for (const port of ports) for (const each of junk) port.postMessage(each); };
      spoil();
      if (parentPort) for (const each of junk) parentPort.postMessage(each);
      const pipe = bytes => { try { writeSync(4, bytes); } catch {} };
      const frame = value => { const body = serialize(value), head = Buffer.alloc(4); head.writeUInt32LE(body.length); pipe(Buffer.concat([head, body])); };
      if (!parentPort) {
        for (const value of junk) for (const each of [value, { k4s: 0, value, ports: { length: 3, x: value, name: 7 } }, { k4s: 7, value }, { k4s: 0, ports: none, bytes: Buffer.from("x") }]) frame(each);
        pipe(Buffer.from([5, 0, 0, 0, 255, 15, 111, 1, 2]));
      }
      for await (const message of inbox) { spoil(); message.reply("unharmed"); }
    };`,
};

describe.each(["thread", "process"] as const)("in a %s", runtime => {
  let cluster: Scene;
  beforeAll(async () => {
    cluster = await scene(workers, { runtime });
    await cluster.run("bystander", { module: "echo" });
  }, 30_000);
  afterAll(async () => {
    expect(await cluster.api.request("bystander", "well?")).toMatchObject({ said: "well?" });
    const bystander = await cluster.podWhose("bystander", state => state.running);
    expect(bystander.restarts).toBe(0);
    expect(cluster.faults).toEqual([]);
    await cluster[Symbol.asyncDispose]();
  });

  it("one that throws while it is imported: Error, with its stack", async () => {
    await cluster.declare("throws", { module: "throws" });
    const { last } = await cluster.podWhose("throws", ({ restarts }) => restarts > 0);
    expect(last).toMatchObject({ exitCode: 1, reason: "Error" });
    expect(last?.message).toContain("TypeError: no module today");
    expect(last?.message).toContain("throws.ts:1:7");
    expect(await cluster.logs("Pod/throws", { previous: true })).toContain("no module today");
  });

  it.each([
    ["crooked", /crooked\.js:1:24: Unexpected "=>"/],
    ["lonely", /lonely\.js:1:21: Could not resolve "\.\/nowhere\.js"/],
    ["ecko", /did you mean "echo"\?/],
  ])("%s cannot be pulled: ErrImagePull, then ImagePullBackOff, with the reason", async (module, why) => {
    const states: string[] = [];
    const watching = cluster.podWhose(module, ({ reason = "" }) => {
      if (reason !== states.at(-1)) states.push(reason);
      return reason === "ImagePullBackOff";
    });
    await cluster.declare(module, { module });
    expect((await watching).message).toMatch(why);
    expect(states.filter(state => /Pull/.test(state)).slice(0, 2)).toEqual([
      "ErrImagePull",
      "ImagePullBackOff",
    ]);
    expect(await cluster.told(`Pod/${module}`, "Failed")).toContain("Failed to pull image");
    expect(await cluster.told(`Pod/${module}`, "BackOff")).toContain("Back-off pulling image");
  });

  it("an export that does not exist: told with those that do, and the nearest", async () => {
    await cluster.declare("two", { module: "two", function: "alpa" });
    const { last } = await cluster.podWhose("two", ({ last }) => last);
    expect(last?.message).toMatch(/no function "alpa": it exports alpha, beta; did you mean "alpha"\?/);
  });

  it.each([
    [0, "Completed"],
    [7, "Error"],
    [255, "Error"],
  ])("process.exit(%i): %s", async (code, reason) => {
    const name = `exits-${code}`;
    await cluster.declare(name, { module: "exits", parameters: { code }, restartPolicy: "Never" });
    const state = await cluster.podWhose(name, ({ exitCode }) => exitCode !== undefined);
    expect(state).toMatchObject({
      exitCode: code,
      reason,
      phase: code === 0 ? "Succeeded" : "Failed",
      restarts: 0,
    });
  });

  it("an unhandled rejection: Error, with its stack", async () => {
    await cluster.declare("rejects", { module: "rejects", restartPolicy: "Never" });
    const { last } = await cluster.podWhose("rejects", ({ exitCode }) => exitCode !== undefined);
    expect(last).toMatchObject({ exitCode: 1, reason: "Error" });
    expect(last?.message).toContain("RangeError: nobody caught me");
  });

  it("one that spins while it is imported can be deleted", async () => {
    await cluster.declare("dizzy", { module: "dizzy", terminationGracePeriodSeconds: 0 });
    await cluster.waitFor("Pod/dizzy", pod => pod?.spec.nodeName !== undefined);
    await cluster.delete("Container", "dizzy");
    await cluster.waitFor("Pod/dizzy", "deleted");
  });

  it("one that spins in its handler, with a liveness probe: killed with 137 and started again", async () => {
    await cluster.run("spins", {
      module: "spins",
      livenessProbe: { eventLoop: {}, periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 1 },
    });
    const lost = cluster.api.request("spins", "spin");
    await expect(lost).rejects.toMatchObject({ reason: "ContainerExited", handled: "maybe" });
    const { last } = await cluster.podWhose("spins", ({ restarts, ready }) => restarts > 0 && ready);
    expect(last).toMatchObject({ exitCode: 137 });
    expect(await cluster.api.request("spins", "hello")).toBe("fine");
    expect(await cluster.told("Pod/spins", "Unhealthy")).toContain("Liveness probe failed");
    expect(await cluster.told("Pod/spins", "Killing")).toContain("failed liveness probe, will be restarted");
  });

  it("one that spins in its handler, without a probe: the asker's deadline holds", async () => {
    await cluster.run("spins-on", { module: "spins", terminationGracePeriodSeconds: 0 });
    const error = await cluster.api.request("spins-on", "spin", { timeoutMs: 200 }).catch(error => error);
    expect(error).toMatchObject({ reason: "DeadlineExceeded", handled: "maybe" });
    await cluster.delete("Container", "spins-on");
    await cluster.waitFor("Pod/spins-on", "deleted");
  });

  it("one that eats its memory: OOMKilled, and the cluster lives", async () => {
    await cluster.declare("hungry", {
      module: "hungry",
      restartPolicy: "Never",
      resources: { limits: { memory: "32Mi" } },
    });
    const { last } = await cluster.podWhose("hungry", ({ exitCode }) => exitCode !== undefined);
    expect(last).toMatchObject({ exitCode: 137, reason: "OOMKilled" });
  });

  it("one that floods stdout: its newest lines are kept, and it answers", async () => {
    await cluster.run("loud", { module: "loud" });
    expect(await cluster.api.request("loud", "well?")).toBe("still here");
    let last = "";
    for await (const line of cluster.logs("Pod/loud", { follow: true })) {
      last = line;
      if (line.includes("line 49999 ")) break;
    }
    expect(last).toContain("line 49999 of a flood");
  });

  it("one that breaks the globals harms only itself, and can be stopped", async () => {
    await cluster.declare("vandal", {
      module: "vandal",
      terminationGracePeriodSeconds: 0,
      restartPolicy: "Never",
    });
    await cluster.podWhose("vandal", ({ running, exitCode }) => running || exitCode !== undefined);
    await cluster.api.request("vandal", "again").then(
      answer => expect(answer).toBe("vandalised again"),
      error => expect(["ContainerExited", "NoEndpoint"]).toContain(error.reason),
    );
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
    await cluster.delete("Container", "vandal");
    await cluster.waitFor("Pod/vandal", "deleted");
  });

  it("one that posts garbage to every port it finds is answered by nobody", async () => {
    await cluster.declare("garbage", { module: "garbage" });
    await cluster.podWhose("garbage", ({ ready, restarts }) => ready || restarts > 0);
    // It spoils every port again and again, the one of this very request among them.
    await cluster.api.request("garbage", "well?", { timeoutMs: 1_000 }).catch(() => {});
    await cluster.delete("Container", "garbage", { gracePeriodSeconds: 0 });
    await cluster.waitFor("Pod/garbage", "deleted");
  });

  it("one that ignores that it is to stop: killed when its grace period is over, with 137", async () => {
    await cluster.run("stubborn", { module: "stubborn", terminationGracePeriodSeconds: 1 });
    const ended = cluster.podWhose("stubborn", ({ exitCode }) => exitCode !== undefined);
    await cluster.delete("Container", "stubborn");
    expect(await ended).toMatchObject({ exitCode: 137, reason: "Error" });
    await cluster.waitFor("Pod/stubborn", "deleted");
  });
});
