/**
 * What a container can be told to do beside what it does: the commands of exec, and so of `exec` probes and hooks. Three ask the
 * container itself, and are here:
 *
 *     event-loop             ends with 0 as soon as the event loop turns
 *     request JSON           sends the container's inbox a message, and prints the answer; `-` reads it from stdin
 *     send JSON              the same without an answer: ends when the container has taken it in
 *
 * All others are in a file of their own (commands/run-command.ts), which is loaded when it is needed: `node -e` and `-p` in the
 * container's world, a shell, and the everyday programs. A command ends with an exit code; what it prints, mistakes
 * included, goes to its session.
 */
import { createRequire } from "node:module";
import { text as textOf } from "node:stream/consumers";
import { messageOf } from "../../errors/index.ts";
import type { ImageFiles, Mount } from "../files/index.ts";
import type { ImageConfig } from "../image-config.ts";
import type { CommandSession, ExecSession, ExecWorld } from "./session.ts";

/** What is in the file with the other commands. */
export interface Commands {
  runCommand(
    command: readonly string[],
    session: CommandSession,
    world: ExecWorld,
  ): Promise<{ readonly exitCode: number; readonly problem?: string }>;
  /** Why it cannot be run; undefined where it can. */
  problemWith(command: readonly string[], world: ExecWorld): string | undefined;
  /** What an image has in its files, with the folder to work in, and what the system shows of the mounts. */
  imageFiles(image: ImageConfig, workingDir: string, mounts: readonly Mount[]): ImageFiles;
}

/** Runs a command to its end, and ends its session. Never rejects. */
export async function interpret(
  command: readonly string[],
  session: ExecSession,
  world: ExecWorld,
): Promise<void> {
  try {
    const { exitCode, problem } = await run(command, session, world);
    await session.exit(exitCode, problem);
  } catch {
    // The container has replaced what this takes: its session ends without a word, and with 126.
    await session.exit(126).catch(() => {});
  }
}

async function run(command: readonly string[], session: ExecSession, world: ExecWorld) {
  const [name, ...args] = command;
  try {
    if (name === "event-loop") return { exitCode: 0 };
    if (name === "send") {
      await world.send(await bodyIn(args, session));
      return { exitCode: 0 };
    }
    if (name === "request") return { exitCode: await request(args, session, world) };
    const { runCommand } = createRequire(__filename)(world.commands) as Commands;
    return await runCommand(command, session, world);
  } catch (error) {
    if (!session.signal.aborted) session.stderr.write(`${messageOf(error)}\n`);
    return { exitCode: 1 };
  }
}

async function request(args: readonly string[], session: ExecSession, world: ExecWorld): Promise<number> {
  const { stdout, signal } = session;
  const answer = await world.request(await bodyIn(args, session), signal);
  stdout.write(`${JSON.stringify(answer) ?? "undefined"}\n`);
  return 0;
}

/** JSON; a text that is none stands for itself. */
async function bodyIn([given]: readonly string[], { stdin }: ExecSession): Promise<unknown> {
  if (given === undefined) return undefined;
  const text = given === "-" ? await textOf(stdin) : given;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
