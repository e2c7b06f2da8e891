/**
 * tar, as far as `kubectl cp` and everyday use need it: it makes an archive of files and folders, lists one, and takes one
 * apart. The paths are those of the container, which a program of the machine would not know.
 */
import { createReadStream, createWriteStream } from "node:fs";
import { lstat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import type { TarSource } from "modern-tar/fs";
import { type Invocation, type Program, print } from "../../program.ts";
import { describe } from "../../reasons.ts";
import { optionsIn } from "../options.ts";

interface Call {
  readonly flags: ReadonlySet<string>;
  /** `-` for stdin or stdout. */
  readonly file: string;
  /** Where paths begin: that of `-C`, or the current folder. */
  readonly folder: string;
  readonly strip: number;
  readonly paths: readonly string[];
}

/** Those without an effect here keep owners, rights and times, as it is done anyway. */
const known = `
  c x t z v m p o f: C: create extract list gzip verbose touch file: directory: strip-components:
  no-same-permissions no-same-owner no-overwrite-dir
`
  .trim()
  .split(/\s+/);
const longNames = { create: "c", extract: "x", list: "t", gzip: "z", verbose: "v" };

function callIn({ args, cwd }: Invocation): Call {
  // The old way: the letters come first, without a dash.
  const [first = "", ...others] = args;
  const { flags, values, rest } = optionsIn(
    /^[a-zA-Z]+$/.test(first) ? [`-${first}`, ...others] : args,
    known,
  );
  const all = new Set(flags);
  for (const [long, short] of Object.entries(longNames)) if (flags.has(long)) all.add(short);
  return {
    flags: all,
    file: values.get("f") ?? values.get("file") ?? "-",
    folder: resolve(cwd, values.get("C") ?? values.get("directory") ?? "."),
    strip: Number(values.get("strip-components") ?? 0),
    paths: rest,
  };
}

async function tar(call: Invocation): Promise<number> {
  const asked = callIn(call);
  if (asked.flags.has("c")) return create(asked, call);
  if (asked.flags.has("x")) return extract(asked, call);
  if (asked.flags.has("t")) return list(asked, call);
  throw new Error("tar: you must specify one of -ctx");
}

async function create({ flags, file, folder, paths }: Call, call: Invocation): Promise<number> {
  const { stdout, stderr, signal, cwd } = call;
  if (paths.length === 0) throw new Error("tar: empty archive");
  const { packTar } = await import("modern-tar/fs");
  const sources: TarSource[] = [];
  let status = 0;
  if (paths.some(path => path.startsWith("/")))
    await print(stderr, "tar: removing leading '/' from member names\n");
  for (const path of paths) {
    const source = resolve(folder, path);
    try {
      const isFolder = (await lstat(source)).isDirectory();
      const target = path.replace(/^\/+/, "").replace(/\/+$/, "") || ".";
      sources.push({ type: isFolder ? "directory" : "file", source, target });
      if (flags.has("v")) await print(stderr, `${target}\n`);
    } catch (error) {
      await print(stderr, `tar: ${path}: ${describe(error)}\n`);
      status = 1;
    }
  }
  const steps: [Readable, ...NodeJS.ReadWriteStream[]] = [packTar(sources)];
  if (flags.has("z")) steps.push(createGzip());
  const to: Writable = file === "-" ? stdout : createWriteStream(resolve(cwd, file));
  await pipeline([...steps, to], { end: file !== "-", signal });
  if (status !== 0) await print(stderr, "tar: error exit delayed from previous errors\n");
  return status;
}

async function extract(asked: Call, call: Invocation): Promise<number> {
  const { flags, folder, strip, paths } = asked;
  const { unpackTar } = await import("modern-tar/fs");
  const names: string[] = [];
  const isWanted = ({ name }: { readonly name: string }) => {
    const wanted = paths.length === 0 || paths.some(path => name === path || name.startsWith(`${path}/`));
    if (wanted && flags.has("v")) names.push(name);
    return wanted;
  };
  await pipeline([...archiveOf(asked, call), unpackTar(folder, { strip, filter: isWanted })], {
    signal: call.signal,
  });
  for (const name of names) await print(call.stdout, `${name}\n`);
  return 0;
}

async function list(asked: Call, call: Invocation): Promise<number> {
  const { unpackTar } = await import("modern-tar/fs");
  const names: string[] = [];
  const none = unpackTar(join(asked.folder), {
    filter({ name }) {
      names.push(name);
      return false;
    },
  });
  await pipeline([...archiveOf(asked, call), none], { signal: call.signal });
  for (const name of names) await print(call.stdout, `${name}\n`);
  return 0;
}

/** What is read, unpacked where that is asked for. */
function archiveOf(
  { flags, file }: Call,
  { stdin, cwd }: Invocation,
): [Readable, ...NodeJS.ReadWriteStream[]] {
  // The input itself stays open, for what comes behind in the shell.
  const from = file === "-" ? stdin.pipe(new PassThrough()) : createReadStream(resolve(cwd, file));
  return flags.has("z") ? [from, createGunzip()] : [from];
}

export const tarPrograms: ReadonlyMap<string, Program> = new Map([["tar", tar]]);
