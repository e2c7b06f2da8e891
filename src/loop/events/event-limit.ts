/**
 * The events that are kept: none longer than an hour after it was last seen, and never more than so many, so that a chatty
 * cluster cannot fill the store. The limit holds at every moment, not only when a sweep comes: the oldest goes before the next
 * is written, and at once where another than the recorder has written one.
 */
import { hasReason } from "../../errors/index.ts";
import type { Event } from "../../resources/index.ts";
import { apiServerWriter, type ObjectKey, type RegistryVerbs, type Unwatch } from "../../store/index.ts";

const author = apiServerWriter("event-recorder");

export class EventLimit {
  readonly #registry: RegistryVerbs;
  readonly #most: number;
  readonly #onFault: (error: unknown) => void;
  /** The events there are, by uid, the one that was seen longest ago first. */
  readonly #kept = new Map<string, ObjectKey>();
  /** Goes on where it stopped: what it has passed is gone, or has been seen again and stands at the end. */
  #oldest = this.#kept.entries();
  #unwatch: Unwatch = () => {};

  constructor(registry: RegistryVerbs, most: number, onFault: (error: unknown) => void) {
    this.#registry = registry;
    this.#most = most;
    this.#onFault = onFault;
  }

  start(): void {
    const { store } = this.#registry;
    const kind = this.#registry.nameOf("Event");
    const keyOf = ({ metadata }: Event) => ({
      kind,
      namespace: metadata.namespace ?? "",
      name: metadata.name,
    });
    for (const event of store.list(kind).toSorted((a, b) => seenAt(a) - seenAt(b)))
      this.#kept.set(event.metadata.uid, keyOf(event));
    this.#unwatch = store.watch({ kind }, ({ type, key, object }) => {
      this.#kept.delete(object.metadata.uid);
      if (type !== "DELETED") this.#kept.set(object.metadata.uid, key);
      if (type === "ADDED" && this.#kept.size > this.#most) this.makeRoom(0).catch(this.#onFault);
    });
  }

  stop(): void {
    this.#unwatch();
  }

  /** Removes the oldest until there is room for so many more. */
  async makeRoom(more: number): Promise<void> {
    while (this.#kept.size + more > this.#most && this.#kept.size > 0) await this.#removeOldest();
  }

  /** Removes those that were last seen before this time, in milliseconds since 1970. */
  async forgetBefore(time: number): Promise<void> {
    for (const [uid, { kind, namespace, name }] of [...this.#kept]) {
      const event = this.#registry.store.get(kind, namespace, name) as Event | undefined;
      if (event && seenAt(event) >= time) return;
      await this.#remove(uid);
    }
  }

  async #removeOldest(): Promise<void> {
    let next = this.#oldest.next();
    if (next.done) {
      this.#oldest = this.#kept.entries();
      next = this.#oldest.next();
    }
    if (!next.done) await this.#remove(next.value[0]);
  }

  async #remove(uid: string): Promise<void> {
    const key = this.#kept.get(uid);
    this.#kept.delete(uid);
    if (!key) return;
    try {
      await this.#registry.delete(key.kind, key.namespace, key.name, { author, isChecked: true });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }
}

/** When the event was last seen, in milliseconds since 1970. */
function seenAt({ lastTimestamp, metadata }: Event): number {
  return Date.parse(lastTimestamp ?? metadata.creationTimestamp);
}
