/**
 * Follows objects of one kind at an API server, as a reflector of client-go does: it lists them, and watches from that revision on. A watch that is
 * cut goes on where it was; one that is told Expired lists again. While the server is away it is tried again, ever more seldom, and what
 * was known stays known.
 */
import { piecesOf, type ServerConnection } from "../client/index.ts";
import { ApiError, hasReason } from "../errors/index.ts";
import { type Clock, Deferred, onAbort, type Random } from "../outside/index.ts";
import type { KindDefinition, KubernetesObject } from "../resources/index.ts";
import type { ObjectKey } from "../store/index.ts";
import type { RemoteImage } from "./remote-image.ts";
import { type ResourcePlace, resourcePath } from "./resource-paths.ts";

export interface KindWatchParts {
  readonly connection: Pick<ServerConnection, "json" | "stream" | "server">;
  readonly image: RemoteImage;
  readonly clock: Clock;
  readonly random: Pick<Random, "next">;
  /** As what an object is seen here. */
  readonly seenAs?: ((object: KubernetesObject) => KubernetesObject) | undefined;
  /** Told of the first of several tries that fail, and of each that does not. */
  readonly onTry: (failed: unknown | undefined) => void;
}

export interface Followed extends Omit<ResourcePlace, "name" | "subresource"> {
  readonly kind: KindDefinition;
  readonly fieldSelector?: string;
}

interface Listed {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly KubernetesObject[];
}

interface Told {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubernetesObject & { readonly code?: number; readonly message?: string };
}

/** The server ends a watch after so long, so that connections find their way to servers that have come. */
const watchSeconds = [300, 600] as const;
/** A watch that is told nothing at all for so long, not even a bookmark, is dead. */
const silenceMs = 150_000;
const answerMs = 30_000;
const firstPauseMs = 200;
const longestPauseMs = 10_000;
/** A watch that lasted longer was one. */
const shortMs = 1_000;
const pageSize = 500;

export class KindWatch {
  readonly #parts: KindWatchParts;
  readonly #followed: Followed;
  readonly #synced = new Deferred<void>();
  readonly #stop = new AbortController();
  /** What it holds, by `namespace/name`. */
  readonly #keys = new Map<string, ObjectKey>();
  /** The server's: everything up to it is known. */
  #revision = 0;
  readonly #waiting = new Set<{ readonly revision: number; readonly done: () => void }>();

  constructor(parts: KindWatchParts, followed: Followed) {
    this.#parts = parts;
    this.#followed = followed;
    void this.#run();
  }

  /** Resolves when all that was there is known, or it was stopped. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Resolves when everything up to a revision of the server is known, or it was stopped. */
  reached(revision: number): Promise<void> {
    if (this.#revision >= revision || this.#stop.signal.aborted) return Promise.resolve();
    return new Promise(done => this.#waiting.add({ revision, done }));
  }

  /** Hears nothing any more. @param forget also what it held is not known any more */
  stop(forget = false): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#synced.resolve();
    for (const { done } of this.#waiting) done();
    this.#waiting.clear();
    if (forget) for (const key of this.#keys.values()) this.#parts.image.unset(key);
  }

  async #run(): Promise<void> {
    const { clock, random, onTry } = this.#parts;
    const { signal } = this.#stop;
    let isListed = false;
    let isTold = false;
    let pause = firstPauseMs;
    while (!signal.aborted) {
      const begun = clock.elapsed();
      try {
        if (!isListed) await this.#list();
        isListed = true;
        await this.#watch(() => {
          isTold = false;
          onTry(undefined);
        });
      } catch (error) {
        if (signal.aborted) return;
        // What the server refuses is not to be gone on with; one that is away goes on where it was.
        if (!hasReason(error, "ServiceUnavailable")) isListed = false;
        if (!hasReason(error, "Expired", "Gone")) {
          // A kind that the server does not have has no objects.
          if (hasReason(error, "NotFound")) this.#takeAll([], 0);
          else if (!isTold) onTry(error);
          isTold = true;
        }
      }
      if (clock.elapsed() - begun >= shortMs) pause = firstPauseMs;
      else {
        // Whatever ends it at once, be it in order: it would be begun again as fast as the network goes.
        await clock.sleep(Math.round(pause * (0.8 + 0.4 * random.next())), signal).catch(() => {});
        pause = Math.min(pause * 2, longestPauseMs);
      }
    }
  }

