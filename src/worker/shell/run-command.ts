/**
 * The commands of exec: what is started by a name in a container, and the shell (`sh -c`, `sh`). They are loaded when the first
 * one is asked for, apart from the thread's own code (exec/interpreter.ts), for most containers never need them.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nearestName } from "../../errors/index.ts";
import { catalogueProgram } from "../catalogue/index.ts";
import type { CommandSession, ExecWorld } from "../exec/index.ts";
import { Interpreter } from "./interpreter.ts";
import { LineEditor } from "./line-editor.ts";
import { parse } from "./parse.ts";
import {
  BrokenPipe,
  codeOfAbort,
  type FindProgram,
  type Invocation,
  type Io,
  type Program,
  print,
  readLine,
  type Terminal,
} from "./program.ts";
import { conditionPrograms } from "./programs/conditions.ts";
import { filePrograms } from "./programs/files.ts";
import { machineProgram } from "./programs/machine.ts";
import { networkNames, networkProgram } from "./programs/network.ts";
import { node } from "./programs/node.ts";
import { systemPrograms } from "./programs/system.ts";
import { textPrograms } from "./programs/text.ts";
import { describe } from "./reasons.ts";
import { ShellState } from "./state.ts";
import { SyntaxFault } from "./syntax.ts";

const ownPrograms: ReadonlyMap<string, Program> = new Map([
  ...conditionPrograms,
  ...filePrograms,
  ...systemPrograms,
  ...textPrograms,
]);
const shells: ReadonlySet<string> = new Set(["sh", "bash", "ash", "dash"]);

/** All that can be run, on every machine. */
export const programNames: ReadonlySet<string> = new Set([
  ...ownPrograms.keys(),
  ...networkNames,
  ...shells,
  "node",
  "which",
]);

/** How a command ended. With a problem where there was none to run. */
export interface Ending {
  readonly exitCode: number;
  readonly problem?: string;
}

/** Never rejects for what the command does. */
export async function runCommand(
  [name = "", ...args]: readonly string[],
  session: CommandSession,
  world: ExecWorld,
): Promise<Ending> {
  const find = programsOf(world);
  const program = find(name);
  if (!program) return { exitCode: 127, problem: unknown(name) };
  const interrupting = new AbortController();
  const terminal = session.tty ? new LineEditor(session.stdin, session.stdout) : undefined;
  if (terminal) terminal.interrupted = () => interrupting.abort(new Error("Interrupted"));
  const { stdout, stderr } = session;
  const handle = session.handle?.bind(session);
  const stdin = terminal?.stdin ?? session.stdin;
  const signal = AbortSignal.any([session.signal, interrupting.signal]);
  try {
    const call = {
      args,
      env: environment(),
      // Where the surrounding program runs is its user's own: what a command writes there would lie among their files.
      cwd: tmpdir(),
      stdin,
      stdout,
      stderr,
      signal,
      terminal,
      handle,
    };
    return { exitCode: await program(call) };
  } catch (error) {
    if (error instanceof BrokenPipe) return { exitCode: 141 };
    if (signal.aborted) return { exitCode: codeOfAbort(signal) };
    await print(stderr, `${describe(error)}\n`).catch(() => {});
    return { exitCode: 1 };
  } finally {
    terminal?.close();
  }
}

/** Why a command cannot be run; undefined where it can. */
export function problemWith([name = ""]: readonly string[], world: ExecWorld): string | undefined {
  return programsOf(world)(name) ? undefined : unknown(name);
}

