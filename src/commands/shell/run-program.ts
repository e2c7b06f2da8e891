/** Runs what is no part of the shell. */
import { BrokenPipe, type FindProgram, type Io, print, WriteFault } from "../program.ts";
import { describe as reasonOf } from "../reasons.ts";
import type { ShellState } from "./state.ts";

interface ProgramShell {
  readonly state: ShellState;
  readonly find: FindProgram;
}

/** Resolves to its exit code: 127 where there is no such program. */
export async function runProgram(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  io: Io,
  { state, find }: ProgramShell,
): Promise<number> {
  const program = find(name, state.cwd);
  if (!program) {
    await print(io.stderr, state.speech.notFound(name));
    return 127;
  }
  try {
    return await program({ ...io, args, env, cwd: state.cwd });
  } catch (error) {
    if (error instanceof BrokenPipe || error instanceof WriteFault || io.signal.aborted) throw error;
    await print(io.stderr, `${reasonOf(error)}\n`);
    return 1;
  }
}
