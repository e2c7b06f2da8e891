/**
 * What nobody catches in a thread, whatever it is and wherever it is thrown: the container ends with 1 and says why, and Node's
 * own serializer, which has no bound, never sees it.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { echo, type Scene, scene } from "./scene.ts";

/** Makes what is thrown; how its text begins, or what is in it. */
const thrown: Readonly<Record<string, readonly [code: string, text: RegExp]>> = {
  circle: ["const e = new Error('round'); e.cause = e; return e;", /round/],
  "long chain": [
    "let e = new Error('first'); for (let i = 0; i < 2e4; i++) e = new Error('next', { cause: e }); return e;",
    /next/,
  ],
  "circle of members": [
    "const e = new AggregateError([], 'many'); for (let i = 0; i < 100; i++) e.errors.push(e); return e;",
    /many/,
  ],
  "tree of members": [
    "const of = n => new AggregateError(n ? Array.from({ length: 7 }, () => of(n - 1)) : [], 'tree'); return of(4);",
    /tree/,
  ],
  "long message": ["return new Error('x'.repeat(4e6));", /x{1000}/],
  "large field": ["return Object.assign(new Error('field'), { data: Array(5e5).fill(1.5) });", /field/],
  "circle in a field": [
    "const e = new Error('loop'); e.self = { e, get more() { return this; } }; return e;",
    /loop/,
  ],
  "getters that throw": [
    "const e = new Error('got'); for (const k of ['name', 'message', 'stack', 'cause', 'x']) Object.defineProperty(e, k, { enumerable: true, get() { throw e; } }); return e;",
    /./,
  ],
  "own inspect": [
    "const e = new Error('seen'); e[Symbol.for('nodejs.util.inspect.custom')] = () => { throw e; }; e.toJSON = () => { throw e; }; return e;",
    /seen/,
  ],
  "a Proxy": [
    "return new Proxy(new Error('x'), new Proxy({}, { get() { throw new Error('trap'); } }));",
    /./,
  ],
  "no prototype": ["return Object.setPrototypeOf(new Error('bare'), null);", /bare|./],
  null: ["return null;", /null/],
  undefined: ["return undefined;", /undefined/],
  "a symbol": ["return Symbol('odd');", /odd/],
  "a function": ["return function odd() {};", /odd/],
  "a bigint": ["return 12345678901234567890n;", /12345678901234567890/],
  "a large object": ["return Array.from({ length: 2e5 }, (_, n) => ({ n }));", /./],
  "an error of another realm": [
    "return require('node:vm').runInNewContext('new RangeError(\"far\")');",
    /far/,
  ],
};

/** Where it is thrown. What fails while it handles an error ends a program with 7. */
const places = {
  function: "throw make();",
  timer: "return new Promise(() => setTimeout(() => { throw make(); }));",
  rejection: "return new Promise(() => setTimeout(() => void Promise.reject(make())));",
  listener:
    "process.on('uncaughtException', () => { throw make(); }); return new Promise(() => setTimeout(() => { throw new Error('first'); }));",
  "capture callback":
    "process.setUncaughtExceptionCaptureCallback(() => { throw make(); }); return new Promise(() => setTimeout(() => { throw new Error('first'); }));",
  monitor:
    "process.on('uncaughtExceptionMonitor', () => { throw make(); }); return new Promise(() => setTimeout(() => { throw make(); }));",
  exit: "process.on('exit', () => { throw make(); }); return new Promise(() => setTimeout(() => process.exit(1)));",
} as const;

const throws = `
export default ({ parameters: { what, where } }) => {
  const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);
  const makers = MAKERS;
  const places = PLACES;
  const make = () => new Function("require", makers[what])(require);
  return new Function("make", places[where])(make);
};`
  .replace(
    "MAKERS",
    JSON.stringify(Object.fromEntries(Object.entries(thrown).map(([k, [code]]) => [k, code]))),
  )
  .replace("PLACES", JSON.stringify(places));

describe("what nobody catches", () => {
  let cluster: Scene;
  beforeAll(async () => {
    cluster = await scene({ "throws.mjs": throws, "echo.js": echo });
    await cluster.run("bystander", { module: "echo" });
  }, 30_000);
  afterAll(async () => {
    expect(await cluster.api.request("bystander", "well?")).toMatchObject({ said: "well?" });
    expect(await cluster.podWhose("bystander", state => state.running)).toMatchObject({ restarts: 0 });
    await cluster[Symbol.asyncDispose]();
  });

  it.each(Object.entries(thrown).map(([what, [, text]], nth) => [what, text, nth] as const))(
    "%s",
    async (what, text, nth) => {
      await Promise.all(
        Object.keys(places).map(async where => {
          const name = `throws-${nth}-${where.replace(" ", "-")}`;
          const resources = { limits: { memory: "256Mi" } };
          const spec = { module: "throws", parameters: { what, where }, restartPolicy: "Never", resources };
          await cluster.declare(name, spec);
          const { exitCode, message } = await cluster.podWhose(name, state => state.exitCode !== undefined);
          const handles = ["listener", "capture callback", "monitor"].includes(where);
          expect({ what, where, exitCode }).toEqual({ what, where, exitCode: handles ? 7 : 1 });
          if (where !== "exit") expect(message).toMatch(text);
          await cluster.delete("Container", name);
        }),
      );
    },
  );
});
