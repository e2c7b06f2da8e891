/**
 * A folder in memory that can do to a journal what disks do: fail, fill up, and crash. After a crash, of what was not synced
 * each sector is there or not, by chance, and so is each name that was made, changed or removed. Where a sync fails, what it was to write is
 * read as if nothing had happened, and no later sync writes it. It takes as long as it is told to, by a clock that a test moves.
 */
import type { Random } from "../outside/index.ts";
import type { JournalFile, JournalFolder } from "../store/index.ts";

const sector = 512;

type Change = { readonly at: number; readonly bytes: Buffer } | { readonly size: number };

/** `isGivenUp`: a sync of it has failed. Linux takes its pages for written from then on. */
type Written = Change & { readonly isGivenUp?: boolean };

/** A file, whatever its name is. */
class Content {
  /** What is there for those who read. */
  now: Buffer = Buffer.alloc(0);
  synced: Buffer = Buffer.alloc(0);
  unsynced: Written[] = [];
  /** What is read may differ from what is on the disk. */
  #hasGivenUp = false;

  do(written: Written): void {
    this.now = after(this.now, written);
    this.unsynced.push(written);
  }

  sync(): void {
    const kept = this.unsynced.filter(({ isGivenUp }) => !isGivenUp);
    this.synced = this.#hasGivenUp ? kept.reduce(after, this.synced) : this.now;
    this.unsynced = [];
  }

  /** A sync has failed. That a file was cut stays to be written: it is no page. */
  giveUp(): void {
    this.#hasGivenUp = true;
    this.unsynced = this.unsynced.map(written =>
      "size" in written ? written : { ...written, isGivenUp: true },
    );
  }

  /** As another process finds it: the system has it in memory still. */
  copy(): Content {
    const left = new Content();
    left.now = this.now;
    left.synced = this.synced;
    left.unsynced = [...this.unsynced];
    left.#hasGivenUp = this.#hasGivenUp;
    return left;
  }

  /** What a crash leaves of it. */
  crashed(random: Random): Content {
    const left = new Content();
    left.now = this.synced;
    for (const written of this.unsynced) {
      if ("size" in written) {
        if (random.next() < 0.5) left.now = after(left.now, written);
        continue;
      }
      for (let from = 0; from < written.bytes.length; from += sector) {
        const bytes = written.bytes.subarray(from, from + sector);
        if (random.next() < 0.5) left.now = after(left.now, { at: written.at + from, bytes });
      }
    }
    left.sync();
    return left;
  }
}

function after(before: Buffer, written: Change): Buffer {
  if ("size" in written) return before.subarray(0, written.size);
  const size = Math.max(before.length, written.at + written.bytes.length);
  const now = Buffer.alloc(size);
  before.copy(now);
  written.bytes.copy(now, written.at);
  return now;
}

type NameChange = (names: Map<string, Content>) => void;

export type Operation =
  | "list"
  | "read"
  | "open"
  | "rename"
  | "remove"
  | "sync folder"
  | "write"
  | "truncate"
  | "sync"
  | "close";

export class CrashingFolder implements JournalFolder {
  readonly #names = new Map<string, Content>();
  #synced = new Map<string, Content>();
  #unsynced: NameChange[] = [];
  /** How many operations are still done; those after it never come back, as in a process that is gone. */
  operationsLeft = Number.POSITIVE_INFINITY;
  /** Called when the first of these is asked for: that is when the process ends. */
  ended: () => void = () => {};
  /** How long each operation takes; it is done at the end of that. Where left out, in no time. */
  duration: ((operation: Operation) => Promise<void>) | undefined;
  /** How many bytes there is room for. */
  capacity = Number.POSITIVE_INFINITY;
  /** What is thrown by an operation, before it does anything. */
  fault: (operation: Operation, name: string) => Error | undefined = () => undefined;

  /** What the next process finds where this one ends at this moment, and the machine goes on. */
  left(): CrashingFolder {
    const left = new CrashingFolder();
    const copies = new Map<Content, Content>();
    const copyOf = (content: Content) => {
      const copy = copies.get(content) ?? content.copy();
      copies.set(content, copy);
      return copy;
    };
    for (const [name, content] of this.#names) left.#names.set(name, copyOf(content));
    for (const [name, content] of this.#synced) left.#synced.set(name, copyOf(content));
    left.#unsynced = this.#unsynced.map(change => names => {
      change(names);
      for (const [name, content] of names) names.set(name, copyOf(content));
    });
    return left;
  }

  /** What is found after a crash of the machine at this moment. */
  crashed(random: Random): CrashingFolder {
    const left = new CrashingFolder();
    const names = new Map(this.#synced);
    for (const change of this.#unsynced) if (random.next() < 0.5) change(names);
    for (const [name, content] of names) left.#names.set(name, content.crashed(random));
    left.#synced = new Map(left.#names);
    return left;
  }

  /** How many bytes lie in it. */
  get size(): number {
    return [...this.#names.values()].reduce((sum, { now }) => sum + now.length, 0);
  }

  /** For tests that look, and that do damage. */
  bytes(name: string): Buffer {
    return Buffer.from(this.#content(name).now);
  }

  put(name: string, bytes: Buffer): void {
    const content = new Content();
    content.now = bytes;
    content.sync();
    this.#names.set(name, content);
    this.#synced.set(name, content);
  }

  names(): string[] {
    return [...this.#names.keys()].sort();
  }

  async list(): Promise<string[]> {
    await this.#do("list", "");
    return [...this.#names.keys()];
  }

  async read(name: string): Promise<Buffer> {
    await this.#do("read", name);
    return this.#content(name).now;
  }

  async open(name: string): Promise<JournalFile> {
    await this.#do("open", name);
    const content = this.#names.get(name) ?? new Content();
    this.#change(names => void names.set(name, content));
    return {
      write: async (bytes, at) => {
        // In flight when the process ends: some of it may be there.
        if (this.operationsLeft === 0) content.do({ at, bytes });
        await this.#do("write", name);
        const room = this.capacity - this.size + Math.max(0, content.now.length - at);
        content.do({ at, bytes: Buffer.from(bytes.subarray(0, Math.max(0, room))) });
        if (bytes.length > room) throw full();
      },
      truncate: async size => {
        await this.#do("truncate", name);
        content.do({ size });
      },
      sync: async () => {
        await this.#do("sync", name).catch(error => {
          content.giveUp();
          throw error;
        });
        content.sync();
      },
      close: () => this.#do("close", name),
    };
  }

  async rename(name: string, to: string): Promise<void> {
    await this.#do("rename", name);
    const content = this.#content(name);
    this.#change(names => {
      names.delete(name);
      names.set(to, content);
    });
  }

  async remove(name: string): Promise<void> {
    await this.#do("remove", name);
    this.#change(names => void names.delete(name));
  }

  async sync(): Promise<void> {
    await this.#do("sync folder", "");
    this.#synced = new Map(this.#names);
    this.#unsynced = [];
  }

  async #do(operation: Operation, name: string): Promise<void> {
    if (this.operationsLeft === 0) {
      this.ended();
      await new Promise(() => {});
    }
    this.operationsLeft--;
    if (this.duration) await this.duration(operation);
    const fault = this.fault(operation, name);
    if (fault) throw fault;
  }

  #change(change: NameChange): void {
    change(this.#names);
    this.#unsynced.push(change);
  }

  #content(name: string): Content {
    const content = this.#names.get(name);
    if (!content) throw Object.assign(new Error(`ENOENT: no such file, ${name}`), { code: "ENOENT" });
    return content;
  }
}

export function full(): Error {
  return Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
}
