/** What a command that is part of the shell is given: its arguments, its streams, and the shell that it changes. */
import type { FindProgram, Io } from "../program.ts";
import type { ShellState } from "./state.ts";

export type Builtin = (call: BuiltinCall) => number | Promise<number>;

/** The shell that a command is part of. */
export interface CallingShell {
  readonly state: ShellState;
  readonly find: FindProgram;
  evaluate(text: string, io: Io): Promise<number>;
}

export interface BuiltinCall {
  readonly args: readonly string[];
  readonly io: Io;
  readonly shell: CallingShell;
}
