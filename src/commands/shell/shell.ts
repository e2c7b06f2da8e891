/** The command `sh`: a script in an argument, in a file or from the input, or a conversation at a prompt. */
import type { User } from "../../worker/index.ts";
import { type FindProgram, type Invocation, type Io, print, readLine, type Terminal } from "../program.ts";
import { Interpreter } from "./interpreter.ts";
import { parse } from "./parse.ts";
import { type ShellKind, speechOf } from "./speech.ts";
import { ShellState } from "./state.ts";
import { SyntaxFault } from "./syntax.ts";

/** `sh -c SCRIPT [NAME ARGS]`, `sh FILE ARGS`, or what comes in, line by line. */
export async function shell(call: Invocation, find: FindProgram, kind: ShellKind): Promise<number> {
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
  const [name = kind === "bash" ? "bash" : "sh", ...args] = rest;
  const isInteractive = script === undefined && rest.length === 0 && call.terminal !== undefined;
  const speech = speechOf(kind, name, isInteractive);
  const state = new ShellState(call.env, call.cwd, name, args, speech);
  state.options = {
    errexit: set.includes("e"),
    nounset: set.includes("u"),
    xtrace: set.includes("x"),
    pipefail: set.includes("pipefail"),
  };
  const interpreter = new Interpreter(state, find);
  if (script !== undefined) return runText(interpreter, script, call);
  if (rest.length > 0) return runText(interpreter, `. ${quoted(name)}`, call);
  return call.terminal ? converse(interpreter, call, call.terminal, kind) : fromInput(interpreter, call);
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
async function converse(
  interpreter: Interpreter,
  io: Io,
  terminal: Terminal,
  kind: ShellKind,
): Promise<number> {
  let text = "";
  for (;;) {
    const line = await terminal.prompt(text === "" ? promptOf(kind, interpreter.state, io.user) : "> ");
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

function promptOf(kind: ShellKind, state: ShellState, { uid }: User): string {
  const sign = uid === 0 ? "#" : "$";
  if (kind === "ash") return `${state.cwd} ${sign} `;
  return kind === "dash"
    ? `${sign} `
    : `${uid === 0 ? "root" : "I have no name!"}@${state.get("HOSTNAME") ?? ""}:${state.cwd}${sign} `;
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
