/**
 * What a container can be told to do beside what it does: the commands of exec, and so of `exec` probes and hooks. A thread has
 * no programs to run; a few are played here, in the container's own world, with its environment, its modules and its globals:
 *
 *     event-loop             ends with 0 as soon as the event loop turns
 *     request JSON           sends the container's inbox a message, and prints the answer
 *     node -e CODE, -p EXPR  runs code in the container's world, without ending it (node.ts)
 *     env, printenv [NAME]   its environment
 *     echo, cat, ls          what they are everywhere
 *
 * A command ends with an exit code, 127 where there is none of its name. What it prints, mistakes included, goes to its session.
 */
import { nearestName, thrownText } from "../../errors/index.ts";
import type { Command, ExecWorld } from "./command.ts";
import { cat, ls } from "./files.ts";
import { node } from "./node.ts";
import type { ExecSession } from "./session.ts";

export const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["cat", cat],
  ["echo", echo],
  ["env", env],
  ["event-loop", () => 0],
  ["ls", ls],
  ["node", node],
  ["printenv", printenv],
  ["request", request],
]);

/** Runs a command to its end, and ends its session. Never rejects. */
export async function interpret(
  [name = "", ...args]: readonly string[],
  session: ExecSession,
  world: ExecWorld,
): Promise<void> {
  try {
    await session.exit(await run(name, args, session, world));
  } catch {
    // The container has replaced what this takes: its session ends without a word, and with 126.
    await session.exit(126).catch(() => {});
  }
}

async function run(
  name: string,
  args: readonly string[],
  session: ExecSession,
  world: ExecWorld,
): Promise<number> {
  const command = commands.get(name);
  if (!command) {
    session.stderr.write(`${unknown(name)}\n`);
    return 127;
  }
  try {
    return await command(args, session, world);
  } catch (error) {
    if (!session.signal.aborted) session.stderr.write(`${messageOf(error)}\n`);
    return 1;
  }
}

function unknown(name: string): string {
  const names = [...commands.keys()];
  const near = nearestName(name, names);
  const hint = near === undefined ? "" : `; did you mean "${near}"?`;
  return `exec ${JSON.stringify(name)}: a thread has no programs to run, it knows ${names.join(", ")}${hint}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : thrownText(error);
}

function echo(args: readonly string[], { stdout }: ExecSession): number {
  const [first] = args;
  stdout.write(first === "-n" ? args.slice(1).join(" ") : `${args.join(" ")}\n`);
  return 0;
}

function env(args: readonly string[], { stdout }: ExecSession): number {
  if (args.length > 0)
    throw new Error("env: a thread has no programs to run; it only prints its environment");
  for (const [name, value] of Object.entries(process.env)) stdout.write(`${name}=${value}\n`);
  return 0;
}

function printenv(names: readonly string[], session: ExecSession): number {
  if (names.length === 0) return env([], session);
  const values = names.map(name => process.env[name]).filter(value => value !== undefined);
  for (const value of values) session.stdout.write(`${value}\n`);
  return values.length === names.length ? 0 : 1;
}

async function request(
  [text]: readonly string[],
  { stdout, signal }: ExecSession,
  world: ExecWorld,
): Promise<number> {
  const answer = await world.request(text === undefined ? undefined : jsonOr(text), signal);
  stdout.write(`${JSON.stringify(answer) ?? "undefined"}\n`);
  return 0;
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
