/**
 * Programs that ask Node everything a module can find out about itself and what it imports. Each is run in plain `node` (or
 * `tsx`) and in a container; test/modules-as-in-node.test.ts compares the two.
 */

/** A program of several files; the first is the one that is run. */
export interface Program {
  readonly about: string;
  readonly files: Readonly<Record<string, string>>;
  /** What ends it is no Error with a stack. */
  readonly throwsNoError?: true;
}

const asModule = { "package.json": '{ "type": "module" }' };
const says =
  "const say = (...all) => console.log(...all.map(one => typeof one === 'string' ? one : JSON.stringify(one)));";

/** A package in node_modules. */
function dependency(name: string, manifest: object, files: Readonly<Record<string, string>>, at = "") {
  const folder = `${at}node_modules/${name}`;
  const all = { "package.json": JSON.stringify({ name, version: "1.0.0", ...manifest }), ...files };
  return Object.fromEntries(Object.entries(all).map(([file, text]) => [`${folder}/${file}`, text]));
}

/** A thread of TypeScript, which starts another. */
const inner = `import path from "node:path";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
enum Is { Run = "runs" }
namespace Deep { export const most = 1; }
parentPort?.postMessage([Is.Run, isMainThread, workerData, process.execArgv.map(each => path.basename(each))]);
if (workerData.deep > Deep.most)
  new Worker(process.argv[1] ? path.join(path.dirname(process.argv[1]), "inner.ts") : "", { workerData: { deep: 1 } })
    .on("message", told => parentPort?.postMessage(told))
    .on("error", error => parentPort?.postMessage((error as { code?: string }).code));
`;

const listeners = {
  prints: "code => console.log('code', code)",
  "sets the code": "() => { process.exitCode = 6; }",
  throws: "() => { throw new Error('at the end'); }",
  exits: "() => process.exit(9)",
};
const exitListeners: readonly Program[] = Object.entries(listeners).flatMap(([what, listener]): Program[] => {
  const listens = `process.on("exit", ${listener});`;
  const about = `an exit listener that ${what}`;
  return [
    { about: `${about} after an error`, files: { "main.cjs": `${listens} null.x;` } },
    { about: `${about} after a code was set`, files: { "main.cjs": `process.exitCode = 44; ${listens}` } },
    { about: `${about} in an exit`, files: { "main.mjs": `${listens} await 1; process.exit(8);` } },
  ];
});

const packages = {
  ...dependency(
    "esm-default",
    { type: "module", exports: "./index.js" },
    {
      "index.js":
        "const paint = text => 'painted ' + text; paint.red = 1; export default paint; export const named = 2;",
    },
  ),
  ...dependency(
    "only-import",
    { type: "module", exports: { ".": { import: "./index.js" } } },
    {
      "index.js": "export const from = 'only-import';",
    },
  ),
  ...dependency(
    "awaits",
    { type: "module", exports: "./index.js" },
    {
      "index.js": "export const from = await Promise.resolve('awaits');",
    },
  ),
  ...dependency(
    "dual",
    { exports: { import: "./index.mjs", require: "./index.cjs" } },
    {
      "index.mjs": "export const from = 'the import of dual';",
      "index.cjs": "exports.from = 'the require of dual';",
    },
  ),
  ...dependency(
    "transpiled",
    {},
    {
      "index.js":
        "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = () => 1; exports.named = 'n';",
    },
  ),
  ...dependency(
    "commonjs",
    {},
    {
      "index.js": "module.exports = function whole() { return 'whole'; }; module.exports.named = 'named';",
    },
  ),
};
const describes =
  "const shape = x => typeof x === 'function' ? 'function ' + Object.keys(x) : typeof x === 'object' && x ? Object.keys(x).sort() : x;";

const place = (meta: string) => `${says}
  export const place = () => say(import.meta.url.split('/').slice(-2), ${meta}.dirname?.split('/').at(-1), ${meta}.filename?.split('/').at(-1));`;

