/**
 * Watches: every change of what a selection finds, with the options of Kubernetes; and the changes of one object, for a caller
 * that waits for it.
 */
import type { Clock } from "../outside/index.ts";
import { forbidden, type KubernetesObject } from "../resources/index.ts";
import { invalid, type ObjectWatch, type Store, type Unwatch, watchObjects } from "../store/index.ts";
import { checkKnown, listOptions } from "./lists.ts";
import type { Follower, ObjectTarget, Target, WatchOptions } from "./options.ts";
import { predicateOf } from "./selection.ts";
import { seen } from "./target.ts";

/** How often a watch that wants bookmarks gets one, in milliseconds. */
const bookmarkMs = 60_000;

export interface WatchParts {
  readonly store: Store;
  readonly clock: Clock;
  /** Calls `end` when the kind is no longer served; returns what takes that back. A kind that is built in never goes. */
  /** As what the reader sees an object; as it is where left out. */
  readonly view?: ((object: KubernetesObject) => KubernetesObject) | undefined;
  readonly onEnd?: ((end: () => void) => () => void) | undefined;
}

/**
 * Opens the watch of a reader who is known to be allowed. Throws for options that cannot be read, and Expired where the
 * resourceVersion is too old.
 */
export function watchOf(
  { store, clock, onEnd, view = object => object }: WatchParts,
  target: Target,
  options: WatchOptions,
): ObjectWatch {
  const { kind, namespace } = target;
  const { resourceVersion, resourceVersionMatch, sendInitialEvents } = options;
  if (sendInitialEvents !== undefined && resourceVersionMatch !== "NotOlderThan") {
    throw invalid(listOptions, "", {
      reason: "FieldValueForbidden",
      message: "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
      field: "resourceVersionMatch",
    });
  }
  if (resourceVersionMatch !== undefined) {
    if (sendInitialEvents === undefined)
      throw invalid(
        listOptions,
        "",
        forbidden(
          "resourceVersionMatch",
          "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        ),
      );
    checkKnown(resourceVersionMatch, ["NotOlderThan"]);
  }
  const matches = predicateOf(target, options);
  const { allowWatchBookmarks = false, timeoutSeconds, unreadLimit, signal } = options;
  return watchObjects(store, kind, {
    namespace: namespace || undefined,
    matches,
    shown: object => view(seen(target, object)),
    resourceVersion: sendInitialEvents ? undefined : resourceVersion,
    sendsInitialEvents: sendInitialEvents,
    bookmarks: allowWatchBookmarks,
    clock,
    ...(onEnd && { onEnd }),
    ...(allowWatchBookmarks && { bookmarkMs }),
    ...(timeoutSeconds && { timeoutMs: timeoutSeconds * 1_000 }),
    limit: unreadLimit,
    signal,
  });
}

/** Tells the follower what the object is, at once and after every change, until what it returns is called. */
export function followObject(store: Store, target: ObjectTarget, follower: Follower): Unwatch {
  const { kind, namespace = "", name } = target;
  const tell = () => {
    const found: KubernetesObject | undefined = store.get<string>(kind.name, namespace, name);
    follower.changed(found && seen(target, found));
  };
  const watched = { kind: kind.name, namespace, ended: follower.ended };
  const unwatch = store.watch(watched, ({ key }) => {
    if (key.name === name) tell();
  });
  tell();
  return unwatch;
}
