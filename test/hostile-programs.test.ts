/**
 * Programs that do what no program should, or what few do: each in a thread and in a child process. A row says with what it ends
 * and what is found in its log. The program around stays as it was: after each a good worker answers, and nothing went wrong inside.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { echo, type Scene, scene } from "./scene.ts";

interface Hostile {
  readonly about: string;
  readonly program: string;
  /** With which code it ends; one for a thread and one for a process where they differ. */
  readonly exitCode: number | { readonly thread: number; readonly process: number };
  /** What is in its log. */
  readonly log?: RegExp;
  /** It never ends: it is killed once it has printed this. */
  readonly killedAfter?: string;
  readonly esm?: true;
  /** Where the other is no different from plain Node, or has no such limit. */
  readonly onlyIn?: "thread" | "process";
}

const hoard = (grow: string) =>
  `const all = []; const grow = ${grow}; (function more() { for (let n = 0; n < 500; n++) all.push(grow(all.length)); setImmediate(more); })();`;
const forEver = "setInterval(() => {}, 1e6);";
const ready = 'console.log("ready");';
const inThread = (program: string) =>
  `new (require("node:worker_threads").Worker)(${JSON.stringify(program)}, { eval: true });`;

const rows: readonly Hostile[] = [
  // Never ending.
  { about: "loops", program: `${ready} for (;;);`, exitCode: 137, killedAfter: "ready" },
  {
    about: "loops in promises",
    program: `${ready} (function again() { Promise.resolve().then(again); })();`,
    exitCode: 137,
    killedAfter: "ready",
  },
  {
    about: "loops in ticks",
    program: `${ready} (function again() { process.nextTick(again); })();`,
    exitCode: 137,
    killedAfter: "ready",
  },
  {
    about: "loops in immediates",
    program: `${ready} (function again() { setImmediate(again); })();`,
    exitCode: 137,
    killedAfter: "ready",
  },
  {
    about: "waits in Atomics for ever",
    program: `${ready} Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`,
    exitCode: 137,
    killedAfter: "ready",
  },
  {
    about: "matches a pattern for ever",
    program: `${ready} /^(a+)+$/.test("a".repeat(60) + "b");`,
    exitCode: 137,
    killedAfter: "ready",
  },
  {
    about: "loops in another context",
    program: `${ready} require("node:vm").runInNewContext("for (;;);");`,
    exitCode: 137,
    killedAfter: "ready",
  },
  {
    about: "loops in an exit listener",
    program: `process.on("exit", () => { ${ready} for (;;); });`,
    exitCode: 137,
    killedAfter: "ready",
  },
  {
    about: "loops while an error is told",
    program: `process.on("uncaughtException", () => { ${ready} for (;;); }); throw new Error("x");`,
    exitCode: 137,
    killedAfter: "ready",
  },
  {
    about: "loops in a getter of what it throws",
    program: `${ready} const error = new Error("x"); Object.defineProperty(error, "code", { enumerable: true, get() { for (;;); } }); throw error;`,
    exitCode: 1,
    log: /ready/,
  },
  {
    about: "prints for ever",
    program: 'for (;;) console.log("ready", "x".repeat(1000));',
    exitCode: 137,
    killedAfter: "ready",
  },
  {
    about: "writes to stderr for ever, without a line end",
    program: 'for (;;) process.stderr.write("ready" + "x".repeat(1000));',
    exitCode: 137,
    killedAfter: "ready",
  },
  {
    about: "listens to SIGTERM and does nothing",
    program: `process.on("SIGTERM", () => {}); ${ready} ${forEver}`,
    exitCode: 137,
    killedAfter: "ready",
  },
  {
    about: "starts a thread of its own that loops",
    program: `const { Worker } = require("node:worker_threads"); new Worker("for (;;);", { eval: true }).on("online", () => { ${ready} });`,
    exitCode: 137,
    killedAfter: "ready",
  },

  // Memory.
  { about: "hoards objects", program: hoard("n => ({ n, more: [n, String(n)] })"), exitCode: 137 },
  {
    about: "hoards strings",
    program: hoard("n => String(n).repeat(200).split('').reverse().join('')"),
    exitCode: 137,
  },
  {
    about: "hoards closures",
    program: hoard("n => { const kept = new Array(100).fill(n); return () => kept; }"),
    exitCode: 137,
  },
  {
    about: "hoards entries of a Map",
    program: "const map = new Map(); for (let n = 0; ; n++) map.set({ n }, [n]);",
    exitCode: 137,
  },
  {
    about: "hoards promises that nobody settles",
    program: hoard("() => new Promise(() => {}).then(() => {})"),
    exitCode: 137,
  },
  { about: "hoards timers", program: hoard("n => setTimeout(() => n, 1e9)"), exitCode: 137 },
  {
    about: "hoards errors with their stacks",
    program: hoard("n => new Error('n' + n).stack"),
    exitCode: 137,
  },
  {
    about: "hoards Buffers",
    program: hoard("() => Buffer.alloc(1 << 20, 1)"),
    exitCode: 137,
    onlyIn: "process",
  },
  {
    about: "asks for a string that is too long",
    program: '"x".repeat(2 ** 30);',
    exitCode: 1,
    log: /RangeError: Invalid string length/,
  },
  {
    about: "asks for an array that is too long",
    program: "new Array(2 ** 32);",
    exitCode: 1,
    log: /RangeError: Invalid array length/,
  },
  {
    about: "calls itself",
    program: "(function again() { again(); })();",
    exitCode: 1,
    log: /RangeError: Maximum call stack size exceeded/,
  },
  {
    about: "throws all that it was given to keep",
    program:
      "const error = new Error('fields'); error.all = Array.from({ length: 50_000 }, (_, n) => ({ n })); throw error;",
    exitCode: 1,
    log: /Error: fields/,
  },

  // What it prints.
  {
    about: "prints 10 MB in one write",
    program: 'process.stdout.write("x".repeat(10e6) + "\\nlast\\n");',
    exitCode: 0,
    log: /last\n$/,
  },
  {
    about: "prints 100,000 lines and exits",
    program: 'for (let n = 0; n < 100_000; n++) console.log("line", n); process.exit(3);',
    exitCode: 3,
    log: /line 99999\n$/,
  },
  {
    about: "prints what is no text",
    program: "process.stdout.write(null);",
    exitCode: 1,
    log: /ERR_STREAM_NULL_VALUES|ERR_INVALID_ARG_TYPE/,
  },
  {
    about: "ends its stdout and goes on printing",
    program:
      'process.stdout.on("error", () => {}); process.stdout.end("last\\n"); console.log("no more"); process.exitCode = 4;',
    exitCode: 4,
    log: /last/,
  },
  {
    about: "destroys its stdout",
    program: "process.stdout.destroy(); console.log('x'); process.exitCode = 4;",
    exitCode: 4,
  },
  {
    about: "replaces its stdout",
    program: "Object.defineProperty(process, 'stdout', { value: null }); process.exit(4);",
    exitCode: 4,
  },
  {
    about: "prints control characters and halves of characters",
    program:
      "process.stdout.write(Buffer.from([0, 7, 27, 0xf0, 0x9f])); process.stdout.write(Buffer.from([0x98, 0x80, 10]));",
    exitCode: 0,
    log: /😀\n$/,
  },

  // What it throws.
  ...(
    [
      [
        "an error that is its own cause",
        "const e = new Error('circle'); e.cause = e; throw e;",
        /Error: circle/,
      ],
      [
        "an AggregateError of itself",
        "const e = new AggregateError([], 'many'); e.errors.push(e, e); throw e;",
        /AggregateError: many/,
      ],
      [
        "an error ten thousand causes deep",
        "let e = new Error('deep'); for (let n = 0; n < 10_000; n++) e = new Error('deep', { cause: e }); throw e;",
        /Error: deep/,
      ],
      [
        "an error whose getters throw",
        "const e = new Error('x'); for (const k of ['message', 'stack', 'name', 'cause', 'code']) Object.defineProperty(e, k, { get() { throw new Error('got'); } }); throw e;",
      ],
      ["an error whose name is a symbol", "throw Object.assign(new Error('x'), { name: Symbol('s') });"],
      [
        "an error whose stack is an object",
        "throw Object.assign(new Error('x'), { stack: { toString() { throw 1; } } });",
      ],
      [
        "an error that says how it is shown, and throws",
        "throw Object.assign(new Error('x'), { [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('shown'); }, toJSON() { throw 1; } });",
        /Error: x/,
      ],
      [
        "a class that throws when it is asked for a text",
        "throw new (class Odd { toString() { throw 1; } get [Symbol.toStringTag]() { throw 2; } })();",
      ],
      [
        "a Proxy of an error",
        "throw new Proxy(new Error('x'), new Proxy({}, { get() { return () => { throw new Error('trap'); }; } }));",
      ],
      [
        "a Proxy that was revoked",
        "const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy;",
      ],
      ["a message of 16 MB", "throw new Error('x'.repeat(16e6));", /x… \(16000000 characters\)/],
      ["a text of 16 MB", "throw 'x'.repeat(16e6);", /xxx/],
      ["null", "throw null;", /null/],
      ["undefined", "throw undefined;", /undefined/],
      ["a symbol", "throw Symbol('odd');"],
      ["a function", "throw function odd() {};", /odd/],
      ["a bigint", "throw 12n;", /12/],
      [
        "an object without a prototype",
        "throw Object.assign(Object.create(null), { odd: 1 });",
        /odd|object Object/,
      ],
      [
        "an error where stacks cannot be made",
        "Error.prepareStackTrace = () => { throw new Error('prepared'); }; throw new Error('x');",
      ],
      [
        "an error with a stack without an end",
        "Error.stackTraceLimit = Infinity; (function down(n) { if (n === 0) throw new Error('low'); down(n - 1); })(5_000);",
        /Error: low/,
      ],
      [
        "an error of another context",
        "require('node:vm').runInNewContext(\"throw Object.assign(new TypeError('other'), { code: 'E' })\");",
        /TypeError: other/,
      ],
    ] as const
  ).flatMap(([what, program, log]) => [
    { about: `throws ${what}`, program, exitCode: 1, ...(log && { log }) },
    {
      about: `throws ${what}, in a promise`,
      program: `(async () => { ${program} })(); ${forEver}`,
      exitCode: 1,
      ...(log && { log }),
    },
  ]),

  // What it shares with the program around.
  ...[0, 1, 2].map(fd => ({
    about: `closes its descriptor ${fd}, twice`,
    program: `const fs = require("node:fs"); fs.closeSync(${fd}); try { fs.closeSync(${fd}); } catch (e) { process.exitCode = e.code === "EBADF" ? 4 : 5; } setTimeout(() => {}, 50);`,
    exitCode: 4,
    // In a process of its own another of its threads may open something between the two, which then has the number.
    onlyIn: "thread" as const,
  })),
  {
    about: "closes its stdout, and prints",
    program: 'require("node:fs").closeSync(1); console.log("lost"); console.error("told");',
    exitCode: 0,
    log: /^told\n$/,
    onlyIn: "thread",
  },
  {
    about: "closes all descriptors that there may be",
    program:
      'const fs = require("node:fs"); let n = 0; for (let fd = 3; fd < 300; fd++) { try { fs.closeSync(fd); n++; } catch {} fs.close(fd, () => {}); } setTimeout(() => console.log("later", n), 50);',
    exitCode: 0,
    log: /^later 0\n$/,
    onlyIn: "thread",
  },
  {
    about: "closes what it has opened, in each way, once",
    program: `const fs = require("node:fs"); const { once } = require("node:events");
      const refused = fd => { try { fs.closeSync(fd); } catch (e) { return e.code + e.syscall + (e.errno < 0); } };
      (async () => {
        const one = fs.openSync(__filename); fs.closeSync(one);
        const two = await require("node:util").promisify(fs.open)(__filename); await require("node:util").promisify(fs.close)(two);
        const handle = await fs.promises.open(__filename); const three = handle.fd; await handle.close();
        const stream = fs.createReadStream(__filename); const [four] = await once(stream, "open"); stream.resume(); await once(stream, "close");
        const [missing] = await new Promise(resolve => fs.open("/no/such/file", (...all) => resolve([all[0].code + all.length])));
        let wrong; try { fs.closeSync("1"); } catch (e) { wrong = e.code; }
        console.log([one, two, three, four].map(refused).join(), missing, wrong, fs.readFileSync(__filename).length > 0);
      })();`,
    exitCode: 0,
    log: /^(?:EBADFclosetrue,?){4} ENOENT1 ERR_INVALID_ARG_TYPE true\n$/,
    // In a process, as in plain Node, the number may by then be one that Node has opened.
    onlyIn: "thread",
  },
  {
    about: "ends a stream over its stdout",
    program:
      'require("node:fs").createWriteStream(null, { fd: 1 }).on("close", () => setTimeout(() => {}, 50)).end();',
    exitCode: 0,
    // In a process of its own what Node opens next may get the number 1, which libuv aborts rather than closes.
    onlyIn: "thread",
  },
  {
    about: "closes descriptors in a thread of its own",
    program: inThread("for (let fd = 0; fd < 300; fd++) require('node:fs').close(fd, () => {});"),
    exitCode: 0,
    onlyIn: "thread",
  },
  ...(
    [
      ["SIGTERM", 143],
      ["SIGHUP", 129],
      ["SIGKILL", 137],
      ["SIGUSR2", 140],
    ] as const
  ).flatMap(([signal, exitCode]) => {
    const kill = `process.kill(process.pid, '${signal}'); setInterval(() => {}, 1e6);`;
    return [
      { about: `ends by a ${signal} of a thread of its own`, program: inThread(kill), exitCode },
      {
        about: `ends by a ${signal} of a thread of a thread of its own`,
        program: inThread(inThread(kill)),
        exitCode,
      },
    ];
  }),
  {
    about: "hears a signal of a thread of its own",
    program: `process.on("SIGTERM", (...all) => { console.log(...all); process.exit(5); }); ${inThread(`process.kill(process.pid); ${forEver}`)}`,
    exitCode: 5,
    log: /^SIGTERM 15\n$/,
  },

  // How it ends.
  {
    about: "exits in an exit listener",
    program: "process.on('exit', () => process.exit(5)); process.exit(3);",
    exitCode: 5,
  },
  {
    about: "throws in an exit listener",
    program: "process.on('exit', () => { throw new Error('at the end'); });",
    exitCode: 1,
    log: /at the end/,
  },
  {
    about: "sets its code in an exit listener",
    program: "process.on('exit', () => { process.exitCode = 6; });",
    exitCode: 6,
  },
  {
    about: "exits before it exits",
    program: "process.on('beforeExit', () => process.exit(7));",
    exitCode: 7,
  },
  {
    about: "goes on before it exits, three times",
    program:
      "let n = 0; process.on('beforeExit', () => { if (n++ < 3) setImmediate(() => console.log(n)); });",
    exitCode: 0,
    log: /^1\n2\n3\n$/,
  },
  { about: "exits with 256", program: "process.exit(256);", exitCode: 0 },
  { about: "exits with -1", program: "process.exit(-1);", exitCode: 255 },
  { about: "exits past process.exit", program: "process.reallyExit(8);", exitCode: 8 },
  {
    about: "replaces process.exit, and fails",
    program: "process.exit = () => {}; throw new Error('x');",
    exitCode: 1,
    log: /Error: x/,
  },
  {
    about: "takes away all that process has",
    program:
      "for (const key of Object.keys(process)) try { process[key] = undefined; } catch {} throw new Error('x');",
    exitCode: 1,
    onlyIn: "thread",
  },
  {
    about: "freezes process and the globals",
    program: "Object.freeze(process); Object.freeze(globalThis); console.log('frozen');",
    exitCode: 0,
    log: /frozen/,
  },
  {
    about: "takes away globals",
    program:
      "for (const key of ['process', 'Buffer', 'setTimeout', 'Promise', 'Error', 'console']) delete globalThis[key]; throw 5;",
    exitCode: 1,
  },
  {
    about: "tells itself that it exits",
    program: "process.emit('exit', 0); process.exitCode = 9;",
    exitCode: 9,
  },
  {
    about: "catches all errors and ends",
    program:
      "process.on('uncaughtException', () => {}); setTimeout(() => { console.log('alive'); }, 20); throw new Error('caught');",
    exitCode: 0,
    log: /^alive\n$/,
  },
  {
    about: "throws where it handles rejections",
    program: "process.on('unhandledRejection', () => { throw new Error('handler'); }); Promise.reject(1);",
    exitCode: 1,
    log: /handler/,
  },
  {
    about: "emits an error that nobody listens for",
    program: "new (require('node:events'))().emit('error', new Error('emitted'));",
    exitCode: 1,
    log: /emitted/,
  },
  {
    about: "throws in an event listener of the web's kind",
    program:
      "const t = new EventTarget(); t.addEventListener('x', () => { throw new Error('heard'); }); t.dispatchEvent(new Event('x')); " +
      forEver,
    exitCode: 1,
    log: /heard/,
  },
  {
    about: "throws in an async hook",
    program:
      "require('node:async_hooks').createHook({ init() { throw new Error('hooked'); } }).enable(); setTimeout(() => {}, 1e6);",
    exitCode: 1,
    log: /Error: hooked/,
  },
  { about: "aborts", program: "process.abort();", exitCode: { thread: 1, process: 134 } },
  {
    about: "imports what waits for it",
    program: "await import('./deadlock.mjs'); console.log('never');",
    exitCode: 13,
    esm: true,
  },
  {
    about: "requires what is not there",
    program: "require('./nowhere.cjs');",
    exitCode: 1,
    log: /Cannot find module '\.\/nowhere\.cjs'/,
  },

  // Where it is.
  {
    about: "changes its folder, and asks for it",
    program: "try { process.chdir('/'); console.log(process.cwd()); } catch (e) { console.log(e.code); }",
    exitCode: 0,
    log: /^(?:\/|ERR_WORKER_UNSUPPORTED_OPERATION)\n$/,
  },
  {
    about: "reads its stdin",
    program: "process.stdin.on('data', () => {}).on('end', () => console.log('end'));",
    exitCode: 0,
    log: /^end\n$/,
  },
  {
    about: "reads its stdin at once",
    program: "console.log(JSON.stringify(require('node:fs').readFileSync(0, 'utf8')));",
    exitCode: 0,
    log: /^""\n$/,
    onlyIn: "process",
  },
  {
    about: "ends itself by SIGTERM",
    program: `process.kill(process.pid, 'SIGTERM'); ${forEver}`,
    exitCode: 143,
  },
  {
    about: "ends itself by SIGKILL",
    program: `process.kill(process.pid, 'SIGKILL'); ${forEver}`,
    exitCode: 137,
  },
  { about: "ends its group", program: `process.kill(0, 'SIGTERM'); ${forEver}`, exitCode: 143 },
  {
    about: "lets a thread of its own fail",
    program:
      "const { Worker } = require('node:worker_threads'); new Worker('throw new Error(\"inner\")', { eval: true });",
    exitCode: 1,
    log: /inner/,
  },
  {
    about: "lets a thread of its own exit, and prints by it",
    program:
      "const { Worker } = require('node:worker_threads'); new Worker('console.log(\"inner\"); process.exit(4)', { eval: true }).on('exit', code => process.exit(code));",
    exitCode: 4,
    log: /inner/,
  },
  {
    about: "lets a thread of its own fill its heap",
    program:
      "const { Worker } = require('node:worker_threads'); new Worker('const a = []; for (;;) a.push(new Array(1000).fill(1))', { eval: true, resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 } }).on('error', e => { console.log(e.code); process.exit(4); });",
    exitCode: 4,
    log: /ERR_WORKER_OUT_OF_MEMORY/,
    onlyIn: "thread",
  },
  {
    about: "starts a program that is not there",
    program: "require('node:child_process').spawn('no-such-program');",
    exitCode: 1,
    log: /spawn no-such-program ENOENT/,
  },
  {
    about: "starts a hundred programs and ends",
    program:
      "const { spawn } = require('node:child_process'); for (let n = 0; n < 100; n++) spawn('sleep', ['100'], { stdio: 'ignore' }).unref();",
    exitCode: 0,
  },
  {
    about: "leaves a server open and exits",
    program: "require('node:http').createServer(() => {}).listen(0, '127.0.0.1', () => process.exit(3));",
    exitCode: 3,
  },
];

