/**
 * Makes dist/: the library as one ES module with its declarations, and beside it what a thread and what a child process begins
 * with, a CommonJS file each. Packages stay outside. It is what `npm run build` and `prepare` run, so it needs nothing but
 * the packages that are installed.
 *
 *     node scripts/build.mjs [FOLDER [--no-declarations]]    FOLDER instead of dist, within the repository
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { writeDescriptions } from "./descriptions.mjs";

const require = createRequire(import.meta.url);
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [folder = "dist", more] = process.argv.slice(2);
const dist = join(root, folder);
rmSync(dist, { recursive: true, force: true });

const shared = {
  absWorkingDir: root,
  bundle: true,
  packages: "external",
  platform: "node",
  target: "node20",
  logLevel: "warning",
};
// Every thread reads its own: no comments, no maps.
const bootstrap = {
  ...shared,
  format: "cjs",
  inject: ["src/worker/kept-globals.ts"],
  minifySyntax: true,
  minifyWhitespace: true,
};

await Promise.all([
  build({
    ...shared,
    entryPoints: ["src/index.ts", "src/testing.ts", "src/cli.ts"],
    format: "esm",
    outdir: dist,
    // What is imported on demand, the API server for one, is a file of its own, and the command shares the library's.
    splitting: true,
    sourcemap: true,
    sourcesContent: false,
  }),
  build({
    ...bootstrap,
    entryPoints: ["src/worker/thread-entry.ts"],
    outfile: join(dist, "worker", "thread.cjs"),
  }),
  build({
    ...bootstrap,
    entryPoints: ["src/worker/process-entry.ts"],
    outfile: join(dist, "worker", "process.cjs"),
  }),
  build({
    ...bootstrap,
    entryPoints: ["src/worker/inner-entry.ts"],
    outfile: join(dist, "worker", "inner.cjs"),
  }),
  build({
    ...bootstrap,
    entryPoints: ["src/commands/run-command.ts"],
    outfile: join(dist, "worker", "commands.cjs"),
  }),
  // What exported containers run: with its packages, for nothing is installed beside it.
  build({
    ...shared,
    packages: "bundle",
    format: "cjs",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "external",
    entryPoints: ["src/export/runtime/entry.ts"],
    outfile: join(dist, "export", "runtime.cjs"),
  }),
]);
for (const name of ["k4s.mjs", "k4s.cjs"])
  copyFileSync(join(root, "src", "worker", name), join(dist, "worker", name));
writeDescriptions(join(dist, "descriptions.json.gz"));
if (more !== "--no-declarations") emitDeclarations();

/** One .d.ts per source file, as tsc writes them; with `.ts` in their imports turned into what a consumer can resolve. */
function emitDeclarations() {
  const tsc = join(dirname(require.resolve("@typescript/native/package.json")), "bin", "tsc");
  const config = join(dist, "tsconfig.json");
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
      files: ["../src/index.ts", "../src/testing.ts"],
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