export const programs: readonly Program[] = [
  {
    about: "ES module: its place, its arguments, whether it is the program",
    files: {
      "main.mjs": `#!/usr/bin/env node
        import { readFileSync } from "node:fs"; import { createRequire } from "node:module";
        import { place } from "./lib/helper.mjs"; ${says}
        place();
        say(import.meta.url, import.meta.filename, import.meta.dirname, import.meta.main, process.argv.slice(1));
        say(import.meta.resolve("./lib/note.txt"), readFileSync(new URL("./lib/note.txt", import.meta.url), "utf8"));
        say(createRequire(import.meta.url)("./lib/data.json"), createRequire(import.meta.url).resolve("./lib/helper.mjs"));
        say(typeof require, typeof module, typeof __filename, this === undefined);
        const name = "helper"; say(Object.keys(await import(\`./lib/\${name}.mjs\`)));
        say((await import("./lib/data.json", { with: { type: "json" } })).default);`,
      "lib/helper.mjs": place("import.meta"),
      "lib/note.txt": "a note",
      "lib/data.json": '{ "a": 1 }',
    },
  },
  {
    about: "CommonJS: its place, what is the program, what is cached",
    files: {
      "main.cjs": `#!/usr/bin/env node
        ${says}
        const helper = require("./lib/helper.cjs");
        say(require.main === module, module.id, module.parent ?? null, module.filename, module.children.length, process.argv.slice(1));
        say(__filename, __dirname, require.resolve("./lib/helper.cjs"), Object.keys(require.cache).length, this === exports);
        say(module.paths[0], process.mainModule === module, typeof exports, helper(), require("./lib/data.json"));
        import("./lib/late.mjs").then(late => say(late.default));`,
      "lib/helper.cjs":
        "module.exports = () => [require.main === module, module.parent.filename, __dirname, module.id];",
      "lib/late.mjs": "export default import.meta.url;",
      "lib/data.json": '{ "b": 2 }',
    },
  },
  {
    about: "an ordinary CommonJS program, sloppy",
    files: {
      "tool.js": `${says} function main() { undeclared = 1; say("main", this === globalThis, arguments.length, undeclared, 010); } if (require.main === module) main(); with ({ a: 1 }) say(a);`,
    },
  },
  {
    about: "a .js file without a type that is an ES module by its syntax",
    files: {
      "main.js": `import { value } from "./other.js"; ${says} say(value, typeof require, import.meta.filename);`,
      "other.js": "export const value = await 1;",
    },
  },
  {
    about: "what ES modules import from packages",
    files: {
      "main.mjs": `import paint, { named } from "esm-default"; import { from as a } from "only-import"; import { from as b } from "awaits";
        import { from as c } from "dual"; import transpiled, { named as d } from "transpiled"; import whole, { named as e } from "commonjs"; import * as all from "commonjs"; ${says} ${describes}
        say(paint("x"), named, a, b, c, d, e, shape(transpiled), shape(whole), shape(all));
        say(Object.prototype.toString.call(all), shape(await import("transpiled")));`,
      ...packages,
    },
  },
  {
    about: "what CommonJS requires from packages, and a package of a helper's own",
    files: {
      "main.cjs": `${says} ${describes} say(require("dual").from, shape(require("transpiled")), shape(require("commonjs")), require("./lib/helper.cjs"), require.resolve("dual"));
        try { require("absent"); } catch (error) { say(error.code, error.message.split("\\n")[0]); }`,
      "lib/helper.cjs": "module.exports = require('dual').from;",
      ...dependency("dual", {}, { "index.js": "exports.from = 'its own dual';" }, "lib/"),
      ...packages,
    },
  },
  {
    about: "names of a CommonJS file that an ES module imports",
    files: {
      "main.mjs": `import whole, { a } from "./old.cjs"; import * as all from "./old.cjs"; ${says} say(whole, a, Object.keys(all));`,
      "old.cjs": "exports.a = 1; exports.b = 2;",
    },
  },
  {
    about: "a top-level await that never settles",
    files: { "main.mjs": "console.log('before'); await new Promise(() => {}); console.log('after');" },
  },
  {
    about: "a program that awaits for a while",
    files: {
      "main.mjs":
        "for (const n of [1, 2]) await new Promise(resolve => setTimeout(resolve, 20, console.log(n)));",
    },
  },
  {
    about: "an exit code that is set",
    files: { "main.cjs": "process.exitCode = 3; process.on('exit', code => console.log('exit', code));" },
  },
  {
    about: "an exit while it is loaded",
    files: { "main.mjs": "console.log(1); process.exit(4); console.log(2);" },
  },
  {
    about: "a throw in a helper of an ES module",
    files: {
      "main.mjs": "import { fail } from './lib/helper.mjs';\n\nfunction outer() {\n  fail(1);\n}\nouter();",
      "lib/helper.mjs": "// a comment\nexport function fail(n) {\n    throw new RangeError('no ' + n);\n}",
    },
  },
  {
    about: "a throw in a helper of CommonJS",
    files: {
      "main.cjs": "const { fail } = require('./lib/helper.cjs');\n  fail(2);",
      "lib/helper.cjs": "exports.fail = n => {\n  throw new TypeError('no ' + n);\n};",
    },
  },
  {
    about: "a rejection that is not handled",
    files: {
      "main.mjs":
        "const later = async () => {\n  await 1;\n  throw new Error('late');\n};\nlater();\nsetTimeout(() => {}, 1e6);",
    },
  },
  {
    about: "a throw while it is loaded, which it catches itself",
    files: {
      "main.cjs":
        "process.on('uncaughtException', error => { console.log('caught', error.message); });\nthrow new Error('mine');",
    },
  },
  {
    about: "the same as an ES module",
    files: {
      "main.mjs":
        "process.on('uncaughtException', error => { console.log('caught', error.message); });\nawait 1;\nthrow new Error('mine');",
    },
  },
  {
    about: "errors of another realm",
    files: {
      "main.mjs": `import vm from "node:vm"; ${says} try { vm.runInNewContext("throw Object.assign(new RangeError('far'), { code: 'E_FAR' })", {}, "rule.js"); } catch (error) { say('thrown:', error.name, error.code, error.message, error instanceof Error); }`,
    },
  },
  {
    about: "WebAssembly from a file beside it",
    files: {
      "main.mjs": `import { readFile } from "node:fs/promises"; ${says} const bytes = Buffer.from(await readFile(new URL("./empty.wasm.txt", import.meta.url), "utf8"), "base64"); say((await WebAssembly.instantiate(bytes)).instance.exports);`,
      "empty.wasm.txt": "AGFzbQEAAAA=",
    },
  },
  {
    about: "a circle of modules, live bindings, the order of evaluation",
    files: {
      "main.mjs":
        "import './a.mjs'; console.log('main'); import { n, grow } from './b.mjs'; grow(); console.log(n);",
      "a.mjs": "import { hoisted } from './b.mjs'; console.log('a', hoisted()); export const late = 1;",
      "b.mjs":
        "import { late } from './a.mjs'; export let n = 0; export function grow() { n++; } export function hoisted() { try { return late; } catch (error) { return error.name; } } console.log('b');",
    },
  },
  {
    about: "TypeScript as ES modules, nothing of which depends on the place",
    files: {
      ...asModule,
      "main.ts": `import { fail, type Kind, Colour } from "./lib/helper.ts"; import { other } from "./lib/other.js";
        class Named { static #p = 1; own: Kind = "a"; static read() { return Named.#p; } }
        console.log(Named.name, Named.read(), JSON.stringify(new Named()), Colour.Red, Colour[0], other(), (() => {}).name, fail.name, this === undefined, process.argv[1]);
        await null;
        console.log(new Error("x").stack?.split("\\n")[1]?.trim());
        function outer(): never {
          return fail(1);
        }
        outer();`,
      "lib/helper.ts":
        "export type Kind = 'a' | 'b';\n\nexport enum Colour { Red }\n\nexport function fail(n: number): never {\n  throw new RangeError('no ' + n);\n}",
      "lib/other.ts": "export const other = (): string => 'other';",
    },
  },
  {
    about: "TypeScript as ES modules that ask for their place",
    files: {
      ...asModule,
      "main.ts": `import { place } from "./lib/helper.ts"; import { readFileSync } from "node:fs"; import data from "./lib/data.json" with { type: "json" };
        place(); const name: string = "helper"; console.log(Object.keys(await import(\`./lib/\${name}.ts\`)), data, import.meta.url, process.argv[1]);
        console.log(readFileSync(new URL("./lib/data.json", import.meta.url), "utf8"));
        const fail = (): never => {
          throw new TypeError("placed");
        };
        fail();`,
      "lib/helper.ts": place("(import.meta as any)"),
      "lib/data.json": '{ "a": 1 }',
    },
  },
  {
    about: "TypeScript as CommonJS",
    files: {
      "main.ts": `import { helper } from "./lib/helper"; import type { X } from "./absent"; const x: X = 1 as X;
        console.log(typeof require, require.main === module, __filename, __dirname, helper(), x, process.argv[1]);`,
      "lib/helper.ts":
        "import { basename } from 'node:path'; export const helper = (): unknown[] => [basename(__filename), require.main === module];",
    },
  },
  {
    about: "TypeScript as CommonJS, nothing of which depends on the place",
    files: {
      "main.ts": `import { helper } from "./lib/helper"; import * as path from "node:path"; import os from "node:os";
        (globalThis as any).strict = (function (this: unknown) { return this === undefined; })();
        console.log(helper(), path.sep, typeof os.tmpdir, (globalThis as any).strict);
        export {};
        setTimeout(() => {
          throw new Error("timed");
        });`,
      "lib/helper.ts":
        "namespace Inner { export const a = 1; }\nexport const helper = (): number => Inner.a;",
    },
  },
  {
    about: "what TypeScript imports from packages, as ES modules",
    files: {
      ...asModule,
      "main.ts": `import paint, { named } from "esm-default"; import { from as a } from "only-import"; import { from as b } from "awaits"; import { from as c } from "dual"; import transpiled from "transpiled"; import whole from "commonjs";
        console.log(paint("x"), named, a, b, c, Object.keys(transpiled), whole(), Object.keys(whole));`,
      ...packages,
    },
  },
  {
    about: "what TypeScript imports from packages, as CommonJS",
    files: {
      "main.ts": `import paint, { named } from "esm-default"; import { from as c } from "dual"; import transpiled from "transpiled"; import whole from "commonjs"; import * as all from "commonjs";
        console.log(paint("x"), named, c, typeof transpiled, whole(), Object.keys(all).sort());`,
      ...packages,
    },
  },
  {
    about: "a package of a TypeScript helper's own",
    files: {
      ...asModule,
      "main.ts":
        "import { from } from 'dual'; import { own } from './lib/helper.ts'; console.log(from, own);",
      "lib/helper.ts": "import { from } from 'dual'; export const own: string = from;",
      ...dependency(
        "dual",
        { type: "module" },
        { "index.js": "export const from = 'its own dual';" },
        "lib/",
      ),
      ...packages,
    },
  },
  {
    about: "an .mts file",
    files: {
      "main.mts":
        "import { a } from './other.mjs'; const n: number = await 1; console.log(n, a, typeof require, import.meta.url, import.meta.main);",
      "other.mts": "export const a: number = 2;",
    },
  },
  {
    about: "an .mts file that needs tsx",
    files: { "main.mts": "enum Odd { One = 1 } console.log(Odd.One, await 2, import.meta.main);" },
  },
  {
    about: "a .cts file",
    files: {
      "main.cts":
        "import other = require('./other.cjs'); const n: number = 1; console.log(n, other.a, require.main === module, __filename);",
      "other.cts": "export const a: number = 2;",
    },
  },
  {
    about: "TypeScript without an import or an export",
    files: {
      "main.ts": "undeclared = 1; declare var undeclared: number; console.log(undeclared, typeof exports);",
    },
  },
  {
    about: "a script in TypeScript that waits",
    files: {
      ...asModule,
      "main.ts":
        "const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));\nawait wait(20);\nconsole.log('waited');\nexport {};\nawait new Promise(() => {});",
    },
  },
  {
    about: "a built .js file beside its .ts",
    files: {
      ...asModule,
      "main.ts": "import { from } from './lib.js'; console.log(from);",
      "lib.ts": "export const from: string = 'ts';",
      "lib.js": "export const from = 'js';",
    },
  },
  {
    about: "a program that starts threads of itself",
    files: {
      "main.mjs": `import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
if (isMainThread) new Worker(new URL(import.meta.url), { workerData: 5 }).on("message", told => console.log(told, workerData, parentPort));
else parentPort.postMessage(["from a thread", workerData]);
`,
    },
  },
  {
    about: "the same as CommonJS",
    files: {
      "main.cjs": `const { isMainThread, parentPort, Worker } = require("worker_threads");
if (isMainThread) new Worker(__filename).on("message", told => console.log(told)).on("exit", code => console.log(code));
else parentPort.postMessage("from a thread");
`,
    },
  },
  ...["module", "commonjs"].map(type => ({
    about: `TypeScript that starts threads of TypeScript (${type})`,
    files: {
      "package.json": JSON.stringify({ type }),
      "main.ts": `import { once } from "node:events";
import path from "node:path";
import { Worker } from "node:worker_threads";
const at = (file: string): string => path.join(path.dirname(process.argv[1] ?? ""), file);
async function main() {
  for (const file of ["inner.ts", "inner.mts"]) {
    const worker = new Worker(at(file), { workerData: { deep: 2 } });
    worker.on("message", told => console.log(file, told)).on("error", error => console.log((error as { code?: string }).code));
    console.log(await new Promise(resolve => worker.on("exit", resolve)));
  }
  const plain = new Worker("require('node:worker_threads').parentPort.postMessage(process.execArgv)", { eval: true, execArgv: [] });
  console.log(await once(plain, "message"), plain.constructor.name, plain instanceof Worker);
}
void main();
`,
      "inner.ts": inner,
      "inner.mts": inner,
    },
  })),
  ...["module", "commonjs"].map(type => ({
    about: `TypeScript that forks TypeScript, and starts Node as it was started itself (${type})`,
    files: {
      "package.json": JSON.stringify({ type }),
      "main.ts": `import { fork, spawnSync } from "node:child_process";
import path from "node:path";
const child: string = path.join(path.dirname(process.argv[1] ?? ""), "child.ts");
console.log(process.execArgv.map(each => path.basename(each)));
fork(child, ["forked"]).on("message", told => console.log(told)).on("close", (...all) => {
  console.log(all, spawnSync(process.execPath, [...process.execArgv, child, "spawned"], { encoding: "utf8" }).stdout);
});
`,
      "child.ts": `enum Is { Run = "runs" }
if (process.send) process.send({ told: Is.Run, with: process.argv.slice(2) });
else console.log(Is.Run, process.argv.slice(2));
`,
    },
  })),
  {
    about: "what its children inherit of it",
    files: {
      "main.mjs": `import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
const code = "console.log('out', process.argv[1])";
for (const stdio of ["inherit", ["inherit", "pipe", "ignore"], [0, 1, 2], ["ignore", process.stdout, process.stderr], undefined]) {
  const child = spawn(process.execPath, ["-e", code, JSON.stringify(stdio?.length)], { stdio });
  console.log(child.stdio.map(each => each === null), child.stdin === null, child.stdout === null, child.stderr === null);
  child.stdout?.on("data", bytes => console.log("piped", String(bytes)));
  console.log(await once(child, "close"));
}
console.log(await once(fork(fileURLToPath(new URL("child.mjs", import.meta.url))), "close"));
`,
      "child.mjs": "console.log('forked');",
    },
  },
  {
    about: "an .mts that awaits for ever",
    files: { "main.mts": "const text: string = 'waits'; console.log(text); await new Promise(() => {});" },
  },
  {
    about: "an .mts that exits while it awaits",
    files: {
      "main.mts":
        "setTimeout(() => process.exit()); await new Promise(() => {}); export const a: number = 1;",
    },
  },
  {
    about: "imports by URL: a query, a fragment, an escaped character",
    files: {
      "main.mjs": `import { word } from "./a%20b.mjs";
import { place } from "./place.mjs#part";
const [one, two] = [await import("./place.mjs?v=1"), await import("./place.mjs?v=2")];
console.log(word, place, one.place, two.place, one === two);
`,
      "a b.mjs": "export const word = 'escaped';",
      "place.mjs": "export const place = import.meta.url.split('/').at(-1);",
    },
  },
  {
    about: "CommonJS requires by path, not by URL",
    files: {
      "main.cjs": `console.log(require("./a%20b.cjs"), require("./a#b.cjs"));`,
      "a%20b.cjs": "module.exports = 'percent';",
      "a#b.cjs": "module.exports = 'hash';",
    },
  },
  {
    about: "signals to itself that it listens for, or that do nothing",
    files: {
      "main.mjs": `process.on("SIGUSR2", (...all) => { console.log(all); process.exit(3); });
console.log(process.kill(process.pid, 0), process.kill(process.pid, "SIGWINCH"));
try { process.kill(process.pid, "SIGNONE"); } catch (error) { console.log(error.code); }
process.kill(process.pid, "SIGUSR2");
setInterval(() => {}, 1e6);
`,
    },
  },
  {
    about: "what it is told of how it was started, and exit codes that are none",
    files: {
      "main.cjs": `console.log(process.connected, process.channel, typeof process.send, typeof process.disconnect, process.execArgv);
console.log(["message", "disconnect"].map(event => process.listenerCount(event)), process.env.NODE_CHANNEL_FD);
process.on("message", () => {}); process.emit("disconnect"); process.emit("message", null);
for (const code of ["x", 1.5]) try { process.exit(code); } catch (error) { console.log(error.code); }
`,
    },
  },
  {
    about: "a handler of errors that throws",
    files: {
      "main.mjs": `process.on("exit", () => console.log("not told"));
process.on("uncaughtException", () => { throw new Error("second"); });
setTimeout(() => { throw new Error("first"); });
`,
    },
  },
  {
    about: "an error when all listeners have been removed",
    files: {
      "main.mjs": `process.removeAllListeners();\nsetTimeout(() => { throw new Error("unheard"); });\n`,
    },
  },
  {
    about: "a throw that is indented by tabs, with a cause and with fields",
    files: {
      "main.cjs":
        "function outer() {\n\tif (true)  throw Object.assign(new RangeError('outer\\nof two lines', { cause: new Error('inner') }), { code: 'E_OUT', deep: { a: { b: { c: { d: { e: 1 } } } } } });\n}\nsetTimeout(outer);",
    },
  },
  { about: "a throw that waits", files: { "main.mjs": "await 1;\nif (true) throw new Error('waited');" } },
  ...exitListeners,
  ...["module", "commonjs"].map(type => ({
    about: `TypeScript that reads what a circle has not made yet (${type})`,
    files: {
      "package.json": JSON.stringify({ type }),
      "main.ts": `import { early, later } from "./other.ts";
export const base: number = 1;
export class Base {}
console.log(early, later());
`,
      "other.ts": `import { Base, base } from "./main.ts";
const tried = (read: () => unknown) => { try { return read(); } catch (error) { return (error as Error).name; } };
export const early: unknown[] = [tried(() => base), tried(() => Base)];
export const later = () => [base, typeof Base];
`,
    },
  })),
  { about: "a variable named await", files: { "main.cjs": "var await = 1; console.log(await);" } },
  ...["main.mjs", "main.mts"].map(file => ({
    about: `an assignment to an import, which it catches: ${file}`,
    files: {
      [file]:
        "import * as all from './other.mjs'; try { all.one = 2; } catch (error) { console.log(error instanceof TypeError); }",
      "other.mjs": "export const one = 1;",
    },
  })),
  ...["main.mjs", "main.cjs"].map(file => ({
    about: `a byte order mark before #!: ${file}`,
    files: { [file]: "\uFEFF#!/usr/bin/env node\nconsole.log('marked');" },
  })),
  {
    about: "what is the main module of what an ES module requires",
    files: {
      "main.mjs": `import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
console.log(require.main, require("./required.cjs"), process.stdin.fd);
`,
      "required.cjs": "module.exports = [require.main === undefined, process.mainModule === undefined];",
    },
  },
  {
    about: "a program that exports nothing but classes",
    files: { "main.mjs": "export class Base {} export default class extends Base {} console.log('ran');" },
  },
  {
    about: "the same as CommonJS",
    files: {
      "main.cjs": "module.exports = class Base {}; module.exports.Other = class {}; console.log('ran');",
    },
  },
  {
    about: "a mistake that only running shows",
    files: { "main.cjs": "const none = undefined;\n  none\n    .field;" },
  },
  {
    about: "a mistake of syntax in what is required",
    files: { "main.cjs": "require('./crooked.cjs');", "crooked.cjs": "let a = 1;\nlet b = ;" },
  },
  {
    about: "an assertion that fails",
    files: { "main.mjs": 'import assert from "node:assert";\nassert.deepEqual({ a: 1 }, { a: { b: 2 } });' },
  },
  { about: "a text that is thrown", files: { "main.cjs": "throw 'a text';" }, throwsNoError: true },
  { about: "null that is thrown", files: { "main.mjs": "await 1; throw null;" }, throwsNoError: true },
  {
    about: "an object that is thrown",
    files: { "main.cjs": "throw { a: 1, message: 'none' };" },
    throwsNoError: true,
  },
  {
    about: "a text that a promise is rejected with",
    files: { "main.cjs": "Promise.reject('a reason'); setInterval(() => {}, 1e6);" },
  },
  {
    about: "an error without a stack",
    files: { "main.mjs": "const error = new Error('bare'); error.stack = undefined; await 1; throw error;" },
  },
];
