/**
 * `find`: walks folders and does with what it finds as its expression says. The expression is read once, into a function that is asked for
 * each file, in the order of POSIX: `-o` over what stands side by side over `!`.
 */
import type { Stats } from "node:fs";
import { lstat, readdir, rmdir, stat, unlink } from "node:fs/promises";
import { posix, resolve } from "node:path";
import { matches } from "../../pattern.ts";
import { type FindProgram, type Invocation, print } from "../../program.ts";
import { describe } from "../../reasons.ts";

/** What is looked at. */
interface Found {
  /** As it is printed: it begins with the path that was asked for. */
  readonly path: string;
  readonly stats: Stats;
  /** Set by -prune: nothing in it is looked at. */
  isPruned: boolean;
}

type Test = (found: Found) => boolean | Promise<boolean>;

/** An expression as it is read. */
interface Reading {
  readonly call: Invocation;
  readonly find: FindProgram;
  readonly words: string[];
  least: number;
  most: number;
  /** Children before their folder, as -delete needs it. */
  isDepthFirst: boolean;
  /** Without an action all is printed. */
  hasAction: boolean;
  status: number;
  /** What is left to be done at the end: -exec … + */
  readonly last: (() => Promise<unknown>)[];
}

export async function findFiles(call: Invocation, find: FindProgram): Promise<number> {
  const args = call.args.filter(arg => arg !== "-L" && arg !== "-H" && arg !== "-P");
  const start = args.findIndex(arg => /^(-.|\(|!$)/.test(arg));
  const paths = start < 0 ? args : args.slice(0, start);
  const reading: Reading = {
    call,
    find,
    words: start < 0 ? [] : args.slice(start),
    least: 0,
    most: Number.POSITIVE_INFINITY,
    isDepthFirst: false,
    hasAction: false,
    status: 0,
    last: [],
  };
  const test = await alternatives(reading);
  if (reading.words.length > 0) throw new Error(`find: unrecognized: ${reading.words[0]}`);
  const whole: Test = reading.hasAction
    ? test
    : async found => (await test(found)) && printed(found, call, "\n");
  for (const path of paths.length === 0 ? ["."] : paths) await walk(path, 0, whole, reading);
  for (const run of reading.last) await run();
  return reading.status;
}

async function walk(path: string, depth: number, test: Test, reading: Reading): Promise<void> {
  const { call, least, most, isDepthFirst } = reading;
  call.signal.throwIfAborted();
  const place = resolve(call.cwd, path);
  try {
    const found: Found = { path, stats: await lstat(place), isPruned: false };
    if (!isDepthFirst && depth >= least) await test(found);
    if (found.stats.isDirectory() && !found.isPruned && depth < most)
      for (const name of (await readdir(place)).sort())
        await walk(path.endsWith("/") ? path + name : `${path}/${name}`, depth + 1, test, reading);
    if (isDepthFirst && depth >= least) await test(found);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    await print(call.stderr, `find: ${path}: ${describe(error)}\n`);
    reading.status = 1;
  }
}

async function alternatives(reading: Reading): Promise<Test> {
  const left = await sequence(reading);
  if (reading.words[0] !== "-o" && reading.words[0] !== "-or") return left;
  reading.words.shift();
  const right = await alternatives(reading);
  return async found => (await left(found)) || right(found);
}

async function sequence(reading: Reading): Promise<Test> {
  const { words } = reading;
  const tests: Test[] = [];
  while (words.length > 0 && words[0] !== ")" && words[0] !== "-o" && words[0] !== "-or") {
    if (words[0] === "-a" || words[0] === "-and") words.shift();
    else tests.push(await one(reading));
  }
  return async found => {
    for (const test of tests) if (!(await test(found))) return false;
    return true;
  };
}

async function one(reading: Reading): Promise<Test> {
  const { words, call } = reading;
  const word = words.shift() ?? "";
  const value = () => {
    const given = words.shift();
    if (given === undefined) throw new Error(`find: option requires an argument: ${word}`);
    return given;
  };
  switch (word) {
    case "!":
    case "-not": {
      const test = await one(reading);
      return async found => !(await test(found));
    }
    case "(": {
      const test = await alternatives(reading);
      if (words.shift() !== ")") throw new Error("find: unmatched '('");
      return test;
    }
    case "-name":
      return named(value(), false, ({ path }) => posix.basename(path));
    case "-iname":
      return named(value(), true, ({ path }) => posix.basename(path));
    case "-path":
    case "-wholename":
      return named(value(), false, ({ path }) => path);
    case "-type":
      return ofType(value());
    case "-size":
      return sized(value());
    case "-mtime":
      return aged(value(), 86_400_000);
    case "-mmin":
      return aged(value(), 60_000);
    case "-newer": {
      const { mtimeMs } = await stat(resolve(call.cwd, value()));
      return ({ stats }) => stats.mtimeMs > mtimeMs;
    }
    case "-perm": {
      const mode = value();
      const bits = Number.parseInt(mode.replace(/^[-/]/, ""), 8);
      return ({ stats }) =>
        mode.startsWith("-") ? (stats.mode & bits) === bits : (stats.mode & 0o7777) === bits;
    }
    case "-empty":
      return async ({ path, stats }) =>
        stats.isDirectory() ? (await readdir(resolve(call.cwd, path))).length === 0 : stats.size === 0;
    case "-maxdepth":
      reading.most = Number(value());
      return () => true;
    case "-mindepth":
      reading.least = Number(value());
      return () => true;
    case "-depth":
      reading.isDepthFirst = true;
      return () => true;
    case "-xdev":
    case "-follow":
    case "-true":
      return () => true;
    case "-false":
      return () => false;
    case "-prune":
      return found => {
        found.isPruned = true;
        return true;
      };
    default:
      return action(word, reading);
  }
}

function action(word: string, reading: Reading): Test {
  const { call, words } = reading;
  reading.hasAction = true;
  switch (word) {
    case "-print":
      return found => printed(found, call, "\n");
    case "-print0":
      return found => printed(found, call, "\0");
    case "-delete":
      reading.isDepthFirst = true;
      return async ({ path, stats }) => {
        const place = resolve(call.cwd, path);
        await (stats.isDirectory() ? rmdir(place) : unlink(place));
        return true;
      };
    case "-exec":
    case "-ok": {
      const end = words.findIndex((each, i) => each === ";" || (each === "+" && words[i - 1] === "{}"));
      if (end < 0) throw new Error("find: missing argument to `-exec'");
      const command = words.slice(0, end);
      const isAtOnce = words[end] === "+";
      words.splice(0, end + 1);
      return isAtOnce ? collected(command.slice(0, -1), reading) : ({ path }) => run(command, path, reading);
    }
    default:
      throw new Error(`find: unrecognized: ${word}`);
  }
}

async function run(command: readonly string[], path: string, { call, find }: Reading): Promise<boolean> {
  const [name = "", ...args] = command.map(word => word.replaceAll("{}", path));
  const program = find(name, call.cwd);
  if (!program) throw new Error(`find: ${name}: No such file or directory`);
  return (await program({ ...call, args })) === 0;
}

/** All at the end, as arguments of one command. */
function collected(command: readonly string[], reading: Reading): Test {
  const paths: string[] = [];
  reading.last.push(async () => {
    const [name = "", ...args] = command;
    const program = reading.find(name, reading.call.cwd);
    if (!program) throw new Error(`find: ${name}: No such file or directory`);
    if (paths.length > 0) reading.status ||= await program({ ...reading.call, args: [...args, ...paths] });
  });
  return ({ path }) => {
    paths.push(path);
    return true;
  };
}

async function printed({ path }: Found, { stdout }: Invocation, end: string): Promise<boolean> {
  await print(stdout, path + end);
  return true;
}

function named(pattern: string, isLoose: boolean, textOf: (found: Found) => string): Test {
  const plain = (text: string) => (isLoose ? text.toLowerCase() : text);
  return found => matches(plain(pattern), plain(textOf(found)));
}

function ofType(types: string): Test {
  return ({ stats }) =>
    types.split(",").some(type => {
      if (type === "d") return stats.isDirectory();
      if (type === "l") return stats.isSymbolicLink();
      return type === "f" && stats.isFile();
    });
}

const units: Readonly<Record<string, number>> = {
  "": 512,
  b: 512,
  c: 1,
  w: 2,
  k: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
};

function sized(text: string): Test {
  const [, sign, number, unit = ""] = /^([-+]?)(\d+)([bcwkMG]?)$/.exec(text) ?? [];
  if (number === undefined) throw new Error(`find: invalid number '${text}'`);
  return ({ stats }) => compared(Math.ceil(stats.size / (units[unit] ?? 1)), sign, Number(number));
}

function aged(text: string, unitMs: number): Test {
  const [, sign, number] = /^([-+]?)(\d+)$/.exec(text) ?? [];
  if (number === undefined) throw new Error(`find: invalid number '${text}'`);
  return ({ stats }) => compared(Math.floor((Date.now() - stats.mtimeMs) / unitMs), sign, Number(number));
}

function compared(value: number, sign: string | undefined, asked: number): boolean {
  return sign === "+" ? value > asked : sign === "-" ? value < asked : value === asked;
}
