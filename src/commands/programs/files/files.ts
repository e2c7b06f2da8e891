/** Programs that look at files and change them; list.ts has the one that lists them. */
import { createReadStream } from "node:fs";
import {
  lstat,
  mkdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  unlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Readable, Writable } from "node:stream";
import { BrokenPipe, fileToWrite, type Invocation, type Program, print, WriteFault } from "../../program.ts";
import { describe } from "../../reasons.ts";
import { faultLine } from "../../words.ts";
import { type Options, optionsIn } from "../options.ts";
import { copyTree, removeTree } from "./trees.ts";

/** Does it for each, tells what goes wrong with it, and goes on. Resolves to 1 where something did. */
export async function forEach(
  name: string,
  paths: readonly string[],
  { stderr, signal, words }: Invocation,
  run: (path: string) => Promise<unknown>,
): Promise<number> {
  let status = 0;
  for (const path of paths) {
    signal.throwIfAborted();
    try {
      await run(path);
    } catch (error) {
      if (signal.aborted || isBroken(error)) throw new BrokenPipe();
      if (error instanceof WriteFault) throw error;
      await print(stderr, faultLine(words, name, path, error));
      status = 1;
    }
  }
  return status;
}

/** Prints files, or its input where none is named or one is `-`. Goes on after one that cannot be read. */
async function cat(call: Invocation): Promise<number> {
  const { args, stdin, stdout, signal, cwd } = call;
  const paths = args.filter(arg => !/^-[uv]$/.test(arg));
  return forEach("cat", paths.length === 0 ? ["-"] : paths, call, path => {
    const from = path === "-" ? stdin : createReadStream(resolve(cwd, path));
    return passOn(from, stdout, signal);
  });
}

/** Everything that comes. Node's pipeline would leave listeners behind at a stream that it does not end. */
async function passOn(from: Readable, to: Writable, signal: AbortSignal): Promise<void> {
  const stop = () => from.destroy(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const chunk of from.iterator({ destroyOnReturn: false })) await print(to, chunk as Buffer);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** What is printed is read no more: nothing is wrong with the file. */
function isBroken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return (
    error instanceof BrokenPipe || code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ERR_STREAM_DESTROYED"
  );
}

function makeFolders(call: Invocation): Promise<number> {
  const { flags, rest } = optionsIn(call.args, ["p", "v", "m:"]);
  return forEach("mkdir", rest, call, path => mkdir(resolve(call.cwd, path), { recursive: flags.has("p") }));
}

