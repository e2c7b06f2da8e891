/** How programs end: exit codes, errors, promises that never settle. */
import type { Program } from "./program.ts";

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

export const endings: readonly Program[] = [
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
    about: "a throw while it is loaded, which it catches itself, as an ES module",
    files: {
      "main.mjs":
        "process.on('uncaughtException', error => { console.log('caught', error.message); });\nawait 1;\nthrow new Error('mine');",
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
  {
    about: "a file with the line ends of Windows",
    files: { "main.mjs": "const fail = () => {\r\n  throw new Error('lines');\r\n};\r\nfail();\r\n" },
  },
  {
    about: "a TypeScript file with the line ends of Windows",
    files: {
      "package.json": '{ "type": "module" }',
      "main.ts": "const fail = () => {\r\n  throw new Error('lines');\r\n};\r\nfail();\r\n",
    },
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
