/**
 * A watch as its readers like it: an async iterable. First what is there, as ADDED, closed by a BOOKMARK, then every change;
 * or, given a resourceVersion, all that came after it.
 *
 * A reader takes its time, and the store does not wait: what is not read yet is kept, up to a limit. A reader that
 * falls behind further gets what was kept and then the error Expired, as from Kubernetes: it lists and watches anew.
 */
import { ApiError } from "../errors/index.ts";
import { type Clock, onAbort, Stream, type Timer } from "../outside/index.ts";
import type { KindDefinition, KubernetesObject } from "../resources/index.ts";
import { deepFreeze } from "./freeze.ts";
import type { Change, Store } from "./store.ts";

export interface WatchEvent<T extends KubernetesObject = KubernetesObject> {
  /** BOOKMARK: nothing changed; its object carries only the resourceVersion up to which everything was told. */
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: T;
}

export interface ObjectWatchOptions {
  /** Only this namespace; all where left out. */
  readonly namespace?: string;
  /** Only objects that fit. One that comes to fit is ADDED to what the reader sees, one that ceases to is DELETED. */
  readonly matches?: (object: KubernetesObject) => boolean;
  /** The form in which objects are told; as they are kept where left out. */
  readonly shown?: (object: KubernetesObject) => KubernetesObject;
  /** Tell what came after it, instead of what is there. "0" and "" are as good as none. */
  readonly resourceVersion?: string;
  /** Without a resourceVersion: whether what is there is told first. It is where left out. */
  readonly sendsInitialEvents?: boolean;
  /** Whether a BOOKMARK closes what was there. It does where left out. */
  readonly bookmarks?: boolean;
  /** For the two that follow. */
  readonly clock?: Clock;
  /** How often a BOOKMARK says up to which revision everything was told, in milliseconds; never where left out. */
  readonly bookmarkMs?: number;
  /** After how many milliseconds the watch ends. */
  readonly timeoutMs?: number;
  /** Ends the watch. */
  readonly signal?: AbortSignal;
  /** The same for who has no signal: is given what ends the watch, and returns what is to be called when it has ended. */
  readonly onEnd?: (end: () => void) => () => void;
  /** How many events may wait to be read, besides the first ones; 10,000 where left out. */
  readonly limit?: number;
}

/** The events of a watch. It ends by `return()`, by its signal, with Expired by falling behind, or with the store. */
export type ObjectWatch<T extends KubernetesObject = KubernetesObject> = Stream<WatchEvent<T>>;

/** Starts to watch at once, whenever the first event is read. Throws Expired if the resourceVersion is too old. */
export function watchObjects<T extends KubernetesObject>(
  store: Store,
  kind: Pick<KindDefinition, "name" | "kind" | "versions">,
  options: ObjectWatchOptions = {},
): ObjectWatch<T> {
  const { namespace, matches = () => true, shown = asItIs, limit = 10_000, signal } = options;
  const after = startOf(options.resourceVersion);
  /** What is to be undone when the watch ends. */
  const undo: (() => void)[] = [];
  const events: ObjectWatch<T> = new Stream({
    ended: () => {
      for (const each of undo) each();
    },
  });
  if (after === undefined && options.sendsInitialEvents !== false) {
    for (const object of store.list<string>(kind.name, { namespace })) {
      if (matches(object)) events.push({ type: "ADDED", object: shown(object) as T });
    }
    if (options.bookmarks !== false)
      events.push({ type: "BOOKMARK", object: bookmark(kind, store.revision, endOfInitialEvents) as T });
  }
  // What is there, and what was missed, may be more than the limit: the reader asked for it.
  let room = Number.POSITIVE_INFINITY;
  const ended = () => events.end();
  const skipped = () => events.end(tooOld());
  const unwatch = store.watch({ kind: kind.name, namespace, after, ended, skipped }, change => {
    const event = eventFor(change, matches);
    if (event && !events.push({ type: event.type, object: shown(event.object) as T }, room))
      events.end(fallenBehind(room));
  });
  room = limit + events.unread;
  const stopTimers = startTimers(options, events, () => bookmark(kind, store.revision) as T);
  const abort = () => void events.return();
  undo.push(unwatch, stopTimers, onAbort(signal, abort));
  if (options.onEnd) undo.push(options.onEnd(() => events.end()));
  if (signal?.aborted) abort();
  return events;
}

/** The timers of a watch: that of its next bookmark, and that of its end. Returns what stops them. */
function startTimers<T extends KubernetesObject>(
  { clock, bookmarkMs, timeoutMs }: ObjectWatchOptions,
  events: ObjectWatch<T>,
  mark: () => T,
): () => void {
  if (!clock) return () => {};
  const end = timeoutMs === undefined ? undefined : clock.after(timeoutMs, () => events.end());
  let next: Timer | undefined;
  const markLater = (ms: number) => {
    next = clock.after(ms, () => {
      // A reader who has not read what came is told with the next.
      if (events.unread === 0) events.push({ type: "BOOKMARK", object: mark() });
      markLater(ms);
    });
  };
  if (bookmarkMs !== undefined) markLater(bookmarkMs);
  return () => {
    end?.cancel();
    next?.cancel();
  };
}

function asItIs(object: KubernetesObject): KubernetesObject {
  return object;
}

function eventFor(
  { type, object, previous, revision }: Change,
  matches: (object: KubernetesObject) => boolean,
): WatchEvent | undefined {
  const was = previous !== undefined && matches(previous);
  const is = type !== "DELETED" && matches(object);
  if (was && is) return { type: "MODIFIED", object };
  // It is told as it was when the reader could see it, with the revision of what happened.
  if (was) return { type: "DELETED", object: type === "DELETED" ? object : withRevision(previous, revision) };
  return is ? { type: "ADDED", object } : undefined;
}

function startOf(resourceVersion = ""): number | undefined {
  if (resourceVersion === "" || resourceVersion === "0") return undefined;
  if (/^\d{1,15}$/.test(resourceVersion)) return Number(resourceVersion);
  const message = `Invalid value: ${JSON.stringify(resourceVersion)}: a resourceVersion is a whole number, as read`;
  throw new ApiError("BadRequest", `resourceVersion: ${message}`);
}

/** How a reader knows that it has been told of all that was there. */
const endOfInitialEvents = { "k8s.io/initial-events-end": "true" };

function withRevision(object: KubernetesObject, revision: number): KubernetesObject {
  const metadata = { ...object.metadata, resourceVersion: String(revision) };
  return deepFreeze({ ...object, metadata });
}

/** What a BOOKMARK carries: no object, only how far the watch has come. */
function bookmark(
  { kind, versions: [{ apiVersion }] }: Pick<KindDefinition, "kind" | "versions">,
  revision: number,
  annotations?: Readonly<Record<string, string>>,
): KubernetesObject {
  const metadata = { resourceVersion: String(revision), ...(annotations && { annotations }) };
  return deepFreeze({ apiVersion, kind, metadata }) as KubernetesObject;
}

function tooOld(): ApiError {
  return new ApiError(
    "Expired",
    "the watch has ended: the store has let go of changes before they were read; list again and watch from there",
  );
}

function fallenBehind(room: number): ApiError {
  return new ApiError(
    "Expired",
    `the watch has ended: ${room} events were waiting to be read when the next came; list again and watch from there`,
  );
}
