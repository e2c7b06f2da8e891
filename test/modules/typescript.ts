/** The same of TypeScript, and what threads and children of its own find. */
import { asModule, dependency, type Program, packages, place } from "./program.ts";

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

/** Reads each kind of declaration before it: what throws in Node, and what does not. Text that looks like one stays text. */
const early = `import { sep } from "node:path"; import { other } from "./other.ts";
  const tries = (reads: () => unknown) => { try { return reads(); } catch (error) { return String(error); } };
  function all() {
    return [() => constant, () => taken, () => changing, () => Made.name, () => new Made(), () => new Abstract2(), () => fn(), () => typeof constant,
      () => variable, () => Colour, () => Space, () => twice, () => hoisted(), () => Exported, () => exported, () => Fixed.One, () => Decorated, () => Self.made].map(tries);
  }
  console.log(all(), other);
  const constant = sep; const { taken, ...rest } = { taken: 1, more: 2 };
let changing = 1;
  changing++;
  class Made { static own = Made.name; readonly x = 1; }
  abstract class Abstract {}
  class Abstract2 extends Abstract {}
  const fn = () => "fn";
  var variable = 1;
  var twice = 1; var twice = 2;
  enum Colour { Red }
  const enum Fixed { One = 1 }
  namespace Space { export const most = 1; }
  class Self { static made = new Self(); }
  namespace Self { export const more = 1; };
  function hoisted() { return "hoisted"; }
  export class Exported {}
  export const exported = 1;
  export let later: number | undefined;
  export default class Standard {}
  const seal = (target: unknown, _: unknown) => void target;
  @seal class Decorated {}
  const text = \`\${typeof class {}}
var constant = 1;
let x = 2; \${changing}
var changing = \${2}
\`;
  later = 1;
  console.log(all(), text, rest, later, new Standard(), Object.keys(Self));`;
const earlyFiles = {
  "main.ts": early,
  "other.ts": "export const other = 1; const constant = 2; export class Made { one = constant; }",
};

export const typescript: readonly Program[] = [
  { about: "what TypeScript reads too early, as ES modules", files: { ...asModule, ...earlyFiles } },
  { about: "what TypeScript reads too early, as CommonJS", files: earlyFiles },
  {
    about: "TypeScript as CommonJS that declares names which Node gives it",
    files: {
      "main.ts": `import { __filename as other } from "./other"; const __filename = "mine"; const { __dirname } = { __dirname: "d" };
        const module = 1; const exports = 2; const require = () => 3; console.log(__filename, __dirname, module, exports, require(), other);`,
      "other.ts": `export const __filename = "other's";`,
    },
  },
  {
    about: "TypeScript that ends by reading too early",
    files: {
      ...asModule,
      "main.ts": `export {};
        late();
        const last = { name: 1 };
        function late() {
          console.log(last.name);
        }`,
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
];