async function remove(call: Invocation): Promise<number> {
  const { flags, rest } = optionsIn(call.args, ["r", "R", "f", "v", "i", "d", "recursive", "force"]);
  const isDeep = ["r", "R", "recursive"].some(flag => flags.has(flag));
  const isForced = flags.has("f") || flags.has("force");
  const isRoot = (path: string) => resolve(call.cwd, path) === "/";
  // Nothing but a mistake ever asks for it.
  const refused = rest.filter(isRoot);
  for (const path of refused)
    await print(call.stderr, `rm: it is dangerous to operate recursively on '${path}'\n`);
  const others = rest.filter(path => !isRoot(path));
  const status = await forEach("rm", others, call, async path => {
    const place = resolve(call.cwd, path);
    try {
      if (isDeep) return await removeTree(place, call.signal);
      if ((await lstat(place)).isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
      return await unlink(place);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (!isForced || (code !== "ENOENT" && code !== "ENOTDIR")) throw error;
    }
  });
  return refused.length > 0 ? 1 : status;
}

function removeFolder(call: Invocation): Promise<number> {
  return forEach("rmdir", optionsIn(call.args, ["p"]).rest, call, path => rmdir(resolve(call.cwd, path)));
}

function touch(call: Invocation): Promise<number> {
  const { rest } = optionsIn(call.args, ["a", "c", "m", "d:", "t:", "r:"]);
  return forEach("touch", rest, call, async path => {
    const place = resolve(call.cwd, path);
    await writeFile(place, "", { flag: "a" });
    const now = new Date();
    await utimes(place, now, now);
  });
}

/** Into a folder under its own name, or to the name that is given. */
async function destination(cwd: string, from: string, to: string): Promise<string> {
  const place = resolve(cwd, to);
  const found = await stat(place).catch(() => undefined);
  return found?.isDirectory() ? join(place, basename(from)) : place;
}

/** What is to be copied or moved, and where to, each under its own name if that is a folder. */
function transfer(
  name: "cp" | "mv",
  known: readonly string[],
  run: (from: string, to: string, options: Options, call: Invocation) => Promise<unknown>,
): Program {
  return async call => {
    const options = optionsIn(call.args, known);
    const { flags, rest } = options;
    const to = rest.at(-1);
    if (to === undefined || rest.length < 2) throw new Error(`${name}: missing file operand`);
    const isDeep = name === "mv" || ["r", "R", "a", "recursive"].some(flag => flags.has(flag));
    let status = 0;
    const each = await forEach(name, rest.slice(0, -1), call, async path => {
      const from = resolve(call.cwd, path);
      const isFolder = (await lstat(from)).isDirectory();
      if (isFolder && !isDeep) {
        const why = call.words === "busybox" ? "" : "-r not specified; ";
        await print(call.stderr, `cp: ${why}omitting directory '${path}'\n`);
        status = 1;
        return;
      }
      try {
        const place = await destination(call.cwd, from, to);
        await stat(dirname(place));
        await run(from, place, options, call);
      } catch (error) {
        const what = call.words === "busybox" ? "can't create" : "cannot create regular file";
        await print(call.stderr, `${name}: ${what} '${to}': ${describe(error)}\n`);
        status = 1;
      }
    });
    return each || status;
  };
}

function copy(from: string, to: string, { flags }: Options, { signal }: Invocation): Promise<void> {
  return copyTree(from, to, flags.has("a") || flags.has("p"), signal);
}

/** From one volume to another it is a copy. */
async function move(from: string, to: string, _: Options, { signal }: Invocation): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    await copyTree(from, to, true, signal);
    await removeTree(from, signal);
  }
}

async function link(call: Invocation): Promise<number> {
  const { rest } = optionsIn(call.args, ["s", "f", "n"]);
  const [target = "", name = basename(target)] = rest;
  const place = await destination(call.cwd, target, name);
  await rm(place, { force: true });
  await symlink(target, place);
  return 0;
}

/** Prints its input, and writes it into files. */
async function tee(call: Invocation): Promise<number> {
  const { flags, rest } = optionsIn(call.args, ["a", "i"]);
  const files = rest.map(path => fileToWrite(resolve(call.cwd, path), flags.has("a") ? "a" : "w"));
  for await (const chunk of call.stdin.iterator({ destroyOnReturn: false })) {
    for (const file of files) file.write(chunk);
    await print(call.stdout, chunk as Buffer);
  }
  await Promise.all(files.map(file => new Promise(done => file.end(done))));
  return files.some(file => file.errored) ? 1 : 0;
}

/** The contents of files, or what comes in where none is named: for programs that read text. The status is 1 where one cannot be read. */
export async function textsOf(
  name: string,
  paths: readonly string[],
  call: Invocation,
): Promise<{
  readonly texts: readonly { readonly path: string; readonly text: string }[];
  readonly status: number;
}> {
  const texts: { path: string; text: string }[] = [];
  const status = await forEach(name, paths.length === 0 ? ["-"] : paths, call, async path => {
    if (path !== "-") return void texts.push({ path, text: await readFile(resolve(call.cwd, path), "utf8") });
    const pieces: Buffer[] = [];
    for await (const piece of call.stdin) pieces.push(piece as Buffer);
    texts.push({ path, text: Buffer.concat(pieces).toString() });
  });
  return { texts, status };
}

export const filePrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ["cat", cat],
  ["cp", transfer("cp", ["r", "R", "a", "f", "p", "v", "d", "L", "recursive"], copy)],
  ["ln", link],
  ["mkdir", makeFolders],
  ["mv", transfer("mv", ["f", "n", "v"], move)],
  ["rm", remove],
  ["rmdir", removeFolder],
  ["tee", tee],
  ["touch", touch],
  ["dirname", ({ args: [path = ""], stdout }) => print(stdout, `${dirname(path)}\n`).then(() => 0)],
  [
    "basename",
    ({ args: [path = "", end], stdout }) => print(stdout, `${basename(path, end)}\n`).then(() => 0),
  ],
]);
