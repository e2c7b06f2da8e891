/** Programs that look at files and change them: paths are those of the machine. */
import { createReadStream, createWriteStream, type Stats } from "node:fs";
import {
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { BrokenPipe, type Invocation, type Program, print } from "../program.ts";
import { describe } from "../reasons.ts";
import { optionsIn } from "./options.ts";

/** Does it for each, tells what goes wrong with it, and goes on. Resolves to 1 where something did. */
async function forEach(
  name: string,
  paths: readonly string[],
  { stderr, signal }: Invocation,
  run: (path: string) => Promise<unknown>,
): Promise<number> {
  let status = 0;
  for (const path of paths) {
    signal.throwIfAborted();
    try {
      await run(path);
    } catch (error) {
      if (signal.aborted || isBroken(error)) throw new BrokenPipe();
      await print(stderr, `${name}: ${path}: ${describe(error)}\n`);
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
    return pipeline(from, stdout, { end: false, signal });
  });
}

/**
 * Names, one a line; `-l` with what they are, `-a` with hidden ones, `-d` of folders themselves, `-R` with all that is in them.
 */
async function ls(call: Invocation): Promise<number> {
  const { args, stdout, stderr, cwd } = call;
  const { flags, rest } = optionsIn(args, ["a", "A", "l", "1", "d", "h", "t", "r", "F", "n", "R"]);
  const paths = rest.length === 0 ? ["."] : [...rest];
  const shown = (names: readonly string[], folder: string) =>
    Promise.all(
      names.map(async name =>
        flags.has("l") ? longLine(await lstat(resolve(cwd, folder, name)), folder, name) : name,
      ),
    );
  let status = 0;
  for (const [i, path] of paths.entries()) {
    try {
      // A link to nothing is there too, where it is shown as a link.
      const look = flags.has("d") || flags.has("l") ? lstat : stat;
      const isFolder = (await look(resolve(cwd, path))).isDirectory() && !flags.has("d");
      if (isFolder && (paths.length > 1 || flags.has("R")))
        await print(stdout, `${i > 0 ? "\n" : ""}${path}:\n`);
      const inside = isFolder ? (await readdir(resolve(cwd, path))).sort() : [path];
      const visible =
        isFolder && !flags.has("a") && !flags.has("A")
          ? inside.filter(name => !name.startsWith("."))
          : inside;
      const names = isFolder && flags.has("a") ? [".", "..", ...visible] : visible;
      if (flags.has("r")) names.reverse();
      const lines = await shown(names, isFolder ? path : ".");
      if (flags.has("l") && isFolder) lines.unshift(`total ${names.length}`);
      for (const line of lines) await print(stdout, `${line}\n`);
      if (flags.has("R") && isFolder) paths.splice(i + 1, 0, ...(await foldersIn(resolve(cwd, path), path)));
    } catch (error) {
      if (isBroken(error)) throw error;
      await print(stderr, `ls: cannot access '${path}': ${describe(error)}\n`);
      status = 2;
    }
  }
  return status;
}

/** As they are named in the list of all. */
async function foldersIn(place: string, path: string): Promise<string[]> {
  const found = await readdir(place, { withFileTypes: true });
  const names = found
    .filter(each => each.isDirectory() && !each.name.startsWith("."))
    .map(({ name }) => name);
  return names.sort().map(name => `${path.replace(/\/$/, "")}/${name}`);
}

/** What is printed is read no more: nothing is wrong with the file. */
function isBroken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return (
    error instanceof BrokenPipe || code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ERR_STREAM_DESTROYED"
  );
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

async function longLine(found: Stats, folder: string, name: string): Promise<string> {
  const type = found.isDirectory() ? "d" : found.isSymbolicLink() ? "l" : "-";
  const bits = [..."rwxrwxrwx"].map((letter, i) => (found.mode & (0o400 >> i) ? letter : "-")).join("");
  const { mtime } = found;
  const clock = [mtime.getHours(), mtime.getMinutes()]
    .map(number => String(number).padStart(2, "0"))
    .join(":");
  const day = `${months[mtime.getMonth()]} ${String(mtime.getDate()).padStart(2)}`;
  const target = found.isSymbolicLink() ? ` -> ${await readlink(join(folder, name))}` : "";
  const owner = found.uid === 0 ? "root" : String(found.uid);
  const group = found.gid === 0 ? "root" : String(found.gid);
  return `${type}${bits} ${String(found.nlink).padStart(4)} ${owner.padEnd(8)} ${group.padEnd(8)} ${String(found.size).padStart(9)} ${day} ${clock} ${name}${target}`;
}

function makeFolders(call: Invocation): Promise<number> {
  const { flags, rest } = optionsIn(call.args, ["p", "v", "m:"]);
  return forEach("mkdir", rest, call, path => mkdir(resolve(call.cwd, path), { recursive: flags.has("p") }));
}

function remove(call: Invocation): Promise<number> {
  const { flags, rest } = optionsIn(call.args, ["r", "R", "f", "v"]);
  const options = { recursive: flags.has("r") || flags.has("R"), force: flags.has("f") };
  return forEach("rm", rest, call, path => rm(resolve(call.cwd, path), options));
}

function removeFolder(call: Invocation): Promise<number> {
  return forEach("rmdir", optionsIn(call.args, ["p"]).rest, call, path => rmdir(resolve(call.cwd, path)));
}

function touch(call: Invocation): Promise<number> {
  const { rest } = optionsIn(call.args, ["a", "c", "m"]);
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

function transfer(
  name: string,
  known: readonly string[],
  run: (from: string, to: string, isDeep: boolean) => Promise<unknown>,
): Program {
  return call => {
    const { flags, rest } = optionsIn(call.args, known);
    const to = rest.at(-1);
    if (to === undefined || rest.length < 2) throw new Error(`${name}: missing file operand`);
    const isDeep = flags.has("r") || flags.has("R") || flags.has("a");
    return forEach(name, rest.slice(0, -1), call, async from =>
      run(resolve(call.cwd, from), await destination(call.cwd, from, to), isDeep),
    );
  };
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
  const files = rest.map(path =>
    createWriteStream(resolve(call.cwd, path), { flags: flags.has("a") ? "a" : "w" }),
  );
  for (const file of files) file.on("error", () => {});
  for await (const chunk of call.stdin.iterator({ destroyOnReturn: false })) {
    for (const file of files) file.write(chunk);
    await print(call.stdout, chunk as Buffer);
  }
  await Promise.all(files.map(file => new Promise(done => file.end(done))));
  return files.some(file => file.errored) ? 1 : 0;
}

/** The contents of files, or what comes in where none is named: for programs that read text. */
export async function textsOf(
  name: string,
  paths: readonly string[],
  call: Invocation,
): Promise<{ readonly path: string; readonly text: string }[]> {
  const texts: { path: string; text: string }[] = [];
  const status = await forEach(name, paths.length === 0 ? ["-"] : paths, call, async path => {
    if (path !== "-") return void texts.push({ path, text: await readFile(resolve(call.cwd, path), "utf8") });
    const pieces: Buffer[] = [];
    for await (const piece of call.stdin) pieces.push(piece as Buffer);
    texts.push({ path, text: Buffer.concat(pieces).toString() });
  });
  if (status !== 0) texts.push({ path: "", text: "" });
  return texts;
}

export const filePrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ["cat", cat],
  [
    "cp",
    transfer("cp", ["r", "R", "a", "f", "p"], (from, to, recursive) =>
      cp(from, to, { recursive, errorOnExist: false }),
    ),
  ],
  ["ln", link],
  ["ls", ls],
  ["mkdir", makeFolders],
  ["mv", transfer("mv", ["f", "n"], (from, to) => rename(from, to))],
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
