/**
 * The files of a container: a path is led to where it really lies (places.ts), in all functions of `node:fs` and `node:fs/promises` that
 * take a path. It is the one place where that is decided: the commands of exec, the shell and the programs of the catalogue use these functions
 * as any program does. Unix sockets (socket-paths.ts), the folders of child processes (child-folders.ts) and modules (mounted-modules.ts) are
 * led the same way. What reads files without them (a child process that is not Node's, a native addon) sees the machine as it is: for these, the environment has the
 * true place of each volume, `K4S_VOLUME_<NAME>`.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { fileURLToPath } from "node:url";
import { leadChildFolders } from "./child-folders.ts";
import { leadModules } from "./mounted-modules.ts";
import { type Found, Places, type PlacesOptions } from "./places.ts";
import { ReadOnly, type Writes } from "./read-only.ts";
import { leadSocketPaths } from "./socket-paths.ts";
import { type Asked, answerOf, errorFor, textOf } from "./told-paths.ts";

/** What a function does with a path that it is given. */
interface Use {
  /** Whether it is about what a link at the end of the path leads to. */
  readonly follows: boolean;
  readonly writes: Writes;
}

const reads: Use = { follows: true, writes: "no" };
const readsLink: Use = { follows: false, writes: "no" };
const changes: Use = { follows: true, writes: "what is there" };
const changesLink: Use = { follows: false, writes: "what is there" };
const makes: Use = { follows: true, writes: "something new" };
const makesHere: Use = { follows: false, writes: "something new" };

/** The functions by what they do with their first arguments; each also with `Sync` at its end. Streams open their files by `open`. */
const usesOf: Readonly<Record<string, readonly (Use | undefined)[]>> = {
  access: [{ follows: true, writes: "by mode" }],
  appendFile: [makes],
  chmod: [changes],
  chown: [changes],
  copyFile: [reads, makes],
  cp: [readsLink, makes],
  exists: [reads],
  lchmod: [changesLink],
  lchown: [changesLink],
  link: [readsLink, makesHere],
  lstat: [readsLink],
  lutimes: [changesLink],
  mkdir: [{ follows: false, writes: "folders" }],
  mkdtemp: [makesHere],
  mkdtempDisposable: [makesHere],
  open: [{ follows: true, writes: "by flags" }],
  openAsBlob: [reads],
  opendir: [reads],
  readFile: [reads],
  readdir: [reads],
  readlink: [readsLink],
  realpath: [reads],
  rename: [changesLink, makesHere],
  rm: [changesLink],
  rmdir: [changesLink],
  stat: [reads],
  statfs: [reads],
  symlink: [undefined, makesHere],
  truncate: [changes],
  unlink: [changesLink],
  unwatchFile: [reads],
  utimes: [changes],
  watch: [reads],
  watchFile: [reads],
  writeFile: [makes],
};
/** Those whose answers tell places. */
const givingPath = new Set([
  "mkdir",
  "mkdtemp",
  "mkdtempDisposable",
  "opendir",
  "readdir",
  "readlink",
  "realpath",
  "watch",
]);
/** Those after which there may be a link where there was none. */
const linking = new Set(["cp", "link", "rename", "symlink"]);
/** Those that keep the function that they are given: it is known by itself. */
const listening = new Set(["unwatchFile", "watch", "watchFile"]);

type Call = (...given: unknown[]) => unknown;
/** Calls code of the program's within a call of Node's. */
type Outside = <T>(call: () => T) => T;
/** `realpath.native` is one of its own. */
type NodeCall = Call & { readonly native?: Call };

/** A function of Node's, with what its path is for. */
interface Named {
  /** Without `Sync` at its end. */
  readonly plain: string;
  readonly name: string;
  readonly uses: readonly (Use | undefined)[];
  readonly isPromised: boolean;
}

export interface MountsOptions extends PlacesOptions {
  /** What the paths of the cluster's sockets begin with: links beside them stand for folders with long paths. */
  readonly sockets: string;
}

