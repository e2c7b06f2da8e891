/**
 * Workers that take away, or replace, what the language and Node bring along, and go on: throw, print, reply, return, exit. Their
 * own container may fail for it. It ends and is seen to end, the program lives, and the worker beside it never notices.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { echo, type Scene, scene } from "./scene.ts";

/** As the worker below finds them: the holder by name, then the field. */
const builtins = [
  "Array.prototype.@@iterator",
  "Array.prototype.push",
  "Array.prototype.slice",
  "Array.isArray",
  "String.prototype.split",
  "String.prototype.charCodeAt",
  "Buffer.from",
  "Buffer.prototype.toString",
  "Map.prototype.get",
  "Map.prototype.@@iterator",
  "Set.prototype.add",
  "Promise.prototype.then",
  "globalThis.Promise",
  "globalThis.Symbol",
  "JSON.stringify",
  "Object.keys",
  "Object.defineProperty",
  "Object.getPrototypeOf",
  "Object.prototype.toString",
  "Function.prototype.call",
  "Function.prototype.apply",
  "Reflect.apply",
  "Error.prepareStackTrace",
  "Error.captureStackTrace",
  "process.emit",
  "process.off",
  "process.listenerCount",
  "process.exit",
  "process.reallyExit",
  "process._fatalException",
  "process.stderr",
  "process.nextTick",
  "globalThis.setTimeout",
  "globalThis.setImmediate",
  "globalThis.structuredClone",
  "EventEmitter.prototype.emit",
  "EventEmitter.prototype.listenerCount",
  "MessagePort.prototype.postMessage",
  "MessagePort.prototype.close",
  "util.inspect",
  "Atomics.wait",
  "Uint8Array.prototype.subarray",
] as const;

const ways = ["is gone", "throws", "answers nonsense"] as const;
const deeds = ["throws", "throws later", "rejects", "returns", "prints", "replies", "exits"] as const;

const breaks = `
const { EventEmitter } = process.getBuiltinModule("node:events");
const { MessagePort } = process.getBuiltinModule("node:worker_threads");
const util = process.getBuiltinModule("node:util");
const holders = { Array, Atomics, Buffer, Error, EventEmitter, Function, JSON, Map, MessagePort, Object, Promise, Reflect,
  Set, String, Uint8Array, globalThis, process, util };
const { iterator } = Symbol;
const later = setTimeout;
export default async ({ inbox, parameters: { builtin, way, deed } }) => {
  const parts = builtin.split(".");
  const name = parts.pop();
  const key = name === "@@iterator" ? iterator : name;
  const holder = parts.reduce((at, part) => at[part] ?? holders[part], holders);
  const message = deed === "replies" ? (await inbox.next()).value : undefined;
  try {
    if (way === "is gone") delete holder[key];
    else if (way === "throws") holder[key] = () => { throw new Error("broken"); };
    else holder[key] = key === iterator ? function* () { yield 666; } : () => 666;
  } catch {
    // It cannot be replaced.
  }
  switch (deed) {
    case "throws": throw new Error("after breaking it");
    case "throws later": await new Promise(() => later(() => { throw new Error("after breaking it"); }, 1)); break;
    case "rejects": later(() => void Promise.reject(new Error("after breaking it")), 1); await new Promise(resolve => later(resolve, 20)); break;
    case "prints": console.log("x", { a: [1, 2] }); console.error(new Error("y")); break;
    case "replies": message.reply({ a: [1, { b: "x" }], text: "y".repeat(300) }); break;
    case "exits": process.exit(7);
  }
};`;

describe("a worker that breaks", () => {
  let cluster: Scene;
  beforeAll(async () => {
    cluster = await scene({ "breaks.mjs": breaks, "echo.js": echo });
    await cluster.run("bystander", { module: "echo" });
  }, 30_000);
  afterAll(async () => {
    expect(await cluster.api.request("bystander", "well?")).toMatchObject({ said: "well?" });
    expect(await cluster.podWhose("bystander", state => state.running)).toMatchObject({ restarts: 0 });
    expect(cluster.faults).toEqual([]);
    await cluster[Symbol.asyncDispose]();
  });

  // Each built-in does each deed in one of the three ways: all three for all deeds take minutes.
  it.each(builtins.map((builtin, nth) => [builtin, nth] as const))("%s", async (builtin, nth) => {
    await Promise.all(
      deeds.map(async (deed, which) => {
        const name = `breaks-${nth}-${which}`;
        const parameters = { builtin, deed, way: ways[(nth + which) % ways.length] };
        await cluster.declare(name, {
          module: "breaks",
          parameters,
          restartPolicy: "Never",
          terminationGracePeriodSeconds: 1,
        });
        if (deed === "replies") {
          await cluster.podWhose(name, state => state.running || state.exitCode !== undefined);
          cluster.api.request(name, "well?", { timeoutMs: 5_000 }).catch(() => {});
        }
        const { exitCode } = await cluster.podWhose(name, state => state.exitCode !== undefined);
        if (deed === "throws") expect(exitCode).not.toBe(0);
        await cluster.delete("Container", name);
      }),
    );
  });
});
