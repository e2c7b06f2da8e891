/** What a module of JavaScript finds out about itself and what it imports. */
import { dependency, describes, type Program, packages, place, says } from "./program.ts";

export const javascript: readonly Program[] = [
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
    about: "a program that exports nothing but classes, as CommonJS",
    files: {
      "main.cjs": "module.exports = class Base {}; module.exports.Other = class {}; console.log('ran');",
    },
  },
];