/** From now on the files of the mounts are found. */
export function useMounts(options: MountsOptions): Places {
  const places = new Places(options);
  const readOnly = new ReadOnly();
  // Node's functions call one another, with the places that they have been given.
  let isInside = false;
  const inside = (call: Call, given: readonly unknown[]) => {
    isInside = true;
    try {
      return call(...given);
    } finally {
      isInside = false;
    }
  };
  // The program's own code that they call meanwhile sees what it always sees.
  const outside: Outside = call => {
    const before = isInside;
    isInside = false;
    try {
      return call();
    } finally {
      isInside = before;
    }
  };
  const lead = (call: Call, { plain, name, uses, isPromised }: Named): Call => {
    const [use] = uses;
    // As most functions are: one path, and no other answer than Node's.
    const isPlain = use && uses.length === 1 && !places.hasRoot && !givingPath.has(plain);
    const findPlain = (path: string, { follows, writes }: Use, option: unknown) => {
      const found = places.find(path, follows, plain);
      readOnly.check(name, found, writes, option, path);
      return found;
    };
    const led: Call = (...given) => {
      if (isInside) return call(...given);
      let asked: readonly (Asked | undefined)[];
      try {
        if (isPlain && typeof given[0] === "string")
          asked = [{ text: given[0], found: findPlain(given[0], use, given[1]) }];
        else {
          asked = uses.map((each, i) => each && askedFor(given[i], places, each, plain));
          readOnly.checkAll(name, given, asked, uses);
        }
      } catch (error) {
        return failed(error, name, given, isPromised);
      }
      if (linking.has(plain)) places.forget();
      const there = given.map((argument, i) => placeFor(argument, asked[i]));
      if (plain === "cp") there[uses.length] = withFilter(given[uses.length], asked, outside);
      const [first] = asked;
      if (!asked.some(isElsewhere)) return inside(call, there);
      const toError = (error: unknown) => errorFor(error, asked);
      const toAnswer = first && isElsewhere(first) ? answerOf(plain, first, places) : undefined;
      const does = listening.has(plain) ? answeringAtOnce : answering;
      return does((...list) => inside(call, list), there, toError, toAnswer);
    };
    // Node counts the arguments of the others.
    if (!isPlain || !name.endsWith("Sync")) return led;
    // Arguments by themselves: a list of them costs more than finding the place.
    return (path, one, two, three) => {
      if (isInside) return call(path, one, two, three);
      if (typeof path !== "string") return led(path, one, two, three);
      let found: Found;
      try {
        found = findPlain(path, use, one);
      } catch (error) {
        return failed(error, name, [path], false);
      }
      isInside = true;
      try {
        return call(found.place, one, two, three);
      } catch (error) {
        throw errorFor(error, [{ text: path, found }]);
      } finally {
        isInside = false;
      }
    };
  };
  for (const module of [fs, fs.promises] as unknown as Record<string, NodeCall | undefined>[]) {
    const isPromised = module === (fs.promises as unknown);
    for (const [plain, uses] of Object.entries(usesOf))
      for (const name of [plain, `${plain}Sync`]) {
        const call = module[name];
        if (!call) continue;
        const named = { plain, name, uses, isPromised };
        const { native } = call;
        module[name] = Object.assign(lead(call, named), call, native && { native: lead(native, named) });
      }
  }
  const loadEnvFile = lead(process.loadEnvFile as Call, {
    plain: "loadEnvFile",
    name: "loadEnvFile",
    uses: [reads],
    isPromised: false,
  });
  process.loadEnvFile = (path = ".env") => loadEnvFile(path);
  leadFolder(places);
  leadChildFolders(places);
  leadModules(places);
  leadSocketPaths(places, readOnly, options.sockets);
  syncBuiltinESMExports();
  return places;
}

