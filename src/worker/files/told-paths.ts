/**
 * What Node says of the places that a call of `node:fs` was given, as the program knows them: in errors, in paths that are answered, in entries
 * of folders. Paths are told as they were asked for, like Node does it.
 */
import fs, { type Dir, type Dirent, type FSWatcher } from "node:fs";
import { basename, isAbsolute } from "node:path";
import { isUnder } from "./mount.ts";
import type { Found, Places } from "./places.ts";

/** A path that a call was given. */
export interface Asked {
  /** As the program wrote it. */
  readonly text: string;
  readonly found: Found;
}

// As it is now: it is changed next.
const { statSync } = fs;

/**
 * Whether a stack is written when it is first read, with the message as it is by then (Node 20). To read it only to change it costs there as
 * much as the whole call, and most programs that ask for what is not there never read it.
 */
const isWrittenLater = ((): boolean => {
  const error = new Error("before");
  error.message = "after";
  return error.stack?.startsWith("Error: after") === true;
})();

/** Node's errors name the places that it was given. */
export function errorFor(error: unknown, asked: readonly (Asked | undefined)[]): unknown {
  if (!(error instanceof Error)) return error;
  const told = error as Error & Record<"path" | "dest" | "filename", unknown>;
  for (const each of asked) {
    if (!each || each.text === each.found.place) continue;
    told.message = inText(told.message, each);
    if (!isWrittenLater && told.stack !== undefined) told.stack = inText(told.stack, each);
    for (const name of ["path", "dest", "filename"] as const)
      if (typeof told[name] === "string") told[name] = textOf(told[name], each);
  }
  return told;
}

/** What a function answers with, where that tells places; undefined where it is as Node gives it. */
export function answerOf(
  call: string,
  asked: Asked,
  places: Places,
): ((answer: unknown) => unknown) | undefined {
  const { text, found } = asked;
  switch (call) {
    case "realpath":
      return answer => (Buffer.isBuffer(answer) ? Buffer.from(found.path) : found.path);
    case "mkdtemp":
      return answer => (typeof answer === "string" ? text + answer.slice(found.place.length) : answer);
    case "mkdtempDisposable":
      return answer => {
        const told = answer as { path: string };
        told.path = text + told.path.slice(found.place.length);
        return told;
      };
    case "mkdir":
      return answer => (typeof answer === "string" ? firstMade(answer, asked, places) : answer);
    case "readlink":
      // One that a program made to the true place of a volume, or that `cp` has made of what one leads to.
      return answer => (typeof answer === "string" && isAbsolute(answer) ? places.seen(answer) : answer);
    case "readdir":
      return answer => {
        if (Array.isArray(answer)) for (const entry of answer) nameEntry(entry, asked);
        return answer;
      };
    case "opendir":
      return answer => (answer instanceof fs.Dir ? named(answer, asked) : answer);
    case "watch":
      return watchedAs(asked);
    default:
      return undefined;
  }
}

/** A text of Node's that may name the place. */
function inText(told: string, { text, found: { place } }: Asked): string {
  if (place.length < 2) return told;
  const named = new RegExp(`${place.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?=$|[/\\\\'")\\s,])`, "g");
  return told.replaceAll(named, () => text);
}

/** A path of Node's that begins with the place, as it is asked for. */
export function textOf(path: string, { text, found: { place } }: Asked): string {
  // What was asked for with a slash at its end has one there, too.
  const folder = place.endsWith("/") ? place.slice(0, -1) : place;
  if (!isUnder(folder, path)) return path;
  const rest = path.slice(folder.length);
  return text.endsWith("/") && rest.startsWith("/") ? text + rest.slice(1) : text + rest;
}

/** What `mkdir` says that it has made first: the folder itself, or one above it. */
function firstMade(made: string, { text, found: { place } }: Asked, places: Places): string {
  const rest = place.slice(made.length);
  return isUnder(made, place) && text.endsWith(rest) && text.length > rest.length
    ? text.slice(0, text.length - rest.length)
    : places.pathOf(made);
}

/** Of Node's `Dirent`: in which folder it is. Names alone are no objects. */
function nameEntry(entry: unknown, asked: Asked): void {
  if (typeof entry !== "object" || entry === null || Buffer.isBuffer(entry)) return;
  const told = entry as Record<string, unknown>;
  for (const name of ["parentPath", "path"]) {
    if (!Object.hasOwn(told, name)) continue;
    const path = told[name];
    if (typeof path === "string") told[name] = textOf(path, asked);
    else if (Buffer.isBuffer(path)) told[name] = Buffer.from(textOf(path.toString(), asked));
  }
}

type Read = (done?: (error: Error | null, entry: Dirent | null) => void) => unknown;

/** A `Dir` whose entries say where they are. */
function named(dir: Dir, asked: Asked): Dir {
  const entryOf = <T>(entry: T): T => {
    nameEntry(entry, asked);
    return entry;
  };
  const read = dir.read.bind(dir) as Read;
  const readSync = dir.readSync.bind(dir);
  const entries = dir[Symbol.asyncIterator].bind(dir);
  async function* all(): AsyncGenerator<Dirent> {
    for await (const entry of { [Symbol.asyncIterator]: entries }) yield entryOf(entry);
  }
  Object.defineProperty(dir, "path", { value: asked.text, configurable: true });
  return Object.assign(dir, {
    read: ((done?: (error: Error | null, entry: Dirent | null) => void) =>
      done
        ? read((error, entry) => done(error, entryOf(entry)))
        : (read() as Promise<Dirent | null>).then(entryOf)) as Dir["read"],
    readSync: () => entryOf(readSync()),
    entries: all,
    [Symbol.asyncIterator]: all,
  });
}

type Watched = FSWatcher | AsyncIterable<{ readonly filename: string | null }>;

/** Where a single file is watched, Node tells the name of its place. */
function watchedAs({ text, found: { place } }: Asked): ((answer: unknown) => unknown) | undefined {
  const [own, told] = [basename(place), basename(text)];
  if (own === told || statSync(place, { throwIfNoEntry: false })?.isDirectory() !== false) return undefined;
  return answer => {
    const watched = answer as Watched;
    if ("emit" in watched) {
      const emit = watched.emit.bind(watched) as (...args: unknown[]) => boolean;
      const tell = (...args: unknown[]) => emit(...args.map(each => (each === own ? told : each)));
      return Object.assign(watched, { emit: tell });
    }
    return (async function* () {
      for await (const event of watched) yield event.filename === own ? { ...event, filename: told } : event;
    })();
  };
}
