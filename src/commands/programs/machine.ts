/** What k4s has no program of its own for: the machine's, found by the PATH of the container, with its own environment. */
import { type ChildProcess, spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ExecWorld, PlaceOf } from "../../worker/index.ts";
import { type Invocation, type Program, print } from "../program.ts";

/** Undefined where the machine has none of the name. */
export function machineProgram(
  name: string,
  path: string | undefined,
  { placeOf, isOnMachine }: Pick<ExecWorld, "placeOf" | "isOnMachine">,
): Program | undefined {
  const file = programFile(name, path, isOnMachine);
  return file === undefined ? undefined : call => runWithPlaces(file, call, placeOf);
}

/** @param path folders to look in for a name without one, as in the variable PATH */
export function programFile(
  name: string,
  path: string | undefined,
  isOnMachine: (file: string) => boolean,
): string | undefined {
  return (name.includes("/") ? [name] : placesOf(name, path)).find(isOnMachine);
}

function placesOf(name: string, path = ""): string[] {
  const ends = process.platform === "win32" ? [".exe", ".cmd", ""] : [""];
  return path
    .split(delimiter)
    .filter(Boolean)
    .flatMap(folder => ends.map(end => join(folder, name + end)));
}

/** It knows nothing of the container's mounts: it is given the places of the absolute paths among its arguments. */
export function runWithPlaces(file: string, call: Invocation, placeOf: PlaceOf): Promise<number> {
  const pathOf = new Map<string, string>();
  const toPlace = (path: string) => {
    const place = placeOf(path);
    if (place !== path) pathOf.set(place, path);
    return place;
  };
  const args = call.args.map(arg => (arg.startsWith("/") ? toPlace(arg) : arg));
  return run(file, { ...call, args }, toPlace(call.cwd), pathOf);
}

/**
 * Resolves to its exit code when it has ended and all it printed has been passed on.
 * @param cwd where it runs, on the machine
 * @param pathOf paths that are shown in what it prints instead of places
 */
export async function run(
  file: string,
  call: Invocation,
  cwd: string,
  pathOf: ReadonlyMap<string, string>,
): Promise<number> {
  const { args } = call;
  const { env, stdin, stdout, stderr, signal } = call;
  const child = spawn(file, args, { env, cwd, signal, killSignal: "SIGKILL" });
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, killedBy) => resolve(code ?? (killedBy === "SIGPIPE" ? 141 : 137)));
  });
  child.stdin.on("error", () => {});
  // What the program does not read is left for the next one, as far as it has not been taken yet.
  stdin.pipe(child.stdin);
  const stop = () => child.kill();
  const unhandle = passOnSignals(call, child);
  const outputs = [
    pipeline([child.stdout, ...backTo(pathOf), stdout], { end: false }).catch(stop),
    pipeline([child.stderr, ...backTo(pathOf), stderr], { end: false }).catch(stop),
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
    unhandle();
    stdin.unpipe(child.stdin);
  }
}

const passedOn = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"] as const;

/**
 * What runs as the container's own command hears its signals, and has its grace to end by them. Where the shell has a trap for
 * one, that runs when the program has ended.
 * @returns takes it back
 */
function passOnSignals({ handle }: Invocation, child: ChildProcess): () => void {
  const ours = passedOn.filter(signal => {
    const trap = handle?.(signal, () => child.kill(signal));
    if (trap) handle?.(signal, trap);
    return handle !== undefined && trap === undefined;
  });
  return () => {
    for (const signal of ours) handle?.(signal, undefined);
  };
}

/** Puts the paths of the container into what is printed, where its places were given. */
function backTo(pathOf: ReadonlyMap<string, string>): Transform[] {
  if (pathOf.size === 0) return [];
  const places = [...pathOf].sort(([one], [other]) => other.length - one.length);
  const changed = (text: string) => places.reduce((now, [place, path]) => now.replaceAll(place, path), text);
  // Bytes, not characters: what is printed need not be text. A place may be cut between two pieces, but not within a line.
  let rest = "";
  const longestLine = 64 * 1024;
  return [
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const text = rest + chunk.toString("latin1");
        const end = text.length > longestLine ? text.length : text.lastIndexOf("\n") + 1;
        rest = text.slice(end);
        done(null, Buffer.from(changed(text.slice(0, end)), "latin1"));
      },
      flush(done) {
        done(null, Buffer.from(changed(rest), "latin1"));
      },
    }),
  ];
}
