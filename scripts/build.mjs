/**
 * Makes dist/: the library as one script behind an ES module, with its declarations, and the bootstraps of threads and child processes as
 * small CommonJS files beside it (a thread loads exactly one file). Dependencies stay outside. It is what
 * `npm run build` and `prepare` run, so it needs nothing but the packages that are installed.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const require = createRequire(import.meta.url);
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
rmSync(dist, { recursive: true, force: true });

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  logLevel: "warning",
};

// A program waits for what it imports: these are loaded when one of their functions is first called.
const whenCalled = (more = {}) => ({
  name: "builtins-when-called",
  setup(build) {
    const functions = {
      "node:assert": [],
      "node:child_process": ["execFile", "fork"],
      "node:crypto": ["createHash", "randomUUID"],
      "node:fs/promises": ["readdir", "readFile", "stat"],
      "node:os": ["availableParallelism", "tmpdir", "totalmem"],
      "node:perf_hooks": ["createHistogram"],
      "node:url": ["fileURLToPath", "pathToFileURL"],
      "node:v8": ["deserialize", "serialize"],
      ...more,
    };
    // What Piscina takes from them besides functions; loading ten modules to measure its tasks was a fortieth of each thread.
    // What it asserts holds: the module is there to say what is wrong. Its times are differences, in milliseconds.
    const besides = {
      "node:assert": `
        export const notStrictEqual = (...all) => Object.is(all[0], all[1]) && loaded().notStrictEqual(...all);
        export default Object.assign((...all) => all[0] || loaded()(...all), { notStrictEqual });`,
      "node:perf_hooks": "export const performance = { now: () => Number(process.hrtime.bigint()) / 1e6 };",
      "node:os": "export const constants = { get signals() { return loaded().constants.signals; } };",
      "node:url": "export const { URL } = globalThis;",
    };
    build.onResolve({ filter: /^node:/ }, ({ path }) =>
      functions[path] ? { path, namespace: "when-called" } : { path, external: true },
    );
    build.onLoad({ filter: /./, namespace: "when-called" }, ({ path }) => ({
      contents: [
        `const loaded = () => process.getBuiltinModule("${path}");`,
        ...functions[path].map(name => `export const ${name} = (...all) => loaded().${name}(...all);`),
        besides[path] ?? "",
      ].join("\n"),
    }));
  },
});

// To be imported, Node's modules show all that they have, and some load more for it: node:fs alone takes 2 ms.
const builtinsAskedFor = {
  name: "builtins-asked-for",
  setup(build) {
    const functions = {
      "node:fs": ["mkdirSync", "readFileSync", "realpathSync", "renameSync", "statSync", "writeFileSync"],
      "node:path": ["dirname", "join"],
      "node:url": ["fileURLToPath", "pathToFileURL"],
      "node:vm": ["Script"],
    };
    build.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: "asked-for" }));
    build.onLoad({ filter: /./, namespace: "asked-for" }, ({ path }) => ({
      contents: `export const { ${functions[path].join(", ")} } = process.getBuiltinModule("${path}");`,
    }));
  },
};

// Finding and reading its twenty files took three times as long as running them.
const piscinaInside = {
  name: "piscina-inside",
  setup(build) {
    build.onResolve({ filter: /^piscina$/ }, () => ({ path: require.resolve("piscina") }));
  },
};

// Small, because every thread reads them: no comments, no maps, only what is used.
const bootstrap = {
  ...shared,
  plugins: [whenCalled()],
  format: "cjs",
  minifySyntax: true,
  minifyWhitespace: true,
};

await Promise.all([
  buildLibrary(),
  // What a child process begins with.
  build({ ...bootstrap, entryPoints: ["src/worker/process-entry.ts"], outfile: "dist/worker/process.cjs" }),
  // What a thread begins with, under the name that Piscina gives it, and what that runs: Piscina's worker, and ours.
  build({ ...bootstrap, entryPoints: ["src/worker/loader-entry.ts"], outfile: "dist/piscina/worker.js" }),
  build({
    ...bootstrap,
    stdin: {
      contents: `
        import ${JSON.stringify(join(dirname(require.resolve("piscina")), "worker.js"))};
        export { default } from "./src/worker/thread-entry.ts";`,
      resolveDir: root,
    },
    outfile: "dist/worker/thread.cjs",
    external: ["@napi-rs/nice"],
    banner: { js: piscinaLicense() },
  }),
]);
writeFileSync(join(dist, "piscina", "package.json"), '{ "type": "commonjs" }\n');

emitDeclarations();

/** The library as one script, and the entry that loads it (scripts/dist-entry.mjs says why there are two). */
async function buildLibrary() {
  const core = join(dist, "core.cjs");
  const { metafile } = await build({
    ...shared,
    entryPoints: ["src/index.ts"],
    packages: "external",
    format: "esm",
    metafile: true,
    write: false,
    outfile: "dist/index.js",
  });
  const [{ exports: names }] = Object.values(metafile.outputs).filter(({ entryPoint }) => entryPoint);
  await build({
    ...shared,
    plugins: [whenCalled({ "node:module": ["createRequire"] }), piscinaInside],
    entryPoints: ["src/index.ts"],
    outfile: core,
    format: "cjs",
    packages: "external",
    define: { "import.meta.url": "k4sUrl" },
    // A script cannot import, and need not: what it loads later can all be required.
    supported: { "dynamic-import": false },
    // Piscina looks for its worker's file in __dirname.
    banner: { js: `${piscinaLicense()}\n(function (require, k4sUrl, __dirname) { const module = {};` },
    footer: { js: "return module.exports; })" },
    sourcemap: true,
    sourcesContent: false,
  });
  const digest = createHash("sha256").update(readFileSync(core)).digest("hex").slice(0, 16);
  const entry = readFileSync(join(root, "scripts", "dist-entry.mjs"), "utf8").replace("DIGEST", digest);
  await build({
    ...shared,
    plugins: [builtinsAskedFor],
    stdin: {
      contents: `${entry}\nexport const { ${names.join(", ")} } = core;\n`,
      resolveDir: join(root, "scripts"),
    },
    outfile: "dist/index.js",
    format: "esm",
  });
}

/** What its license asks of whoever passes it on. */
function piscinaLicense() {
  const text = readFileSync(join(dirname(require.resolve("piscina")), "..", "LICENSE"), "utf8");
  return `/* Piscina\n${text.trim()}\n*/`;
}

/** One .d.ts per source file, as tsc writes them; with `.ts` in their imports turned into what a consumer can resolve. */
function emitDeclarations() {
  const tsc = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
  const config = join(root, "dist", "tsconfig.json");
  writeFileSync(
    config,
    JSON.stringify({
      extends: "../tsconfig.json",
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        rewriteRelativeImportExtensions: true,
        rootDir: "../src",
        outDir: ".",
      },
      files: ["../src/index.ts"],
      include: [],
      exclude: [],
    }),
  );
  const { status } = spawnSync(process.execPath, [tsc, "-p", config], { cwd: root, stdio: "inherit" });
  rmSync(config);
  if (status !== 0) process.exit(status ?? 1);
  for (const file of declarationsIn(dist)) {
    const text = readFileSync(file, "utf8");
    // tsc leaves the extensions of imports in declarations as they were.
    const fixed = text.replaceAll(/((?:from|import\()\s*["']\.{1,2}\/[^"']+)\.ts(["'])/g, "$1.js$2");
    if (fixed !== text) writeFileSync(file, fixed);
  }
}

function declarationsIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter(name => name.endsWith(".d.ts"))
    .map(name => join(folder, name));
}
