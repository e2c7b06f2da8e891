/** The commands that are part of the shell, because they change it. */
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { print, readLine } from "../program.ts";
import { keyIn } from "./array-keys.ts";
import type { Builtin, BuiltinCall } from "./builtin.ts";
import { BreakOut, ExitShell, ReturnFrom } from "./control-flow.ts";
import { compute, declare, getOptions, pairIn, readArray } from "./declarations.ts";
import { runProgram } from "./run-program.ts";
import { kill, trap, wait } from "./signals.ts";
import type { ShellOptions } from "./state.ts";

export const builtins: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [":", () => 0],
  [".", source],
  ["break", ({ args: [levels = "1"] }) => leave(new BreakOut(Number(levels), false))],
  ["alias", () => 0],
  ["cd", cd],
  ["command", command],
  ["continue", ({ args: [levels = "1"] }) => leave(new BreakOut(Number(levels), true))],
  ["declare", declare],
  ["eval", ({ args, shell, io }) => shell.evaluate(args.join(" "), io)],
  ["exec", exec],
  ["exit", ({ args: [status], shell }) => leave(new ExitShell(Number(status ?? shell.state.status)))],
  ["export", exported],
  ["getopts", getOptions],
  ["hash", () => 0],
  ["jobs", () => 0],
  ["kill", kill],
  ["let", compute],
  ["local", declare],
  ["mapfile", readArray],
  ["read", read],
  ["readarray", readArray],
  ["readonly", assigned],
  ["return", ({ args: [status], shell }) => leave(new ReturnFrom(Number(status ?? shell.state.status)))],
  ["set", set],
  ["shift", shift],
  ["shopt", () => 0],
  ["source", source],
  ["trap", trap],
  ["type", type],
  ["typeset", declare],
  ["ulimit", () => 0],
  ["umask", () => 0],
  ["unset", unset],
  ["wait", wait],
]);

function leave(way: Error): never {
  throw way;
}

async function cd({ args: [given], shell: { state }, io }: BuiltinCall): Promise<number> {
  const asked = given === "-" ? (state.get("OLDPWD") ?? "") : (given ?? state.get("HOME") ?? "/");
  const folder = resolve(state.cwd, asked);
  try {
    if (!(await stat(folder)).isDirectory()) throw Object.assign(new Error(), { code: "ENOTDIR" });
  } catch (error) {
    await print(io.stderr, state.speech.noFolder(asked, error));
    return state.speech.noFolderStatus;
  }
  state.set("OLDPWD", state.cwd);
  state.cwd = folder;
  state.set("PWD", folder);
  if (given === "-") await print(io.stdout, `${folder}\n`);
  return 0;
}

async function source({ args: [path = ""], shell, io }: BuiltinCall): Promise<number> {
  return shell.evaluate(await readFile(resolve(shell.state.cwd, path), "utf8"), io);
}

/** `command -v NAME` says what it means; otherwise it runs it, and no function of the name. */
async function command({ args, shell, io }: BuiltinCall): Promise<number> {
  const [option, name = ""] = args;
  if (option === "-v" || option === "-V") {
    const isThere =
      shell.state.functions.has(name) ||
      builtins.has(name) ||
      shell.find(name, shell.state.cwd) !== undefined;
    if (isThere) await print(io.stdout, `${name}\n`);
    return isThere ? 0 : 127;
  }
  const [program, ...rest] = args;
  if (program === undefined) return 0;
  const builtin = builtins.get(program);
  if (builtin) return builtin({ args: rest, shell, io });
  return runProgram(program, rest, shell.state.environment(), io, shell);
}

async function type({ args, shell, io }: BuiltinCall): Promise<number> {
  let status = 0;
  for (const name of args) {
    const { functions } = shell.state;
    const what = functions.has(name)
      ? "is a function"
      : builtins.has(name)
        ? "is a shell builtin"
        : shell.find(name, shell.state.cwd)
          ? `is /bin/${name}`
          : undefined;
    if (what === undefined) status = 127;
    await print(io.stdout, `${name}${what ? ` ${what}` : ": not found"}\n`);
  }
  return status;
}

/** The shell becomes the command, and ends with it. */
async function exec({ args: [name, ...args], shell, io }: BuiltinCall): Promise<number> {
  if (name === undefined) return 0;
  throw new ExitShell(await runProgram(name, args, shell.state.environment(), io, shell));
}

