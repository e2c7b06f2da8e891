/** Programs that run another one, in some manner: for a time at most, again and again, or as busybox does, by its first argument. */
import { codeOfAbort, type FindProgram, type Invocation, print } from "../program.ts";
import { secondsOf } from "./system.ts";
import { pause } from "./text.ts";

type Wrapper = (call: Invocation, find: FindProgram) => number | Promise<number>;

/** Runs what is left of the arguments. */
async function runRest(
  name: string,
  [program = "", ...args]: readonly string[],
  call: Invocation,
  find: FindProgram,
) {
  const found = find(program, call.cwd);
  if (found) return found({ ...call, args });
  const words =
    call.words === "busybox" ? `can't execute '${program}'` : `failed to run command '${program}'`;
  await print(call.stderr, `${name}: ${words}: No such file or directory\n`);
  return 127;
}

/** Without options, of which those named here are followed by a value. */
function behindOptions(args: readonly string[], valued = ""): readonly string[] {
  let at = 0;
  while (/^-./.test(args[at] ?? "")) {
    const arg = args[at] ?? "";
    at += arg.length === 2 && valued.includes(arg.slice(1)) ? 2 : 1;
    if (arg === "--") break;
  }
  return args.slice(at);
}

/** `timeout [-s SIGNAL] [-k SECONDS] SECONDS COMMAND`. */
const timeout: Wrapper = async (call, find) => {
  const [limit, ...rest] = behindOptions(call.args, "sk");
  if (limit === undefined || rest.length === 0) throw new Error("timeout: missing operand");
  const seconds = secondsOf(limit);
  if (seconds === undefined) throw new Error(`timeout: invalid time interval '${limit}'`);
  if (seconds === 0) return runRest("timeout", rest, call, find);
  const ended = call.words === "busybox" ? 143 : 124;
  const stopping = new AbortController();
  const timer = setTimeout(
    () => stopping.abort(Object.assign(new Error("Terminated"), { exitCode: ended })),
    Math.min(seconds * 1_000, 2 ** 31 - 1),
  );
  const signal = AbortSignal.any([call.signal, stopping.signal]);
  try {
    const status = await runRest("timeout", rest, { ...call, signal }, find);
    return stopping.signal.aborted ? ended : status;
  } catch (error) {
    if (!stopping.signal.aborted || call.signal.aborted) throw error;
    return codeOfAbort(stopping.signal);
  } finally {
    clearTimeout(timer);
  }
};

/** `time COMMAND`: what it took, in seconds. */
const time: Wrapper = async (call, find) => {
  const start = performance.now();
  const status = await runRest("time", behindOptions(call.args), call, find);
  const seconds = (performance.now() - start) / 1_000;
  const minutes = Math.floor(seconds / 60);
  const shown = (whole: number, rest: number) =>
    call.words === "busybox" ? `${whole}m ${rest.toFixed(2)}s` : `${whole}m${rest.toFixed(3)}s`;
  const lines = [`real\t${shown(minutes, seconds % 60)}`, `user\t${shown(0, 0)}`, `sys\t${shown(0, 0)}`];
  await print(call.stderr, `${call.words === "busybox" ? "" : "\n"}${lines.join("\n")}\n`);
  return status;
};

/** `watch -n SECONDS COMMAND`, until it is interrupted. */
const watch: Wrapper = async (call, find) => {
  const at = call.args.findIndex(arg => /^-n/.test(arg));
  const given = at < 0 ? "2" : (call.args[at] ?? "").slice(2) || (call.args[at + 1] ?? "2");
  const command = behindOptions(call.args, "n").join(" ");
  const every = Number(given) || 2;
  for (;;) {
    await print(call.stdout, `\x1b[H\x1b[JEvery ${every.toFixed(1)}s: ${command}\n\n`);
    await runRest("watch", ["sh", "-c", command], call, find);
    await pause(every * 1_000, call.signal);
  }
};

/** A thread has no session, no priority and no terminal that could hang up. */
const plain =
  (name: string, valued = ""): Wrapper =>
  async (call, find) => {
    const rest = behindOptions(call.args, valued);
    if (rest.length > 0) return runRest(name, rest, call, find);
    if (name !== "nice") throw new Error(`${name}: missing operand`);
    await print(call.stdout, "0\n");
    return 0;
  };

const wrappers: ReadonlyMap<string, Wrapper> = new Map<string, Wrapper>([
  ["ionice", plain("ionice", "cnp")],
  ["nice", plain("nice", "n")],
  ["nohup", plain("nohup")],
  ["setsid", plain("setsid")],
  ["time", time],
  ["timeout", timeout],
  ["watch", watch],
]);

export const wrapperNames: readonly string[] = [...wrappers.keys()];

export function wrapperProgram(name: string, find: FindProgram) {
  const wrapper = wrappers.get(name);
  return wrapper && ((call: Invocation) => wrapper(call, find));
}

const banner = "BusyBox v1.37.0 (k4s) multi-call binary.\n";

/** `busybox COMMAND`, `busybox --list`; alone it tells what it has. */
export async function busybox(
  call: Invocation,
  find: FindProgram,
  names: readonly string[],
): Promise<number> {
  const [name, ...args] = call.args;
  const all = names.toSorted();
  if (name === "--list") await print(call.stdout, `${all.join("\n")}\n`);
  else if (name === undefined || name === "--help")
    await print(
      call.stdout,
      `${banner}\nUsage: busybox [function [arguments]...]\n   or: busybox --list\n\nCurrently defined functions:\n\t${all.join(", ")}\n`,
    );
  else {
    const program = all.includes(name) ? find(name, call.cwd) : undefined;
    if (program) return program({ ...call, args });
    await print(call.stderr, `${name}: applet not found\n`);
    return 127;
  }
  return 0;
}
