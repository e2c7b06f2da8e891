/**
 * The image of what lies in etcd, as one watch of it tells: the objects, and the revisions of what is ours besides them. Each of our own
 * writes is known again by its id, so that it is here the very object that was written, and its writer knows that it has happened.
 */
import { ApiError } from "../../../errors/index.ts";
import type { Clock } from "../../../outside/index.ts";
import type { KubernetesObject } from "../../../resources/index.ts";
import { sharing } from "../../sharing.ts";
import type { Change, ObjectKey, Stored } from "../../store.ts";
import { Image, type ImageOptions, stamped } from "../image.ts";
import { authorIn, type WrittenBy } from "./authors.ts";
import type { Listing } from "./following.ts";
import { type Found, type Layout, storedText } from "./layout.ts";
import { decoded, int64, type WatchEvent } from "./messages.ts";
import { Waiting } from "./waiting.ts";

/** A write that is under way. */
export interface Write {
  readonly id: string;
  readonly type: Change["type"];
  readonly key: ObjectKey;
  readonly draft: KubernetesObject;
  /** As stored, when our watch has told of it. */
  written: KubernetesObject | undefined;
}

/** How a value begins that kube-apiserver has written in its own form. */
const protobuf = "k8s\0";
const unreadable = Symbol("unreadable");

export class EtcdImage extends Image {
  protected readonly layout: Layout;
  protected readonly waiting: Waiting;
  /** The writes of this program that are under way, by their ids. */
  protected readonly underWay = new Map<string, Write>();
  readonly #clock: Pick<Clock, "now">;
  /** Which object stands at a key of etcd. */
  readonly #keys = new Map<string, ObjectKey>();
  /** The revisions of what is ours besides objects: the epoch, places, who leads, who is there. */
  readonly #marks = new Map<string, number>();
  readonly #leaders = new Map<string, string>();
  readonly #onUnreadable: (fault: unknown) => void;
  readonly #onGone = new Set<() => void>();
  /** The keys that are kept otherwise than they would be written now, and what rules call what stands there. */
  protected readonly stale = new Map<string, string>();

  /** @param onUnreadable takes why what another program has written cannot be read here */
  constructor(
    options: ImageOptions,
    layout: Layout,
    clock: Pick<Clock, "now" | "elapsed" | "after">,
    onUnreadable: (fault: unknown) => void,
  ) {
    super(options);
    this.#onUnreadable = onUnreadable;
    this.layout = layout;
    this.#clock = clock;
    this.waiting = new Waiting(clock, () => this.doubt());
  }

  /** The watch does not tell what it should. */
  protected doubt(): void {}

  /** The revision of a key of ours; 0 where it is not there. */
  protected mark(key: string): number {
    return this.#marks.get(key) ?? 0;
  }

  protected get isEmpty(): boolean {
    return this.#keys.size === 0;
  }

  /**
   * Whether the program of this identity began to lead what is named so, and is not there any more.
   * @param of what it leads
   */
  hasGone(identity: string, of: string): boolean {
    const id = this.#leaders.get(this.layout.leaderOf(of));
    return id?.startsWith(`${identity} `) === true && !this.isPresent(identity);
  }

  /** Whether the program of this identity is there, or was seven seconds ago. */
  isPresent(identity: string): boolean {
    return this.mark(this.layout.presenceOf(identity)) > 0;
  }

  /** Calls when a program goes. Returns what ends it. */
  onGone(listener: () => void): () => void {
    this.#onGone.add(listener);
    return () => void this.#onGone.delete(listener);
  }

