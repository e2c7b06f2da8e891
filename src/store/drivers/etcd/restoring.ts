/**
 * Writes all objects of a backup below a prefix of etcd where nothing lies yet. A mark is put there first, by a transaction which
 * compares that nothing is there, and is taken away by the last: with it no program begins there, so none takes a part for the whole. Each
 * transaction compares the mark, so that of two who restore one writes; it is left by who is killed, and the next to restore begins anew.
 */
import { ApiError } from "../../../errors/index.ts";
import { type Clock, fieldsOf } from "../../../outside/index.ts";
import type { SealingOptions } from "../../encryption-at-rest.ts";
import type { Stored } from "../../store.ts";
import { EtcdClient, type EtcdOptions } from "./client.ts";
import { asApiError, EtcdFault } from "./etcd-fault.ts";
import { type KindFolders, Layout, layoutVersion } from "./layout.ts";
import {
  type Compare,
  decoded,
  encoded,
  endOf,
  holds,
  int64,
  isEmpty,
  type Operation,
  put,
  putEncoded,
  removeBetween,
  type TransactionAnswer,
} from "./messages.ts";
import { Presence } from "./presence.ts";

export interface RestoringOptions {
  readonly clock: Clock;
  readonly etcd: EtcdOptions;
  readonly kinds: KindFolders;
  /** What is encrypted there; nothing where left out. */
  readonly sealing?: SealingOptions | undefined;
  /** Of this program: no other's. */
  readonly identity: string;
  readonly content: Iterable<Stored>;
}

/** Fewer than etcd takes in one transaction (`--max-txn-ops`), and together smaller than a request may be (`--max-request-bytes`). */
const mostOperations = 100;
const mostBytes = 500_000;
/** How often is asked whose answer is lost; all that is asked here can be asked again. */
const attempts = 4;
const pauseMs = 1_000;

/**
 * Resolves when all is there. Rejects with AlreadyExists where something is below the prefix, or another restores there; with
 * ServiceUnavailable where etcd cannot be asked. Then nothing is left of it; where that could not be taken away any more, it is said.
 */
export async function restoreIntoEtcd(options: RestoringOptions): Promise<void> {
  const { clock, etcd, kinds, sealing, identity } = options;
  const client = new EtcdClient(etcd, clock);
  const layout = new Layout(etcd.prefix ?? "/registry", kinds, sealing);
  // Where it cannot be renewed, it is noticed by what is written.
  const presence = new Presence(client, clock, layout.presenceOf(identity), () => {});
  try {
    const restoring = new Restoring({ client, layout, clock, identity });
    try {
      await restoring.begin();
      await presence.begin();
      await restoring.writeAll(options.content);
    } catch (error) {
      const fault = await restoring.undone(asApiError(error));
      if (fault) throw fault;
    } finally {
      await presence.end();
    }
  } catch (error) {
    throw asApiError(error);
  } finally {
    client.close();
  }
}

/** What the mark says of who restores; undefined where it is none. */
export function restorerIn(mark: string | undefined): string | undefined {
  if (mark === undefined) return undefined;
  const { identity, since } = fieldsOf(JSON.parse(mark));
  return `${String(identity)}, since ${String(since)}`;
}

interface RestoringParts {
  readonly client: EtcdClient;
  readonly layout: Layout;
  readonly clock: Clock;
  readonly identity: string;
}

class Restoring {
  readonly #parts: RestoringParts;
  /** The revision of our mark; 0 until it is known to be there. */
  #mark = 0;

  constructor(parts: RestoringParts) {
    this.#parts = parts;
  }

