/** A command without parts: assignments, or a function, a part of the shell or a program with its arguments. */
import { BrokenPipe, type Io, print, WriteFault } from "../program.ts";
import { describe as reasonOf } from "../reasons.ts";
import { assignArray } from "./arrays.ts";
import type { Builtin, CallingShell } from "./builtin.ts";
import { builtins } from "./builtins.ts";
import { BreakOut, ExitShell, ReturnFrom } from "./control-flow.ts";
import { type Expansion, expandText, expandWords } from "./expand.ts";
import { runProgram } from "./run-program.ts";
import type { Assignment, Command, Redirection, SimpleCommand } from "./syntax.ts";

/** The shell that it is run in. */
export interface SimpleShell extends CallingShell {
  /** The status of the last substitution, which is that of a command without a name. */
  substituted: number;
  expansion(io: Io): Expansion;
  redirected(redirections: readonly Redirection[], io: Io, run: (io: Io) => Promise<number>): Promise<number>;
  callFunction(body: Command, args: readonly string[], io: Io): Promise<number>;
}

export async function runSimple(
  { assignments, words, redirections }: SimpleCommand,
  io: Io,
  shell: SimpleShell,
): Promise<number> {
  const expansion = shell.expansion(io);
  shell.substituted = 0;
  const [name, ...args] = await expandWords(words, expansion);
  const values: [string, string][] = [];
  const arrays: Assignment[] = [];
  for (const assignment of assignments) {
    const { name: variable, value, isAppended, index, elements } = assignment;
    if (index || elements) arrays.push(assignment);
    else {
      const before = isAppended
        ? (values.findLast(([each]) => each === variable)?.[1] ?? shell.state.get(variable) ?? "")
        : "";
      values.push([variable, before + (await expandText(value, expansion))]);
    }
  }
  if (shell.state.options.xtrace) {
    const shown = [...values.map(pair => pair.join("=")), ...(name === undefined ? [] : [name, ...args])];
    await print(io.stderr, `+ ${shown.join(" ")}\n`);
  }
  if (name === undefined) {
    for (const [variable, value] of values) shell.state.set(variable, value);
    for (const array of arrays) await assignArray(array, expansion);
    return shell.redirected(redirections, io, async () => shell.substituted);
  }
  const declared = arrays.map(array => array.name);
  const status = await shell.redirected(redirections, io, inner =>
    call(name, [...args, ...declared], values, inner, shell),
  );
  for (const array of arrays) await assignArray(array, expansion);
  return status;
}

async function call(
  name: string,
  args: readonly string[],
  values: readonly [string, string][],
  io: Io,
  shell: SimpleShell,
): Promise<number> {
  const body = shell.state.functions.get(name);
  const builtin: Builtin | undefined = builtins.get(name);
  if (body || builtin) {
    const before = values.map(([variable]) => [variable, shell.state.variables.get(variable)] as const);
    for (const [variable, value] of values) shell.state.set(variable, value);
    try {
      if (body) return await shell.callFunction(body, args, io);
      return (await builtin?.({ args, io, shell })) ?? 0;
    } catch (error) {
      if (!isFault(error)) throw error;
      await print(io.stderr, `${shell.state.name}: ${name}: ${reasonOf(error)}\n`);
      return 2;
    } finally {
      for (const [variable, value] of before)
        if (value === undefined) shell.state.variables.delete(variable);
        else shell.state.set(variable, value);
    }
  }
  const env = { ...shell.state.environment(), ...Object.fromEntries(values) };
  return runProgram(name, args, env, io, shell);
}

function isFault(error: unknown): boolean {
  const leaves = [ExitShell, ReturnFrom, BreakOut, BrokenPipe, WriteFault];
  return !leaves.some(type => error instanceof type) && !(error instanceof DOMException);
}
