/**
 * How a program of a play reaches one member of the etcd that is played, with all that goes wrong on the way: requests that are late or lost,
 * answers that are lost after etcd has done it, requests that are carried out when nobody waits for them any more, members that
 * are away, watches that are late, break off or fall silent. What is on its way goes on when the program that has sent it is gone.
 */
import { type Clock, onAbort } from "../../outside/index.ts";
import {
  type EtcdConnection,
  type EtcdConnectionOptions,
  EtcdFault,
  type RangeRequest,
  type Transaction,
  type WatchAnswer,
} from "../../store/index.ts";
import type { Faults } from "../faults.ts";
import type { Commit, PlayedEtcd } from "./played-etcd.ts";

export interface ConnectionParts {
  readonly etcd: PlayedEtcd;
  readonly faults: Faults;
  /** Of the play: what is on its way is stopped by nothing. */
  readonly base: Pick<Clock, "after">;
  /** Of the program, which may have ended or be halted. */
  readonly clock: Pick<Clock, "after" | "soon" | "sleep">;
  /** Whether the member can be reached from this program. */
  readonly isThere: () => boolean;
}

/** Longer than a server is given to answer. */
const latestMs = 9_000;

export class PlayedConnection implements EtcdConnection {
  readonly #endpoint: string;
  readonly #options: Pick<EtcdConnectionOptions, "dialTimeoutMs" | "answerTimeoutMs">;
  readonly #parts: ConnectionParts;

  constructor(endpoint: string, options: EtcdConnectionOptions, parts: ConnectionParts) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#parts = parts;
  }

  async call<T>(path: string, body: object): Promise<T> {
    const { base, clock, faults, isThere } = this.#parts;
    const { dialTimeoutMs, answerTimeoutMs } = this.#options;
    if (!isThere()) {
      await clock.sleep(dialTimeoutMs);
      throw this.#fault(`not connected within ${dialTimeoutMs} ms`, true);
    }
    const isLost = faults.strikes("lost request to etcd");
    const thereMs = faults.strikes("late request to etcd") ? faults.delay(latestMs) : 1;
    const isUnanswered = faults.strikes("lost answer of etcd");
    return new Promise((resolve, reject) => {
      const late = clock.after(answerTimeoutMs, () =>
        reject(this.#fault(`no answer within ${answerTimeoutMs} ms`)),
      );
      base.after(thereMs, () => {
        if (isLost || !isThere()) return;
        const [answer, refusal] = answerOf(() => carriedOut(this.#parts.etcd, path, body));
        if (isUnanswered) return;
        base.after(1, () =>
          clock.soon(() => {
            late.cancel();
            if (refusal === undefined) resolve(answer as T);
            else reject(refusal);
          }),
        );
      });
    });
  }

  async stream<T>(
    _path: string,
    body: object,
    _token: string | undefined,
    signal: AbortSignal,
    tell: (message: T) => void,
  ): Promise<void> {
    const { clock, isThere } = this.#parts;
    if (!isThere()) {
      await clock.sleep(this.#options.dialTimeoutMs, signal);
      throw this.#fault(`not connected within ${this.#options.dialTimeoutMs} ms`, true);
    }
    const { create_request } = body as { readonly create_request: { readonly start_revision: string } };
    await this.#watch(Number(create_request.start_revision), signal, tell as (message: WatchAnswer) => void);
  }

  close(): void {}

  #watch(start: number, signal: AbortSignal, tell: (message: WatchAnswer) => void): Promise<void> {
    const { etcd, faults, base, clock, isThere } = this.#parts;
    return new Promise((resolve, reject) => {
      let hasEnded = false;
      let isSilent = false;
      let unwatch = () => {};
      const end = () => {
        hasEnded = true;
        unwatch();
      };
      onAbort(signal, () => {
        end();
        reject(this.#fault("the watch was ended"));
      });
      // Of one that was ended before nothing is heard any more.
      if (signal.aborted) return reject(this.#fault("the watch was ended"));
      const said = (message: WatchAnswer) =>
        clock.soon(() => {
          if (!hasEnded) tell(message);
        });
      /** In the order in which they were committed. */
      const late: WatchAnswer[] = [];
      const commit = ({ revision, events }: Commit) => {
        if (hasEnded || isSilent) return;
        if (!isThere() || faults.strikes("silent watch of etcd")) isSilent = true;
        else if (faults.strikes("broken watch of etcd")) {
          end();
          clock.soon(() => reject(this.#fault("the watch broke off")));
        } else {
          const message = { header: { revision: String(revision) }, events };
          if (late.push(message) > 1) return;
          const afterMs = faults.strikes("late watch of etcd") ? faults.delay(latestMs) : 1;
          base.after(afterMs, () => {
            for (const each of late.splice(0)) said(each);
          });
        }
      };
      const before = etcd.compactedBefore(start);
      base.after(1, () => {
        if (hasEnded) return;
        if (before !== undefined) {
          said({ canceled: true, compact_revision: String(before) });
          clock.soon(resolve);
          return;
        }
        said({ created: true, header: { revision: String(etcd.revision) } });
        // It may have been compacted while the question was on its way.
        const since = etcd.compactedBefore(start);
        if (since !== undefined) said({ canceled: true, compact_revision: String(since) });
        else unwatch = etcd.watch(start, commit);
      });
    });
  }

  #fault(problem: string, didNothing = false): EtcdFault {
    return new EtcdFault(this.#endpoint, problem, { didNothing });
  }
}

/** What came of it, or why it was refused. */
function answerOf(act: () => unknown): [answer: unknown, refusal: unknown] {
  try {
    return [act(), undefined];
  } catch (refusal) {
    return [undefined, refusal];
  }
}

function carriedOut(etcd: PlayedEtcd, path: string, body: object): unknown {
  const { key, value, lease, ID, TTL, revision } = body as Readonly<Record<string, string>>;
  switch (path) {
    case "/v3/kv/range":
      return etcd.range(body as RangeRequest);
    case "/v3/kv/txn":
      return etcd.transact(body as Transaction);
    case "/v3/kv/put":
      return etcd.put(key ?? "", value ?? "", lease);
    case "/v3/kv/compaction":
      return etcd.compact(Number(revision));
    case "/v3/lease/grant":
      return { ID: etcd.grant(Number(TTL)) };
    case "/v3/lease/keepalive":
      return { result: { ID, TTL: String(etcd.keepAlive(ID ?? "")) } };
    case "/v3/lease/revoke":
      return etcd.revoke(ID ?? "");
    default:
      throw new Error(`etcd is not played for ${path}`);
  }
}