/** The folder that the program works in. A thread cannot change it, a process can. */
function leadFolder(places: Places): void {
  const { cwd, chdir } = process;
  // As Node marks it in threads. A program of a thread is told that it runs in the main one.
  const isFixed = "disabled" in chdir;
  // As it is given to children, too.
  const enter = (path: string) => chdir.call(process, places.find(path).place);
  if (!isFixed && places.cwd !== undefined && !places.hasRoot) enter(places.cwd);
  process.cwd = () => places.cwd ?? cwd.call(process);
  if (isFixed) return;
  process.chdir = path => {
    // Node says what is wrong with it.
    if (typeof path !== "string") return chdir.call(process, path);
    enter(path);
    places.cwd = places.find(path).path;
  };
}

/** Where it is the machine's own, it is left as it is given. */
function placeFor(given: unknown, asked: Asked | undefined): unknown {
  return asked && isElsewhere(asked) ? asked.found.place : given;
}

function isElsewhere(asked: Asked | undefined): boolean {
  return asked !== undefined && (asked.found.mount !== undefined || asked.found.place !== asked.text);
}

/** @param options of `cp`, whose `filter` is the program's: it is asked about paths, and may look at files */
function withFilter(options: unknown, asked: readonly (Asked | undefined)[], outside: Outside): unknown {
  const given = (options ?? {}) as { readonly filter?: unknown };
  const { filter } = given;
  if (typeof filter !== "function") return options;
  const [from, to] = asked.map(each => (path: string) => (each ? textOf(path, each) : path));
  return {
    ...given,
    filter: (source: string, dest: string) =>
      outside(() => filter(from?.(source) ?? source, to?.(dest) ?? dest)),
  };
}

/** Undefined where no path is given, but a descriptor, or what Node refuses. */
function askedFor(given: unknown, places: Places, { follows }: Use, call: string): Asked | undefined {
  const text = pathIn(given);
  if (text === undefined) return undefined;
  if (!call.startsWith("mkdtemp")) return { text, found: places.find(text, follows, call) };
  // Its path goes on with six letters: `/data/` asks for a folder in that, `/data` for one beside it.
  const found = places.find(`${text}X`, follows, call);
  return { text, found: { ...found, path: found.path.slice(0, -1), place: found.place.slice(0, -1) } };
}

function pathIn(given: unknown): string | undefined {
  if (typeof given === "string") return given;
  if (given instanceof URL) return given.protocol === "file:" ? fileURLToPath(given) : undefined;
  return Buffer.isBuffer(given) ? given.toString() : undefined;
}

/** As each kind of function fails. */
function failed(error: unknown, name: string, given: readonly unknown[], isPromised: boolean): unknown {
  if (name === "existsSync") return false;
  if (isPromised) return Promise.reject(error);
  const done = given.at(-1);
  if (name.endsWith("Sync") || typeof done !== "function") throw error;
  process.nextTick(done, error);
  return undefined;
}

type Told = (told: unknown) => unknown;

/** What comes of a call: an error, or the answer, each with the container's paths. A promise, a result, or what a callback is told. */
function answering(call: Call, given: unknown[], toError: Told, toAnswer: Told | undefined): unknown {
  const rejected = (error: unknown) => {
    throw toError(error);
  };
  const done = given.at(-1);
  if (typeof done !== "function") {
    const result = answeringAtOnce(call, given, toError, undefined);
    if (result instanceof Promise) return result.then(toAnswer, rejected);
    return toAnswer ? toAnswer(result) : result;
  }
  const told: Call = (error, ...values) =>
    done(toError(error), ...(toAnswer ? values.map(toAnswer) : values));
  return answeringAtOnce(call, [...given.slice(0, -1), told], toError, undefined);
}

/** Without a look at a function that it is given. */
function answeringAtOnce(call: Call, given: unknown[], toError: Told, toAnswer: Told | undefined): unknown {
  try {
    const result = call(...given);
    return toAnswer ? toAnswer(result) : result;
  } catch (error) {
    throw toError(error);
  }
}
