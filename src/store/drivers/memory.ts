/**
 * The store in memory, the first driver of the port (store.ts). A write has happened, and every watcher has been told,
 * when the call returns; its promise only says so. JavaScript runs one piece of code at a time, so between reading the
 * last version and replacing it nothing else runs: that is the whole of its compare-and-swap.
 */
import type { Clock } from "../../outside/index.ts";
import type { KubernetesObject } from "../../resources/index.ts";
import type { Author, Change, ObjectKey, Store, Stored } from "../store.ts";
import { changeAuthor, Image, type ImageOptions, stamped } from "./image.ts";

export interface MemoryStoreOptions extends ImageOptions {
  readonly clock: Pick<Clock, "now">;
  /** How much higher each revision is than the last; 1 where left out. With more there are gaps, as etcd has them. */
  readonly revisionStep?: number;
  /** What is there when the store is opened; each object with the uid and the resourceVersion that it has. */
  readonly content?: Iterable<Stored>;
}

export class MemoryStore extends Image implements Store {
  readonly #clock: Pick<Clock, "now">;
  readonly #initial: Iterable<Stored>;
  readonly #revisionStep: number;

  constructor({ clock, content = [], revisionStep = 1, ...image }: MemoryStoreOptions) {
    super(image);
    this.#clock = clock;
    this.#initial = content;
    this.#revisionStep = revisionStep;
  }

  async open(): Promise<void> {
    this.loadContent(this.#initial);
  }

  alone<T>(_: () => readonly string[], act: () => Promise<T>): Promise<T> {
    return act();
  }

  // The three writes are async so that a failure is a rejected promise; they do all their work before they return.

  async add<T extends KubernetesObject>(key: ObjectKey, draft: T, author: Author): Promise<T> {
    this.assertLeads(author);
    this.assertFree(key);
    return this.#write("ADDED", key, draft, author);
  }

  async replace<T extends KubernetesObject>(
    key: ObjectKey,
    previous: T,
    draft: T,
    author: Author,
  ): Promise<T> {
    this.assertLeads(author);
    const entry = this.findLast(key, previous);
    return this.#write("MODIFIED", entry.key, draft, author);
  }

  async remove<T extends KubernetesObject>(key: ObjectKey, previous: T, author: Author): Promise<T> {
    this.assertLeads(author);
    const entry = this.findLast(key, previous);
    return this.#write("DELETED", entry.key, entry.object as T, author);
  }

  async close(): Promise<void> {
    this.end();
  }

  #write<T extends KubernetesObject>(type: Change["type"], key: ObjectKey, draft: T, author: Author): T {
    const revision = this.revision + this.#revisionStep;
    const object = stamped(draft, revision);
    this.claimed(author, revision);
    this.apply(type, revision, key, object, this.#clock.now(), changeAuthor(author));
    return object;
  }
}