async function exported({ args, shell: { state }, io }: BuiltinCall): Promise<number> {
  const named = args.filter(arg => arg !== "-p");
  if (named.length === 0)
    for (const name of [...state.exported].sort())
      await print(io.stdout, `export ${name}='${state.get(name) ?? ""}'\n`);
  for (const arg of named) {
    const [name = "", value] = pairIn(arg);
    if (value !== undefined) state.set(name, value);
    state.exported.add(name);
  }
  return 0;
}

function assigned({ args, shell: { state } }: BuiltinCall): number {
  for (const arg of args.filter(each => !each.startsWith("-"))) {
    const [name = "", value] = pairIn(arg);
    if (value !== undefined) state.set(name, value);
  }
  return 0;
}

function unset({ args, shell: { state } }: BuiltinCall): number {
  for (const name of args.filter(arg => !arg.startsWith("-"))) {
    const [, array, index] = /^(\w+)\[(.*)\]$/.exec(name) ?? [];
    if (array !== undefined && index !== undefined)
      state.arrays.get(array)?.delete(keyIn(array, index, state));
    else state.unset(name);
    state.functions.delete(name);
  }
  return 0;
}

async function read({ args, shell: { state }, io }: BuiltinCall): Promise<number> {
  const { flags, values, rest: names } = optionsOfRead(args);
  const isRaw = flags.has("r");
  const prompt = values.get("p");
  if (prompt !== undefined && io.terminal) await print(io.stderr, prompt);
  const line = await readLine(io.stdin);
  const text = isRaw ? (line ?? "") : (line ?? "").replaceAll(/\\([\s\S])/g, "$1");
  const separators = state.variables.get("IFS") ?? " \t\n";
  const array = values.get("a");
  if (array !== undefined) {
    state.setArray(
      array,
      text.split(new RegExp(`[${separators.replaceAll(/[\\\]^-]/g, "\\$&")}]+`)).filter(Boolean),
    );
    return line === undefined ? 1 : 0;
  }
  const last = names.at(-1) ?? "REPLY";
  let rest = separators === "" ? text : text.trim();
  for (const name of names.slice(0, -1)) {
    const end = [...rest].findIndex(character => separators.includes(character));
    state.set(name, end < 0 ? rest : rest.slice(0, end));
    rest = end < 0 ? "" : rest.slice(end + 1).trimStart();
  }
  state.set(last, rest);
  return line === undefined ? 1 : 0;
}

interface ReadOptions {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  readonly rest: readonly string[];
}

/** `-r`, `-s`, `-a NAME`, `-p PROMPT`, `-t SECONDS`, `-n COUNT`, `-d END`. */
function optionsOfRead(args: readonly string[]): ReadOptions {
  const [flags, values, rest] = [new Set<string>(), new Map<string, string>(), [...args]];
  while (/^-./.test(rest[0] ?? "")) {
    const [, letters = "", last = "", behind = ""] =
      /^-([rse]*)([aptnd]?)(.*)$/s.exec(rest.shift() ?? "") ?? [];
    for (const letter of letters) flags.add(letter);
    if (last !== "") values.set(last, behind || (rest.shift() ?? ""));
  }
  return { flags, values, rest };
}

const optionOf: ReadonlyMap<string, keyof ShellOptions> = new Map([
  ["e", "errexit"],
  ["u", "nounset"],
  ["x", "xtrace"],
  ["errexit", "errexit"],
  ["nounset", "nounset"],
  ["xtrace", "xtrace"],
  ["pipefail", "pipefail"],
]);

function set({ args, shell: { state } }: BuiltinCall): number {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    if (arg === "--" || !/^[-+]./.test(arg)) {
      state.args = args.slice(arg === "--" ? i + 1 : i);
      return 0;
    }
    const isOn = arg.startsWith("-");
    const named = arg.endsWith("o") ? [args[++i] ?? ""] : [];
    for (const letter of [...arg.slice(1).replace(/o$/, ""), ...named]) {
      const option = optionOf.get(letter);
      if (option) state.options = { ...state.options, [option]: isOn };
    }
  }
  return 0;
}

function shift({ args: [count = "1"], shell: { state } }: BuiltinCall): number {
  if (Number(count) > state.args.length) throw new Error("can't shift that many");
  state.args = state.args.slice(Number(count));
  return 0;
}