  /** Takes in what is there when it is opened. Throws ServiceUnavailable where it is kept in a form that is not read here. */
  protected loadListing({ revision, found }: Listing): void {
    const stored: Stored[] = [];
    for (const { key, value, mod_revision } of found) {
      const at = decoded(key);
      if (this.layout.isOwn(at)) this.#note(at, value, int64(mod_revision));
      else {
        const text = this.layout.textAt(at, value);
        if (text.startsWith(protobuf)) throw notJson(at);
        const there = this.layout.objectAt(at, text, int64(mod_revision));
        if (this.#isUnworkable(at, text, there) || !there) continue;
        this.#keys.set(at, there.key);
        this.#judge(at, value, there.key);
        stored.push(there);
      }
    }
    this.loadContent(stored);
    this.startAfter(revision);
    this.waiting.reached(revision);
  }

  /** What one transaction has written: ours writes one object, that of another program may write more. */
  protected changed(revision: number, events: readonly WatchEvent[]): void {
    if (events.length > 0) this.#take(revision, events);
    this.waiting.reached(revision);
  }

  #take(revision: number, events: readonly WatchEvent[]): void {
    let by = authorIn(undefined, this.#clock.now());
    const objects: { readonly at: string; readonly event: WatchEvent }[] = [];
    for (const event of events) {
      const at = decoded(event.kv.key);
      if (at === this.layout.author) by = authorIn(decoded(event.kv.value), by.at);
      else if (!this.layout.isOwn(at)) objects.push({ at, event });
      else if (event.type === "DELETE") this.#forget(at);
      else this.#note(at, event.kv.value, revision);
    }
    const write = by.id === undefined ? undefined : this.underWay.get(by.id);
    const changes: Change[] = [];
    for (const { at, event } of objects) {
      const change = write
        ? this.#ownChange(at, revision, write, by)
        : event.type === "DELETE"
          ? this.#deletion(at, revision, by)
          : this.#version(at, event.kv.value, revision, by);
      if (change) changes.push(change);
    }
    this.tell(changes);
  }

  /**
   * All that is there, after revisions were let go that we had not seen. What is different is told, in the order of its revisions; what has
   * gone, and what has gone and come again, is told before, for when it went is not known.
   */
  protected listed({ revision, found }: Listing): void {
    const by = authorIn(undefined, this.#clock.now());
    const there = new Map(found.map(each => [decoded(each.key), each]));
    const before = Math.min(this.revision + 1, revision);
    const changes: (Change | undefined)[] = [];
    for (const [at, key] of [...this.#keys]) {
      const now = there.get(at);
      const found = now && this.#found(at, now.value, revision, by);
      if (found === unreadable) continue;
      if (found?.object.metadata.uid !== this.#at(key)?.metadata.uid)
        changes.push(this.#deletion(at, before, by));
    }
    for (const at of [...this.#marks.keys()]) if (!there.has(at)) this.#forget(at);
    const inOrder = [...there].toSorted(([, a], [, b]) => int64(a.mod_revision) - int64(b.mod_revision));
    for (const [at, { value, mod_revision }] of inOrder) {
      const changedAt = int64(mod_revision);
      if (this.layout.isOwn(at)) this.#note(at, value, changedAt);
      else if (!this.#isKnown(at, changedAt)) changes.push(this.#version(at, value, changedAt, by));
    }
    // Whether our own that were under way have happened is seen by what is there now.
    for (const write of this.underWay.values()) write.written ??= this.#foundAgain(write);
    this.skipTo(revision);
    this.tell(changes.filter(change => change !== undefined));
    this.waiting.reached(revision);
  }

  #at({ kind, namespace, name }: ObjectKey): KubernetesObject | undefined {
    return this.get<string>(kind, namespace, name);
  }

  #note(at: string, value: string | undefined, revision: number): void {
    this.#marks.set(at, revision);
    this.#judge(at, value, undefined);
    if (this.layout.isLeader(at)) this.#leaders.set(at, decoded(value));
  }

  #forget(at: string): void {
    this.#marks.delete(at);
    this.stale.delete(at);
    this.#leaders.delete(at);
    if (this.layout.isPresence(at)) for (const listener of this.#onGone) listener();
  }

  #ownChange(at: string, revision: number, write: Write, by: WrittenBy): Change {
    const { type, key, draft } = write;
    const object = stamped(draft, revision);
    this.stale.delete(at);
    if (type === "DELETED") this.#keys.delete(at);
    else this.#keys.set(at, key);
    write.written = object;
    return this.replay(type, revision, key, object, by.at, by);
  }

  #version(at: string, value: string | undefined, revision: number, by: WrittenBy): Change | undefined {
    const found = this.#found(at, value, revision, by);
    // It stays here as it was.
    if (found === unreadable) return undefined;
    // Where an object was, something else may stand now.
    if (!found) return this.#deletion(at, revision, by);
    const last = this.#at(found.key);
    const object = stamped(last ? sharing(last, found.object) : found.object, revision);
    this.#keys.set(at, found.key);
    this.#judge(at, value, found.key);
    return this.replay(last ? "MODIFIED" : "ADDED", revision, found.key, object, by.at, by);
  }

  /** What another program has written; told as a fault where it is encrypted with a key that we have not. */
  #found(
    at: string,
    value: string | undefined,
    revision: number,
    by: WrittenBy,
  ): Found | undefined | typeof unreadable {
    try {
      const text = this.layout.textAt(at, value);
      const found = this.layout.objectAt(at, text, revision);
      // What one of our programs has written, it has checked.
      const isUnworkable = (!found || by.id === undefined) && this.#isUnworkable(at, text, found);
      return found && isUnworkable ? unreadable : found;
    } catch (fault) {
      this.#onUnreadable(fault);
      return unreadable;
    }
  }

  /** What another program has left there, and is no object in any form that is read here, is told: nobody sees it, and its name is taken. */
  #isUnworkable(at: string, text: string, found: Found | undefined): boolean {
    if (text.startsWith(protobuf)) {
      this.#onUnreadable(notJson(at));
      return true;
    }
    const why = this.layout.faultAt(at, text, found);
    if (why === undefined) return false;
    const problem = `${at} in etcd cannot be read (${why}): etcdctl del ${at} takes it away`;
    this.#onUnreadable(new ApiError("ServiceUnavailable", problem));
    return true;
  }

  #deletion(at: string, revision: number, by: WrittenBy): Change | undefined {
    const key = this.#keys.get(at);
    const last = key && this.#at(key);
    this.#keys.delete(at);
    this.stale.delete(at);
    return key && last && this.replay("DELETED", revision, key, stamped(last, revision), by.at, by);
  }

  /** Whether what stands at a key is to be written anew. */
  #judge(at: string, value = "", key: ObjectKey | undefined): void {
    const resource = this.layout.staleAs(at, value, key);
    if (resource === undefined) this.stale.delete(at);
    else this.stale.set(at, resource);
  }

  #isKnown(at: string, revision: number): boolean {
    const key = this.#keys.get(at);
    return key !== undefined && this.#at(key)?.metadata.resourceVersion === String(revision);
  }

  #foundAgain({ type, key, draft }: Write): KubernetesObject | undefined {
    const now = this.#at(key);
    const isSame = now?.metadata.uid === draft.metadata.uid;
    if (type === "DELETED") return isSame ? undefined : draft;
    return now && isSame && (type === "ADDED" || storedText(now) === storedText(draft)) ? now : undefined;
  }
}

function notJson(at: string): ApiError {
  return new ApiError(
    "ServiceUnavailable",
    `${at} in etcd is protobuf: k4s reads what an API server keeps with --storage-media-type=application/json; another prefix is free for k4s`,
  );
}
