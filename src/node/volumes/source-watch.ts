/**
 * One watch on ConfigMaps, one on Secrets, one on claims and one on attachments for all the volumes of this process: a change is told to those volumes that show
 * the object, and costs the others nothing.
 */
import type { StoreReads, Unwatch } from "../../store/index.ts";

const kinds = ["ConfigMap", "Secret", "PersistentVolumeClaim", "VolumeAttachment"] as const;

export class SourceWatch {
  readonly #store: StoreReads;
  /** By `ConfigMap/namespace/name`. */
  readonly #listeners = new Map<string, Set<() => void>>();
  #unwatch: Unwatch[] = [];

  constructor(store: StoreReads) {
    this.#store = store;
  }

  /**
   * `changed` is called after each change of one of these (`ConfigMap/namespace/name`), until the returned function is called.
   */
  listen(keys: Iterable<string>, changed: () => void): () => void {
    const listened = [...new Set(keys)];
    if (this.#listeners.size === 0 && listened.length > 0) this.#begin();
    for (const key of listened) {
      const listeners = this.#listeners.get(key) ?? new Set();
      this.#listeners.set(key, listeners.add(changed));
    }
    return () => {
      for (const key of listened) {
        const listeners = this.#listeners.get(key);
        listeners?.delete(changed);
        if (listeners?.size === 0) this.#listeners.delete(key);
      }
      if (this.#listeners.size === 0) for (const unwatch of this.#unwatch.splice(0)) unwatch();
    };
  }

  #begin(): void {
    this.#unwatch = kinds.map(kind =>
      this.#store.watch({ kind }, ({ key: { namespace, name } }) => {
        for (const changed of this.#listeners.get(`${kind}/${namespace}/${name}`) ?? []) changed();
      }),
    );
  }
}
