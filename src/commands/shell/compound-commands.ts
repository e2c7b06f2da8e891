/**
 * `if`, `while`, `until`, `for`, `case`, `[[ … ]]` and `(( … ))`. They block nothing: a loop for ever is a loop of turns of the event loop.
 */
import { setImmediate as turn } from "node:timers/promises";
import { matches } from "../pattern.ts";
import { type FindProgram, type Io, print } from "../program.ts";
import { arithmetic } from "./arithmetic.ts";
import { holds } from "./conditions.ts";
import { BreakOut } from "./control-flow.ts";
import { type Expansion, expandPattern, expandText, expandWords } from "./expand.ts";
import type { ShellState } from "./state.ts";
import type { Command, Script, Word } from "./syntax.ts";

type CompoundCommand = Extract<
  Command,
  { readonly type: "if" | "loop" | "for" | "case" | "counting" | "arithmetic" | "condition" }
>;

/** The shell that the parts of such a command are run in. */
export interface CompoundShell {
  readonly state: ShellState;
  readonly find: FindProgram;
  run(script: Script, io: Io): Promise<number>;
  /** Runs what is only looked at: it does not end the shell where it fails. */
  tested(run: () => Promise<number>): Promise<number>;
  expansion(io: Io): Expansion;
}

export async function runCompound(command: CompoundCommand, io: Io, shell: CompoundShell): Promise<number> {
  switch (command.type) {
    case "if":
      for (const { test, body } of command.branches)
        if ((await shell.tested(() => shell.run(test, io))) === 0) return runBody(body, io, shell);
      return command.otherwise ? runBody(command.otherwise, io, shell) : 0;
    case "loop": {
      const goesOn = async () =>
        ((await shell.tested(() => shell.run(command.test, io))) === 0) !== command.isUntil;
      let status = 0;
      while (await goesOn()) {
        const result = await turnOf(command.body, io, shell);
        if (result === undefined) break;
        status = result;
      }
      return status;
    }
    case "for": {
      const { words, name, body } = command;
      const values = words ? await expandWords(words, shell.expansion(io)) : shell.state.args;
      let status = 0;
      for (const value of values) {
        shell.state.set(name, value);
        const result = await turnOf(body, io, shell);
        if (result === undefined) break;
        status = result;
      }
      return status;
    }
    case "case": {
      const text = await expandText(command.word, shell.expansion(io));
      for (const { patterns, body } of command.branches)
        for (const pattern of patterns)
          if (matches(await expandPattern(pattern, shell.expansion(io)), text))
            return runBody(body, io, shell);
      return 0;
    }
    case "counting": {
      const computed = async (word: Word) =>
        arithmetic(await expandText(word, shell.expansion(io)), shell.state);
      let status = 0;
      const goesOn = async () => command.test.length === 0 || (await computed(command.test)) !== 0;
      for (await computed(command.first); await goesOn(); await computed(command.step)) {
        const result = await turnOf(command.body, io, shell);
        if (result === undefined) break;
        status = result;
      }
      return status;
    }
    case "arithmetic":
      return arithmetic(await expandText(command.word, shell.expansion(io)), shell.state) === 0 ? 1 : 0;
    case "condition": {
      const { speech } = shell.state;
      if (speech.kind !== "dash") return (await holds(command.condition, io, shell)) ? 0 : 1;
      await print(io.stderr, speech.notFound("[["));
      return 127;
    }
    default:
      return command satisfies never;
  }
}

async function runBody(body: Script, io: Io, shell: CompoundShell): Promise<number> {
  shell.state.status = 0;
  return shell.run(body, io);
}

/** One turn of a loop; undefined where it leaves the loop. */
async function turnOf(body: Script, io: Io, shell: CompoundShell): Promise<number | undefined> {
  // What prints nothing and waits for nothing would hold up everything else.
  await turn();
  io.signal.throwIfAborted();
  try {
    return await shell.run(body, io);
  } catch (error) {
    if (!(error instanceof BreakOut)) throw error;
    if (error.levels > 1) throw new BreakOut(error.levels - 1, error.goesOn);
    return error.goesOn ? shell.state.status : undefined;
  }
}