  async #list(): Promise<void> {
    const { connection } = this.#parts;
    const { signal } = this.#stop;
    const items: KubernetesObject[] = [];
    let rest: string | undefined;
    let revision = "0";
    do {
      const path = this.#path({ limit: String(pageSize), ...(rest && { continue: rest }) });
      const { metadata, items: page } = await connection.json<Listed>(path, { signal, silenceMs: answerMs });
      items.push(...page);
      rest = metadata.continue;
      revision = metadata.resourceVersion;
    } while (rest);
    this.#takeAll(items, Number(revision));
  }

  #takeAll(items: readonly KubernetesObject[], revision: number): void {
    const { image } = this.#parts;
    const left = new Map(this.#keys);
    // A server that was set back to an earlier time, or another at its place: what it says now is so.
    const isBack = revision < this.#revision;
    if (isBack) {
      this.#revision = revision;
      // What they wait for is not there any more.
      this.#tellReached(Number.POSITIVE_INFINITY);
    }
    for (const item of items) {
      const key = this.#keyOf(item);
      left.delete(placeOf(key));
      this.#keys.set(placeOf(key), key);
      image.set(key, this.#stored(item), isBack);
    }
    for (const [place, key] of left) {
      this.#keys.delete(place);
      image.unset(key);
    }
    this.#knows(revision);
    this.#synced.resolve();
  }

  /** Until the server ends it. @param heard called when the server has answered */
  async #watch(heard: () => void): Promise<void> {
    const { connection, random } = this.#parts;
    const { signal } = this.#stop;
    const [least, most] = watchSeconds;
    const path = this.#path({
      watch: "1",
      allowWatchBookmarks: "true",
      resourceVersion: String(this.#revision),
      timeoutSeconds: String(Math.round(least + (most - least) * random.next())),
    });
    const answer = await connection.stream(path, { signal, silenceMs });
    heard();
    const unlisten = onAbort(signal, () => answer.destroy());
    let rest = "";
    try {
      answer.setEncoding("utf8");
      for await (const piece of piecesOf<string>(answer, connection.server)) {
        const lines = `${rest}${piece}`.split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) if (line !== "") this.#take(JSON.parse(line) as Told);
      }
    } finally {
      unlisten();
    }
  }

  #take({ type, object }: Told): void {
    if (signalled(this.#stop.signal)) return;
    if (type === "ERROR") {
      const reason = object.code === 410 ? "Expired" : "InternalError";
      throw new ApiError(reason, object.message ?? "the watch has failed");
    }
    const key = this.#keyOf(object);
    if (type === "DELETED") {
      this.#keys.delete(placeOf(key));
      this.#parts.image.unset(key, this.#stored(object));
    } else if (type !== "BOOKMARK") this.#set(key, object);
    this.#knows(Number(object.metadata.resourceVersion));
  }

  #set(key: ObjectKey, object: KubernetesObject): void {
    this.#keys.set(placeOf(key), key);
    this.#parts.image.set(key, this.#stored(object));
  }

  #knows(revision: number): void {
    if (!(revision > this.#revision)) return;
    this.#revision = revision;
    this.#tellReached(revision);
  }

  #tellReached(revision: number): void {
    for (const waiting of this.#waiting)
      if (waiting.revision <= revision) {
        this.#waiting.delete(waiting);
        waiting.done();
      }
  }

  /** Items of a list do not say what they are. */
  #stored(object: KubernetesObject): KubernetesObject {
    const { kind, versions } = this.#followed.kind;
    const [version] = versions;
    const whole = { ...object, apiVersion: version.apiVersion, kind };
    return this.#parts.seenAs?.(whole) ?? whole;
  }

  #keyOf({ metadata: { namespace = "", name } }: KubernetesObject): ObjectKey {
    return { kind: this.#followed.kind.name, namespace, name };
  }

  #path(query: Readonly<Record<string, string>>): string {
    const { kind, namespace, fieldSelector } = this.#followed;
    const asked = new URLSearchParams({ ...query, ...(fieldSelector && { fieldSelector }) });
    return `${resourcePath(kind, { namespace })}?${asked}`;
  }
}

function placeOf({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}

/** Asked anew: it may have been aborted by what was told before. */
function signalled(signal: AbortSignal): boolean {
  return signal.aborted;
}
