/**
 * Where the bootstraps of threads and processes lie. In the built package they were bundled beforehand
 * (scripts/build.mjs); run from the source, they are bundled here, once per process, and kept on disk under the digest of
 * their content. Either way a thread loads one small CommonJS file.
 */
import { hash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder, writableFolder, writeWhole } from "../../../outside/index.ts";

export type BootstrapName = "thread" | "process" | "inner" | "commands";

/** Where each begins, in src/. */
const entries: Readonly<Record<BootstrapName, string>> = {
  thread: "worker/thread-entry.ts",
  process: "worker/process-entry.ts",
  inner: "worker/inner-entry.ts",
  commands: "commands/run-command.ts",
};

const ready = new Map<BootstrapName, Promise<string>>();

/** The absolute path of the file to start a thread or a child process with, or of what exec loads in one. */
export function bootstrapFile(name: BootstrapName): Promise<string> {
  const known = ready.get(name);
  if (known) return known;
  const found = locate(name);
  ready.set(name, found);
  // A disk that was full may have room the next time.
  found.catch(() => ready.delete(name));
  return found;
}

async function locate(name: BootstrapName): Promise<string> {
  const here = import.meta.url;
  if (!here.endsWith(".ts")) return fileURLToPath(new URL(`./worker/${name}.cjs`, here));
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    bundle: true,
    entryPoints: [fileURLToPath(new URL(`../../../${entries[name]}`, here))],
    external: ["tsx"],
    format: "cjs",
    inject: [fileURLToPath(new URL("../../../worker/kept-globals.ts", here))],
    logLevel: "silent",
    platform: "node",
    sourcemap: "inline",
    target: "node20",
    write: false,
  });
  const text = outputFiles[0]?.contents ?? new Uint8Array();
  const folder = writableFolder(cacheFolder());
  if (folder === undefined)
    throw new Error("neither node_modules/.cache nor the temporary folder can be written");
  const file = join(folder, `${name}-${hash("sha256", text, "hex").slice(0, 16)}.cjs`);
  if (!existsSync(file)) writeWhole(file, text);
  return file;
}
