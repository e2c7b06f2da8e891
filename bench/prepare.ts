/** What has to be there before a row can run: k4s built, the peers installed, the rows as plain JavaScript. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { builtRows, dist, peersFolder, root } from "./places.ts";

export async function prepare(): Promise<void> {
  if (!existsSync(join(dist, "index.js"))) npm("building k4s", ["run", "build"], root);
  if (!existsSync(join(peersFolder, "node_modules"))) {
    npm("installing the peers", ["ci", "--no-audit", "--no-fund"], peersFolder);
  }
  const rows = join(root, "bench", "rows");
  await build({
    entryPoints: readdirSync(rows).map(file => join(rows, file)),
    outdir: builtRows,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    logLevel: "warning",
  });
}

function npm(what: string, args: string[], cwd: string): void {
  console.error(`${what} (npm ${args.join(" ")}) …`);
  execFileSync("npm", args, {
    cwd,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
}
