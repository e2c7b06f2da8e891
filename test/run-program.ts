/** Runs a program to its end. */
import { spawn } from "node:child_process";
import { once } from "node:events";

export async function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", piece => (said.stdout += piece));
  child.stderr.on("data", piece => (said.stderr += piece));
  const [code] = await once(child, "close");
  return { code, ...said };
}
