/**
 * Where the bootstraps of threads and processes lie. In the built package they were bundled beforehand
 * (scripts/build.mjs); run from the source, they are bundled here, once per process, and kept on disk under the digest of
 * their content. Either way a thread loads one small CommonJS file.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder, writeWhole } from "../outside/index.ts";

/** A thread begins with its loader, which runs the bootstrap as it was compiled beforehand. */
export type BootstrapName = "thread" | "process" | "loader";

const ready = new Map<BootstrapName, Promise<string>>();

/** The absolute path of the file to start a thread or a child process with. */
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
  if (!here.endsWith(".ts")) return fileURLToPath(new URL(builtFile(name), here));
  const { build } = await import("esbuild");
  const entry = fileURLToPath(new URL(`../worker/${name}-entry.ts`, here));
  const { outputFiles } = await build({
    ...bootstrapBuild,
    entryPoints: [entry],
    write: false,
    sourcemap: "inline",
  });
  const text = outputFiles[0]?.contents ?? new Uint8Array();
  return keep(`${name}-${createHash("sha256").update(text).digest("hex").slice(0, 16)}.cjs`, text);
}

/** In the built package the loader takes the place of Piscina's worker: what a thread is told to load, it has begun with. */
function builtFile(name: BootstrapName): string {
  return name === "loader" ? "./piscina/worker.js" : `./worker/${name}.cjs`;
}

/** How a bootstrap is bundled; scripts/build.mjs does the same. */
const bootstrapBuild = {
  bundle: true,
  format: "cjs",
  platform: "node",
  target: "node20",
  logLevel: "silent",
} as const;

/** A thread must load a file, so a place is found for it even where node_modules cannot be written. */
function keep(name: string, text: Uint8Array): string {
  for (const folder of [cacheFolder(), join(tmpdir(), `k4s-${process.getuid?.() ?? "user"}`)]) {
    if (folder === undefined) continue;
    const file = join(folder, name);
    // Compared, not only found: in the temporary folder another user may have put something under the name.
    if (existsSync(file) && readFileSync(file).equals(text)) return file;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeWhole(file, text);
      return file;
    } catch (error) {
      if (!isUnwritable(error)) throw error;
    }
  }
  throw new Error(
    "no folder can be written to keep the threads' bootstrap in: neither node_modules/.cache nor the temporary one",
  );
}

function isUnwritable(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EACCES" || code === "EROFS" || code === "EPERM" || code === "ENOTDIR" || code === "ENOSPC";
}
