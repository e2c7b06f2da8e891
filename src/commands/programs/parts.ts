/** Programs that make, cut and show files by their size or place: `split`, `truncate`, `install`, `tree`, and `more` and `less`, which print. */
import { chmod, copyFile, mkdir, open, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { type FindProgram, type Invocation, type Program, print } from "../program.ts";
import { forEach } from "./files/index.ts";
import { optionsIn } from "./options.ts";

const units: Readonly<Record<string, number>> = {
  "": 1,
  b: 512,
  k: 1024,
  K: 1024,
  m: 1024 ** 2,
  M: 1024 ** 2,
  G: 1024 ** 3,
  g: 1024 ** 3,
};

/** `10`, `4k`, `1M`. Throws an Error for what is no size. */
function bytesIn(name: string, size: string): number {
  const [, number, unit = ""] = /^(\d+)([bkKmMgG]?)B?$/.exec(size) ?? [];
  if (number === undefined) throw new Error(`${name}: invalid number '${size}'`);
  return Number(number) * (units[unit] ?? 1);
}

/** `split [-l LINES | -b BYTES] [FILE [PREFIX]]`: `xaa`, `xab`, … */
async function split({ args, cwd, stdin }: Invocation): Promise<number> {
  const { values, rest } = optionsIn(args, ["l:", "b:", "a:", "d"]);
  const [file = "-", prefix = "x"] = rest;
  const bytes = file === "-" ? Buffer.concat(await stdin.toArray()) : await readFile(resolve(cwd, file));
  const size = values.get("b");
  const pieces =
    size === undefined
      ? linesOf(bytes, Number(values.get("l") ?? 1000))
      : piecesOf(bytes, bytesIn("split", size));
  const letters = Number(values.get("a") ?? 2);
  for (const [i, piece] of pieces.entries()) {
    let name = "";
    for (let left = i, at = 0; at < letters; at++, left = Math.floor(left / 26))
      name = String.fromCharCode(97 + (left % 26)) + name;
    await writeFile(resolve(cwd, prefix + name), piece);
  }
  return 0;
}

function piecesOf(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; size > 0 && at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}

function linesOf(bytes: Buffer, count: number): Buffer[] {
  const lines = bytes.toString("latin1").match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const pieces: Buffer[] = [];
  for (let at = 0; count > 0 && at < lines.length; at += count)
    pieces.push(Buffer.from(lines.slice(at, at + count).join(""), "latin1"));
  return pieces;
}

/** `truncate -s [+-]SIZE FILE…` */
function truncate(call: Invocation): Promise<number> {
  const { flags, values, rest } = optionsIn(call.args, ["c", "s:", "size:"]);
  const size = values.get("s") ?? values.get("size");
  if (size === undefined) throw new Error("truncate: you must specify '-s SIZE'");
  const [, sign = "", number = ""] = /^([-+]?)(.*)$/.exec(size) ?? [];
  const bytes = bytesIn("truncate", number);
  return forEach("truncate", rest, call, async path => {
    const file = await open(resolve(call.cwd, path), flags.has("c") ? "r+" : "a+");
    try {
      const now = (await file.stat()).size;
      await file.truncate(sign === "+" ? now + bytes : sign === "-" ? Math.max(0, now - bytes) : bytes);
    } finally {
      await file.close();
    }
  });
}

/** `install [-m MODE] FILE… TARGET`, `install -d FOLDER…`; owners are left as they are. */
function install(call: Invocation): Promise<number> {
  const { flags, values, rest } = optionsIn(call.args, ["d", "D", "c", "p", "s", "v", "m:", "o:", "g:"]);
  const mode = Number.parseInt(values.get("m") ?? "755", 8);
  const at = (path: string) => resolve(call.cwd, path);
  const folder = async (path: string) => {
    await mkdir(at(path), { recursive: true });
    await chmod(at(path), mode);
  };
  if (flags.has("d")) return forEach("install", rest, call, folder);
  const target = rest.at(-1) ?? "";
  return forEach("install", rest.slice(0, -1), call, async path => {
    const isFolder = (await stat(at(target)).catch(() => undefined))?.isDirectory() ?? false;
    const file = isFolder ? join(at(target), basename(path)) : at(target);
    if (flags.has("D")) await mkdir(join(file, ".."), { recursive: true });
    await copyFile(at(path), file);
    await chmod(file, mode);
  });
}

/** Folders and files below, with lines that show what is in what. */
async function tree(call: Invocation): Promise<number> {
  const { flags, values, rest } = optionsIn(call.args, ["a", "d", "f", "L:"]);
  const deepest = Number(values.get("L") ?? Number.POSITIVE_INFINITY);
  let [folders, files] = [0, 0];
  const below = async (folder: string, front: string, depth: number): Promise<void> => {
    call.signal.throwIfAborted();
    if (depth > deepest) return;
    const all = await readdir(folder, { withFileTypes: true });
    const shown = all
      .filter(
        each => (flags.has("a") || !each.name.startsWith(".")) && (!flags.has("d") || each.isDirectory()),
      )
      .sort((one, other) => (one.name < other.name ? -1 : 1));
    for (const [i, each] of shown.entries()) {
      const isLast = i === shown.length - 1;
      await print(call.stdout, `${front}${isLast ? "└── " : "├── "}${each.name}\n`);
      if (each.isDirectory()) folders++;
      else files++;
      if (each.isDirectory())
        await below(join(folder, each.name), `${front}${isLast ? "    " : "│   "}`, depth + 1);
    }
  };
  const status = await forEach("tree", rest.length === 0 ? ["."] : rest, call, async path => {
    await print(call.stdout, `${path}\n`);
    await below(resolve(call.cwd, path), "", 1);
  });
  await print(call.stdout, `\n${folders} directories, ${files} files\n`);
  return status;
}

/** Node can make none. */
async function mkfifo({ args: [path = ""], stderr }: Invocation): Promise<number> {
  await print(stderr, `mkfifo: ${path}: Operation not supported\n`);
  return 1;
}

export const partPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ["install", install],
  ["mkfifo", mkfifo],
  ["split", split],
  ["tree", tree],
  ["truncate", truncate],
]);

/** Names of programs that are others with options of their own. */
const others: Readonly<Record<string, readonly [name: string, ...args: string[]]>> = {
  egrep: ["grep", "-E"],
  fgrep: ["grep", "-F"],
  less: ["cat"],
  more: ["cat"],
};

export const otherNames: readonly string[] = Object.keys(others);

export function otherProgram(name: string, find: FindProgram): Program | undefined {
  const [meant, ...options] = others[name] ?? [];
  const program = meant === undefined ? undefined : find(meant);
  return program && (call => program({ ...call, args: [...options, ...call.args] }));
}
