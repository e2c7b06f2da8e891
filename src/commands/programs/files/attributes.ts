/** Programs about what a file is, rather than what is in it: stat, chmod, chown, readlink, realpath, mktemp. */
import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { chmod, lstat, mkdir, readdir, readlink, realpath, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Invocation, type Program, print } from "../../program.ts";
import { optionsIn } from "../options.ts";
import { forEach } from "./files.ts";
import { modeText } from "./list.ts";
import { groupName, userName } from "./users.ts";

/** `-c FORMAT`, or what people look for in the rest of it. */
function showStat(call: Invocation): Promise<number> {
  const { flags, values, rest } = optionsIn(call.args, ["c:", "L", "t", "f", "format:"]);
  return forEach("stat", rest, call, async path => {
    const found = await (flags.has("L") ? stat : lstat)(resolve(call.cwd, path));
    const [user, group] = [await userName(found.uid, call), await groupName(found.gid, call)];
    const format = values.get("c") ?? values.get("format");
    const text =
      format === undefined
        ? `  File: ${path}\n  Size: ${found.size}\t\tBlocks: ${found.blocks}\tIO Block: ${found.blksize}\t${typeOf(found)}\nAccess: (${octal(found)}/${modeText(found)})\tUid: (${call.user.uid}/ ${user})\tGid: (${call.user.gid}/ ${group})\nModify: ${found.mtime.toISOString().replace("T", " ").replace("Z", "")} +0000\n`
        : `${format.replaceAll(/%([a-zA-Z])/g, (whole, letter: string) => factOf(letter, path, found, user, group) ?? whole)}\n`;
    await print(call.stdout, text);
  });
}

const octal = ({ mode }: Stats) => (mode & 0o7777).toString(8).padStart(4, "0");

function typeOf(found: Stats): string {
  if (found.isDirectory()) return "directory";
  if (found.isSymbolicLink()) return "symbolic link";
  return found.size === 0 ? "regular empty file" : "regular file";
}

function factOf(letter: string, path: string, found: Stats, user: string, group: string): string | undefined {
  const facts: Readonly<Record<string, string>> = {
    a: octal(found).replace(/^0/, ""),
    A: modeText(found),
    F: typeOf(found),
    G: group,
    h: String(found.nlink),
    n: path,
    s: String(found.size),
    U: user,
    y: `${found.mtime.toISOString().replace("T", " ").replace("Z", "")} +0000`,
    Y: String(Math.floor(found.mtimeMs / 1_000)),
  };
  return facts[letter];
}

/** `-R` of all that is in folders. */
async function everyPath(path: string, isDeep: boolean): Promise<string[]> {
  if (!isDeep || !(await lstat(path)).isDirectory()) return [path];
  const inside = await Promise.all((await readdir(path)).map(name => everyPath(resolve(path, name), true)));
  return [path, ...inside.flat()];
}

function changeMode(call: Invocation): Promise<number> {
  const isDeep = call.args.includes("-R");
  const [change = "", ...paths] = call.args.filter(arg => !/^-[Rvfc]+$/.test(arg));
  return forEach("chmod", paths, call, async path => {
    for (const place of await everyPath(resolve(call.cwd, path), isDeep)) {
      const found = await stat(place);
      await chmod(place, changedMode(found.mode & 0o7777, change, found.isDirectory()));
    }
  });
}

/** Octal, or as in `u+x,go-w`. Throws for what is neither. */
function changedMode(mode: number, change: string, isFolder: boolean): number {
  if (/^[0-7]{1,4}$/.test(change)) return Number.parseInt(change, 8);
  return change.split(",").reduce((now, part) => {
    const [, who = "", sign, letters = ""] = /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(part) ?? [];
    if (sign === undefined) throw new Error(`invalid mode '${change}'`);
    const places =
      who === "" || who.includes("a") ? [6, 3, 0] : [...who].map(each => ({ u: 6, g: 3 })[each] ?? 0);
    let bits = letters.includes("t") ? 0o1000 : 0;
    for (const place of places) {
      if (letters.includes("r")) bits |= 4 << place;
      if (letters.includes("w")) bits |= 2 << place;
      if (letters.includes("x") || (letters.includes("X") && (isFolder || (mode & 0o111) !== 0)))
        bits |= 1 << place;
    }
    const all = places.reduce((sum, place) => sum | (7 << place), 0);
    return sign === "+" ? now | bits : sign === "-" ? now & ~bits : (now & ~all) | bits;
  }, mode);
}

/** Files belong to the machine's user whoever asks: it only says whether they are there. */
function changeOwner(name: string): Program {
  return call => {
    const [, ...paths] = call.args.filter(arg => !/^-[RvfhcLHP]+$/.test(arg));
    return forEach(name, paths, call, path => lstat(resolve(call.cwd, path)));
  };
}

async function showLink(call: Invocation): Promise<number> {
  const { flags, rest } = optionsIn(call.args, ["f", "e", "m", "n"]);
  let status = 0;
  for (const path of rest) {
    const place = resolve(call.cwd, path);
    const found = await (flags.has("f") || flags.has("e") || flags.has("m") ? realpath : readlink)(
      place,
    ).catch(() => undefined);
    if (found === undefined) status = 1;
    else await print(call.stdout, flags.has("n") ? found : `${found}\n`);
  }
  return status;
}

function showPath(call: Invocation): Promise<number> {
  return forEach("realpath", optionsIn(call.args, ["e", "m", "q", "s"]).rest, call, async path =>
    print(call.stdout, `${await realpath(resolve(call.cwd, path))}\n`),
  );
}

async function makeTemporary(call: Invocation): Promise<number> {
  const { flags, values, rest } = optionsIn(call.args, ["d", "q", "u", "t", "p:"]);
  const folder =
    values.get("p") ?? (rest.length === 0 || flags.has("t") ? (call.env.TMPDIR ?? "/tmp") : call.cwd);
  const name = (rest[0] ?? "tmp.XXXXXX").replace(/X{3,}/, marks =>
    randomBytes(marks.length).toString("base64url").replaceAll(/[-_]/g, "k").slice(0, marks.length),
  );
  const place = resolve(call.cwd, folder, name);
  if (flags.has("d")) await mkdir(place, { mode: 0o700 });
  else await writeFile(place, "", { flag: "wx", mode: 0o600 });
  await print(call.stdout, `${place}\n`);
  return 0;
}

export const attributePrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ["chgrp", changeOwner("chgrp")],
  ["chmod", changeMode],
  ["chown", changeOwner("chown")],
  ["mktemp", makeTemporary],
  ["readlink", showLink],
  ["realpath", showPath],
  ["stat", showStat],
]);