describe.each(["thread", "process"] as const)("in a %s", runtime => {
  let cluster: Scene;
  beforeAll(async () => {
    cluster = await scene({ "echo.js": echo, "deadlock.mjs": "" }, { runtime });
    await cluster.run("bystander", { module: "echo" });
  }, 30_000);
  afterAll(async () => {
    await cluster.waitFor("Pod/bystander", pod => pod?.status?.containerStatuses?.[0]?.restartCount === 0);
    await cluster[Symbol.asyncDispose]();
  });

  it.each(rows.map((row, n) => [row.about, row, n] as const))(
    "%s",
    { timeout: 60_000 },
    async (_, row, n) => {
      if (row.onlyIn !== undefined && row.onlyIn !== runtime) return;
      const name = `p${n}`;
      const image = `${name}.${row.esm ? "mjs" : "cjs"}`;
      await cluster.write({ [image]: row.program, "deadlock.mjs": `await import("./${image}");` });
      const limits = { memory: "32Mi" };
      await cluster.apply({
        kind: "Pod",
        metadata: { name },
        spec: {
          restartPolicy: "Never",
          terminationGracePeriodSeconds: 0,
          containers: [{ name: "main", image, resources: { limits } }],
        },
      });
      if (row.killedAfter !== undefined) {
        for await (const line of cluster.logs(`Pod/${name}`, { follow: true }))
          if (line.includes(row.killedAfter)) break;
        await cluster.delete("Pod", name, { gracePeriodSeconds: 0 });
        await cluster.waitFor(`Pod/${name}`, "deleted");
      } else {
        const { exitCode } = await cluster.podWhose(name, ({ exitCode }) => exitCode !== undefined, 40_000);
        const log = await cluster.logs(`Pod/${name}`);
        const wanted = typeof row.exitCode === "number" ? row.exitCode : row.exitCode[runtime];
        expect({
          exitCode,
          log: log.length > 5_000 ? `${log.slice(0, 1_000)}…${log.slice(-1_000)}` : log,
        }).toMatchObject({ exitCode: wanted });
        if (row.log) expect(row.log.test(log), `${row.log} in its log`).toBe(true);
      }
      expect(await cluster.api.request("bystander", n)).toMatchObject({ said: n });
      expect(cluster.faults).toEqual([]);
    },
  );
});
