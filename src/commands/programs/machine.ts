/** What k4s has no program of its own for: the machine's, found by the PATH of the container, with its own environment. */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Invocation, type Program, print } from "../program.ts";

/** Undefined where the machine has none of the name. */
export function machineProgram(name: string, path: string | undefined): Program | undefined {
  const file = name.includes("/") ? name : placesOf(name, path).find(isExecutable);
  if (file === undefined || !isExecutable(file)) return undefined;
  return call => run(file, call);
}

function placesOf(name: string, path = ""): string[] {
  const ends = process.platform === "win32" ? [".exe", ".cmd", ""] : [""];
  return path
    .split(delimiter)
    .filter(Boolean)
    .flatMap(folder => ends.map(end => join(folder, name + end)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Resolves to its exit code when it has ended and all it printed has been passed on. */
export async function run(file: string, call: Invocation): Promise<number> {
  const { args, env, cwd, stdin, stdout, stderr, signal } = call;
  const child = spawn(file, args, { env, cwd, signal, killSignal: "SIGKILL" });
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, killedBy) => resolve(code ?? (killedBy === "SIGPIPE" ? 141 : 137)));
  });
  child.stdin.on("error", () => {});
  // What the program does not read is left for the next one, as far as it has not been taken yet.
  stdin.pipe(child.stdin);
  const stop = () => child.kill();
  const outputs = [
    pipeline(child.stdout, stdout, { end: false }).catch(stop),
    pipeline(child.stderr, stderr, { end: false }).catch(stop),
  ];
  try {
    const status = await ended;
    await Promise.all(outputs);
    return status;
  } catch (error) {
    signal.throwIfAborted();
    await print(stderr, `${file}: ${(error as Error).message}\n`);
    return 126;
  } finally {
    stdin.unpipe(child.stdin);
  }
}
