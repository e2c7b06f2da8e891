/** What programs for the comparison are made of (programs.ts): their files, and packages that several of them import. */

/** A program of several files; the first is the one that is run. */
export interface Program {
  readonly about: string;
  readonly files: Readonly<Record<string, string>>;
  /** What ends it is no Error with a stack. */
  readonly throwsNoError?: true;
}

/** For a program whose .js and .ts are ES modules. */
export const asModule = { "package.json": '{ "type": "module" }' };
/** Prints each value as JSON. */
export const says =
  "const say = (...all) => console.log(...all.map(one => typeof one === 'string' ? one : JSON.stringify(one)));";

/** A package in node_modules. */
export function dependency(name: string, manifest: object, files: Readonly<Record<string, string>>, at = "") {
  const folder = `${at}node_modules/${name}`;
  const all = { "package.json": JSON.stringify({ name, version: "1.0.0", ...manifest }), ...files };
  return Object.fromEntries(Object.entries(all).map(([file, text]) => [`${folder}/${file}`, text]));
}

/** Packages of all shapes: ES modules, CommonJS, both. */
export const packages = {
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
/** Names a function, and the keys of an object. */
export const describes =
  "const shape = x => typeof x === 'function' ? 'function ' + Object.keys(x) : typeof x === 'object' && x ? Object.keys(x).sort() : x;";

/** A module that prints where it is. */
export const place = (meta: string) => `${says}
  export const place = () => say(import.meta.url.split('/').slice(-2), ${meta}.dirname?.split('/').at(-1), ${meta}.filename?.split('/').at(-1));`;