function programsOf(world: ExecWorld): FindProgram {
  const find = (name: string): Program | undefined => {
    const known = name.replace(/^(\/usr)?(\/local)?\/s?bin\//, "");
    if (shells.has(known)) return call => shell(call, find);
    const own = ownPrograms.get(known);
    switch (known) {
      case "node":
        // An image of the catalogue has no module: as in `node -e`, it is as if there were one where it runs.
        return call => node(call, world.filename || join(call.cwd, "[eval]"));
      case "env":
        return call => withEnvironment(call, find);
      case "which":
        return call => which(call, find);
      default:
        return (
          own ??
          networkProgram(known, world) ??
          catalogueProgram(known, world, find) ??
          machineProgram(name, process.env.PATH)
        );
    }
  };
  return find;
}

function environment(): Record<string, string> {
  const values = Object.entries(process.env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return Object.fromEntries(values);
}

function unknown(name: string): string {
  const near = nearestName(name, [...programNames]);
  const hint = near === undefined ? "" : `; did you mean "${near}"?`;
  return `exec: ${JSON.stringify(name)}: executable file not found in $PATH${hint}`;
}

/** `env A=1 -u B command`; alone it prints. */
function withEnvironment(call: Invocation, find: FindProgram): number | Promise<number> {
  const env: Record<string, string> = { ...call.env };
  const rest = [...call.args];
  for (let arg = rest[0]; arg !== undefined; arg = rest[0]) {
    if (arg === "-u") delete env[rest.splice(0, 2)[1] ?? ""];
    else if (arg === "-i" || arg === "-") for (const name of Object.keys(env)) delete env[name];
    if (arg === "-i" || arg === "-") rest.shift();
    else if (/^[A-Za-z_]\w*=/.test(arg)) {
      const end = arg.indexOf("=");
      env[arg.slice(0, end)] = arg.slice(end + 1);
      rest.shift();
    } else if (arg !== "-u") break;
  }
  const [name, ...args] = rest;
  const program = name === undefined ? ownPrograms.get("env") : find(name);
  if (!program) throw new Error(`env: ${name}: No such file or directory`);
  return program({ ...call, args, env });
}

async function which({ args, stdout }: Invocation, find: FindProgram): Promise<number> {
  const found = args.filter(name => find(name) !== undefined);
  for (const name of found) await print(stdout, `/bin/${name}\n`);
  return found.length === args.length ? 0 : 1;
}

/** `sh -c SCRIPT [NAME ARGS]`, `sh FILE ARGS`, or what comes in, line by line. */
async function shell(call: Invocation, find: FindProgram): Promise<number> {
  const rest = [...call.args];
  let isScript = false;
  const set: string[] = [];
  while (/^[-+]./.test(rest[0] ?? "") && !isScript) {
    const option = rest.shift() ?? "";
    isScript = option.includes("c");
    set.push(...[...option.slice(1)].filter(letter => "eux".includes(letter)));
    if (option.endsWith("o")) set.push(rest.shift() ?? "");
  }
  const script = isScript ? rest.shift() : undefined;
  const [name = "sh", ...args] = rest;
  const state = new ShellState(call.env, call.cwd, name, args);
  state.options = {
    errexit: set.includes("e"),
    nounset: set.includes("u"),
    xtrace: set.includes("x"),
    pipefail: set.includes("pipefail"),
  };
  const interpreter = new Interpreter(state, find);
  if (script !== undefined) return runText(interpreter, script, call);
  if (rest.length > 0) return runText(interpreter, `. ${quoted(name)}`, call);
  return call.terminal ? converse(interpreter, call, call.terminal) : fromInput(interpreter, call);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

async function runText(interpreter: Interpreter, text: string, io: Io): Promise<number> {
  try {
    return await interpreter.runToEnd(parse(text), io);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    await print(io.stderr, `${interpreter.state.name}: ${error.message}\n`);
    return 2;
  }
}

/** Commands as they come; each may read what comes after it. */
async function fromInput(interpreter: Interpreter, io: Io): Promise<number> {
  let text = "";
  for (let line = await readLine(io.stdin); line !== undefined; line = await readLine(io.stdin)) {
    text += `${line}\n`;
    const status = await tried(interpreter, text, io);
    if (status === undefined) continue;
    text = "";
    if (interpreter.hasExited) return status;
  }
  return text === "" ? interpreter.exit(interpreter.state.status, io) : runText(interpreter, text, io);
}

/** With a prompt. Ctrl-C ends what runs, and not the shell. */
async function converse(interpreter: Interpreter, io: Io, terminal: Terminal): Promise<number> {
  let text = "";
  const prompt = process.getuid?.() === 0 ? "# " : "$ ";
  for (;;) {
    const line = await terminal.prompt(text === "" ? `${interpreter.state.cwd} ${prompt}` : "> ");
    if (line === undefined) return interpreter.exit(interpreter.state.status, io);
    text += `${line}\n`;
    const interrupting = new AbortController();
    terminal.interrupted = () => interrupting.abort(new Error("Interrupted"));
    const inner = { ...io, signal: AbortSignal.any([io.signal, interrupting.signal]) };
    const status = await tried(interpreter, text, inner);
    if (status === undefined) continue;
    text = "";
    if (interpreter.hasExited || io.signal.aborted) return status;
  }
}

/** Undefined where it is the beginning of a command. */
async function tried(interpreter: Interpreter, text: string, io: Io): Promise<number | undefined> {
  try {
    return await interpreter.runPart(parse(text), io);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    if (error.isIncomplete) return undefined;
    await print(io.stderr, `${interpreter.state.name}: ${error.message}\n`);
    interpreter.state.status = 2;
    return 2;
  }
}