  /** Puts our mark. Rejects with AlreadyExists where something is there already, and is no restoration that has ended in the middle. */
  async begin(): Promise<void> {
    const { layout } = this.#parts;
    const { prefix } = layout;
    if (await this.#marked(isEmpty(prefix, endOf(prefix)))) return;
    const left = await this.#markThere();
    if (!left) throw await this.#occupied();
    const { identity } = fieldsOf(JSON.parse(left.text));
    if ((await this.#countOf(layout.presenceOf(String(identity)))) > 0)
      throw new ApiError(
        "AlreadyExists",
        `a backup is being restored below ${prefix} in etcd (${restorerIn(left.text)}), or was until less than seven seconds ago`,
      );
    if (!(await this.#marked(holds(layout.restoring, left.revision)))) throw this.#taken();
    const others = [
      removeBetween(prefix, layout.restoring),
      removeBetween(`${layout.restoring}\0`, endOf(prefix)),
    ];
    await this.#write(others);
  }

  async writeAll(content: Iterable<Stored>): Promise<void> {
    const { layout } = this.#parts;
    let together: Operation[] = [];
    let bytes = 0;
    for (const { key, object } of content) {
      const at = layout.keyOf(key);
      const value = layout.valueAt(at, key, object);
      if (together.length === mostOperations || (bytes > 0 && bytes + value.length > mostBytes)) {
        await this.#write(together);
        [together, bytes] = [[], 0];
      }
      together.push(putEncoded(at, value));
      bytes += value.length;
    }
    if (together.length > 0) await this.#write(together);
    const { restoring, version } = layout;
    const last = [removeBetween(restoring, `${restoring}\0`), put(version, String(layoutVersion))];
    await this.#write(last, () => this.#isWhole());
  }

  /** Whether it is whole by us: our mark was there until the layout was written. */
  async #isWhole(): Promise<boolean> {
    const { client, layout } = this.#parts;
    const written = (await client.range({ key: encoded(layout.version) })).kvs?.[0];
    if (!written) return false;
    const revision = String(int64(written.mod_revision) - 1);
    const before = (await client.range({ key: encoded(layout.restoring), revision })).kvs?.[0];
    return int64(before?.mod_revision) === this.#mark;
  }

  /**
   * Takes away what was written. Resolves to the error, or to one that says more where that was not possible; to undefined where all is there, and
   * only the answers to the last transaction were lost.
   */
  async undone(error: ApiError): Promise<ApiError | undefined> {
    const { prefix } = this.#parts.layout;
    // What is there by now is another's.
    if (this.#mark === 0 || error.reason === "Conflict") return error;
    try {
      let isWhole = false;
      await this.#write([removeBetween(prefix, endOf(prefix))], async () => {
        isWhole = await this.#isWhole();
        return isWhole || (await this.#isCleared());
      });
      return isWhole ? undefined : error;
    } catch (cause) {
      const left = `what is below ${prefix} in etcd by now is left there (${asApiError(cause).message}): the next k4s restore takes it away, and until then no program begins there`;
      return new ApiError(error.reason, `${error.message}; ${left}`, {}, { cause: error });
    }
  }

  /** Puts our mark on this condition. Resolves to whether it did. */
  async #marked(condition: Compare): Promise<boolean> {
    const { layout, clock, identity } = this.#parts;
    const text = JSON.stringify({ identity, since: new Date(clock.now()).toISOString() });
    const answer = await this.#asked([condition], [put(layout.restoring, text)]);
    if (answer.succeeded) this.#mark = int64(answer.header?.revision);
    else {
      // The first answer may have been lost.
      const there = await this.#markThere();
      if (there?.text !== text) return false;
      this.#mark = there.revision;
    }
    return true;
  }

  /** @param isDone whether it has happened, where our mark is not there any more */
  async #write(operations: readonly Operation[], isDone = async () => false): Promise<void> {
    const { restoring } = this.#parts.layout;
    const { succeeded } = await this.#asked([holds(restoring, this.#mark)], operations);
    if (!succeeded && !(await isDone())) throw this.#taken();
  }

  /** Asks again where nobody knows whether it has happened. */
  async #asked(compare: readonly Compare[], success: readonly Operation[]): Promise<TransactionAnswer> {
    const { client, clock } = this.#parts;
    for (let tries = 1; ; tries++) {
      try {
        return await client.transact({ compare, success, failure: [] });
      } catch (fault) {
        if (!(fault instanceof EtcdFault && fault.isOfServer) || tries === attempts) throw fault;
        await clock.sleep(pauseMs);
      }
    }
  }

  async #markThere(): Promise<{ readonly text: string; readonly revision: number } | undefined> {
    const { client, layout } = this.#parts;
    const found = (await client.range({ key: encoded(layout.restoring) })).kvs?.[0];
    return found && { text: decoded(found.value), revision: int64(found.mod_revision) };
  }

  async #isCleared(): Promise<boolean> {
    const { client, layout } = this.#parts;
    const all = { key: encoded(layout.prefix), range_end: encoded(endOf(layout.prefix)) };
    const { kvs = [] } = await client.range({ ...all, limit: "1", keys_only: true });
    return kvs.length === 0;
  }

  async #countOf(key: string): Promise<number> {
    const { kvs = [] } = await this.#parts.client.range({ key: encoded(key), keys_only: true });
    return kvs.length;
  }

  async #occupied(): Promise<ApiError> {
    const { client, layout } = this.#parts;
    const { prefix } = layout;
    const first = async (from: string) => {
      const asked = { key: encoded(from), range_end: encoded(endOf(from)), limit: "1", keys_only: true };
      const { kvs = [] } = await client.range(asked);
      return kvs[0] && decoded(kvs[0].key);
    };
    const all = layout.presenceOf("");
    const runs = (await first(all))?.slice(all.length);
    const what =
      runs === undefined
        ? `something lies in etcd below ${prefix} (${await first(prefix)})`
        : `a cluster lies in etcd below ${prefix}, and ${runs} runs on it`;
    return new ApiError(
      "AlreadyExists",
      `${what}: a backup is restored where nothing is (another --etcd-prefix, or etcdctl del --prefix ${prefix})`,
    );
  }

  #taken(): ApiError {
    const { prefix } = this.#parts.layout;
    return new ApiError(
      "Conflict",
      `another has begun to restore a backup below ${prefix} in etcd meanwhile`,
    );
  }
}
