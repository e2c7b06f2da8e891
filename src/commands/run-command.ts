/**
 * What is started by a name in a container: a program, or the shell. The build makes one file of this module and all that it
 * imports; a container loads it with the first command (worker/exec/interpreter.ts), because most never run one.
 */
import { constants, type Stats, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nearestName } from "../errors/index.ts";
import type { CommandSession, ExecWorld, ImageConfig, ImageFiles, Mount } from "../worker/index.ts";
import { busyboxHttpd, catalogueProgram, imageFiles as filesOfImage } from "./catalogue/index.ts";
import {
  BrokenPipe,
  codeOfAbort,
  type FindProgram,
  type Invocation,
  type Program,
  print,
} from "./program.ts";
import {
  attributePrograms,
  busybox,
  compressPrograms,
  conditionPrograms,
  dd,
  diskNames,
  diskProgram,
  filePrograms,
  filterNames,
  filterProgram,
  findFiles,
  hostname,
  killing,
  ls,
  machineProgram,
  networkNames,
  networkProgram,
  node,
  otherNames,
  otherProgram,
  partPrograms,
  processPrograms,
  reversePrograms,
  sumPrograms,
  systemPrograms,
  tarPrograms,
  textPrograms,
  wrapperNames,
  wrapperProgram,
  xargs,
} from "./programs/index.ts";
import { describe } from "./reasons.ts";
import { scriptFile } from "./script-file.ts";
import { LineEditor, type ShellKind, shell } from "./shell/index.ts";
import type { Words } from "./words.ts";

const ownPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ["dd", dd],
  ["ls", ls],
  ...attributePrograms,
  ...compressPrograms,
  ...conditionPrograms,
  ...filePrograms,
  ...partPrograms,
  ...processPrograms,
  ...reversePrograms,
  ...sumPrograms,
  ...systemPrograms,
  ...tarPrograms,
  ...textPrograms,
]);
const shells: ReadonlySet<string> = new Set(["sh", "bash", "ash", "dash"]);

const programFolder = /^(\/usr)?(\/local)?\/s?bin\//;

/** All that can be run, on every machine. */
export const programNames: ReadonlySet<string> = new Set([
  ...ownPrograms.keys(),
  ...diskNames,
  ...networkNames,
  ...otherNames,
  ...shells,
  ...wrapperNames,
  "find",
  "hostname",
  "kill",
  "killall",
  "node",
  "pkill",
  "which",
  "xargs",
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
  const find = programsOf(world, session.handle !== undefined);
  const program = find(name);
  if (!program) return { exitCode: 127, problem: unknown(name, world) };
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
      cwd: world.workingDir ?? tmpdir(),
      stdin,
      stdout,
      stderr,
      signal,
      terminal,
      user: world.user ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, groups: [] },
      words: wordsOf(world.image),
      processes: session.processes,
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

/** What an image has in its files, with the folder to work in, and what the system shows of the mounts. */
export function imageFiles(image: ImageConfig, workingDir: string, mounts: readonly Mount[]): ImageFiles {
  return filesOfImage(image, workingDir, mounts, [...programNames, ...filterNames]);
}

/** Why a command cannot be run; undefined where it can. */
export function problemWith([name = ""]: readonly string[], world: ExecWorld): string | undefined {
  const program = programsOf(world)(name);
  if (program && !isUnusable(name)) return undefined;
  return `${notCreated}: ${program ? `exec: ${JSON.stringify(name)}: permission denied` : unknown(name, world)}`;
}

/** @param isMain whether it is for the container's own command, and not for one beside it */
function programsOf(world: ExecWorld, isMain = false): FindProgram {
  const { image } = world;
  const isBusybox = image?.system === "busybox" || image?.system === "alpine";
  const kill: Program = call =>
    shell({ ...call, args: ["-c", 'kill "$@"', "sh", ...call.args] }, find, "ash");
  const find: FindProgram = (name, cwd) => {
    if (image?.system === "none") return catalogueProgram(name, world, find);
    const known = name.replace(programFolder, "");
    if (shells.has(known)) return call => shell(call, find, shellKindOf(known, image));
    const own = ownPrograms.get(known);
    switch (known) {
      case "busybox":
        if (isBusybox) return call => busybox(call, find, [...programNames, ...filterNames]);
        break;
      case "httpd":
        if (isBusybox) return call => busyboxHttpd(call);
        break;
      case "node":
        // An image of the catalogue has no module: as in `node -e`, it is as if there were one where it runs.
        return call =>
          node(call, {
            filename: world.filename || join(call.cwd, "[eval]"),
            placeOf: world.placeOf,
            isMain,
          });
      case "env":
        return call => withEnvironment(call, find);
      case "find":
        return call => findFiles(call, find);
      case "hostname":
        return call => hostname(call, world.sockets.podIP);
      case "kill":
        return kill;
      case "which":
        return call => which(call, find);
      case "xargs":
        return call => xargs(call, find);
    }
    return (
      own ??
      diskProgram(known, world) ??
      networkProgram(known, world) ??
      wrapperProgram(known, find) ??
      otherProgram(known, find) ??
      killing(known, kill) ??
      catalogueProgram(known, world, find) ??
      (image ? inContainer(name, cwd) : machineProgram(name, process.env.PATH, world))
    );
  };
  /** Of the machine there is little where the root folder is the container's own. */
  const inContainer = (name: string, cwd = world.workingDir ?? "/") =>
    filterProgram(name.replace(programFolder, ""), world.placeOf, world.isOnMachine) ??
    scriptFile(name, cwd, process.env.PATH ?? "", world.placeOf, find);
  return find;
}

function environment(): Record<string, string> {
  const values = Object.entries(process.env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return Object.fromEntries(values);
}

function wordsOf(image: ImageConfig | undefined): Words {
  return image?.system === "alpine" || image?.system === "busybox" ? "busybox" : "coreutils";
}

/** In Debian `sh` is dash. */
function shellKindOf(name: string, image: ImageConfig | undefined): ShellKind {
  if (name === "bash") return "bash";
  return image?.system === "debian" || image?.system === "ubuntu" ? "dash" : "ash";
}

/** A file that may not be run. */
function isUnusable(name: string): boolean {
  const { S_IXUSR, S_IXGRP, S_IXOTH } = constants;
  const file = name.includes("/") ? fileAt(name) : undefined;
  return file?.isFile() === true && (file.mode & (S_IXUSR | S_IXGRP | S_IXOTH)) === 0;
}

function fileAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** The words of containerd and runc, by which people look for the cause. */
const notCreated =
  "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process";

function unknown(name: string, { image }: ExecWorld): string {
  const exec = `exec: ${JSON.stringify(name)}`;
  if (name.includes("/")) {
    const isFolder = fileAt(name)?.isDirectory() === true;
    return `${exec}: ${isFolder ? "is a directory" : `stat ${name}: no such file or directory`}`;
  }
  const near = image?.system === "none" ? undefined : nearestName(name, [...programNames]);
  const hint = near === undefined ? "" : `; did you mean "${near}"?`;
  return `${exec}: executable file not found in $PATH${hint}`;
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
