/**
 * The registry of a cluster whose API server is elsewhere: its verbs are requests over HTTP, and reads are answered from what watches tell
 * (remote-image.ts). A write resolves when the watch of its kind has seen it, so that who has written reads it, as the store promises. What no watch
 * follows and is written here (a node's lease) is known from the answers.
 */
import type { ServerConnection } from "../client/index.ts";
import { ApiError, hasReason } from "../errors/index.ts";
import type { Clock, Random } from "../outside/index.ts";
import type {
  Draft,
  KindDefinition,
  KindName,
  KindReference,
  KindRegistry,
  KubernetesObject,
  ObjectOf,
} from "../resources/index.ts";
import type { DeleteOptions, ObjectKey, RegistryVerbs, Request, Written } from "../store/index.ts";
import { type Followed, KindWatch } from "./kind-watch.ts";
import { RemoteImage } from "./remote-image.ts";
import { resourcePath } from "./resource-paths.ts";

export interface RemoteRegistryParts {
  readonly connection: ServerConnection;
  readonly kinds: KindRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: (fault: unknown) => void;
  /** As what an object that a watch tells is seen here, where that is otherwise than at the server. */
  readonly seenAs?: (object: KubernetesObject) => KubernetesObject;
  /** Told when the server cannot be reached, or refuses a watch, and when it is heard again. */
  readonly onHeard?: (isHeard: boolean, why?: unknown) => void;
}

/** The server has so long to answer. */
const answerMs = 30_000;
/** As often is a change tried again that others were faster than. */
const mostConflicts = 10;
/** Of objects that no watch follows: events, most of them. */
const mostWritten = 1_000;

export class RemoteRegistry implements RegistryVerbs {
  readonly store: RemoteImage;
  readonly #parts: RemoteRegistryParts;
  /** By the name of the kind: what follows all objects that are of interest here. */
  readonly #watches = new Map<string, KindWatch>();
  readonly #others = new Set<KindWatch>();
  /** What is known from the answers to writes alone; those that were written last. */
  readonly #written = new Map<string, ObjectKey>();
  readonly #stop = new AbortController();
  #isHeard = true;

  constructor(parts: RemoteRegistryParts) {
    this.#parts = parts;
    const { clock, onFault } = parts;
    this.store = new RemoteImage({ clock, onFault, indexedFields: { Pod: ["spec.nodeName"] } });
  }

  /** Follows a kind from now on, in one way. */
  follow(kind: KindName, only: Omit<Followed, "kind"> = {}): KindWatch {
    const watch = this.#watchOf(kind, only);
    this.#watches.set(kind, watch);
    return watch;
  }

  /** Follows one object until it is stopped. */
  followOne({ kind, namespace, name }: ObjectKey): KindWatch {
    const watch = this.#watchOf(kind, { namespace, fieldSelector: `metadata.name=${name}` });
    this.#others.add(watch);
    return watch;
  }

  /** What only that one has followed is not known any more. */
  unfollow(watch: KindWatch): void {
    watch.stop(true);
    this.#others.delete(watch);
  }

  /** Hears nothing any more, and answers nothing. */
  stop(): void {
    for (const watch of [...this.#watches.values(), ...this.#others]) watch.stop();
    this.#stop.abort();
    this.store.close();
  }

  nameOf<K extends KindName>(kind: K | Pick<KubernetesObject, "apiVersion" | "kind">): K {
    return (typeof kind === "string" ? kind : this.#parts.kinds.of(kind).name) as K;
  }

  scopeOf({ apiVersion, kind }: KindReference): "Namespaced" | "Cluster" | undefined {
    return this.#parts.kinds.all.find(
      each => each.kind === kind && each.versions.some(version => version.apiVersion === apiVersion),
    )?.scope;
  }

  /** The object as the server has it now, and as it is known here from now on. */
  async read<K extends KindName>(kind: K, namespace: string, name: string): Promise<ObjectOf<K>> {
    const definition = this.#kindNamed(kind);
    const path = resourcePath(definition, { namespace, name });
    const object = await this.#ask<ObjectOf<K>>(path);
    await this.#seen(definition, object);
    return object;
  }

  async create<T extends KubernetesObject>(draft: Draft<T>, request: Request): Promise<Written<T>> {
    const { parent, subresource } = request;
    const given = draft as Draft & { readonly kind: string };
    const kind = parent === undefined ? this.#parts.kinds.of(given) : this.#kindNamed(parent);
    const { namespace = kind.scope === "Namespaced" ? "default" : "", name } = draft.metadata ?? {};
    const path = resourcePath(kind, { namespace, ...(subresource && { name, subresource }) });
    const object = await this.#ask<T>(path, "POST", draft, request);
    // What is created at a part of an object changes that, unless it is an answer that is not kept.
    if (!subresource) await this.#seen(kind, object);
    return { object, outcome: "created" };
  }

  async update<T extends KubernetesObject>(draft: Draft<T>, request: Request): Promise<Written<T>> {
    const kind = this.#parts.kinds.of(draft as Draft & { readonly kind: string });
    const { namespace = "", name } = draft.metadata ?? {};
    const path = resourcePath(kind, { namespace, name, subresource: request.subresource });
    const asking = this.#ask<T>(path, "PUT", draft, request);
    const object = await asking.catch(error => {
      const key = { kind: kind.name, namespace, name: name ?? "" };
      if (hasReason(error, "NotFound") && !this.#watches.has(kind.name)) this.store.unset(key);
      throw error;
    });
    const isSame = object.metadata.resourceVersion === draft.metadata?.resourceVersion;
    await this.#seen(kind, object);
    return { object, outcome: isSame ? "unchanged" : "changed" };
  }

  async modify<K extends KindName>(
    kind: K,
    namespace: string,
    name: string,
    change: (object: ObjectOf<K>) => Draft<ObjectOf<K>> | undefined,
    request: Request,
  ): Promise<Written<ObjectOf<K>>> {
    let last = this.store.get(kind, namespace, name) ?? (await this.read(kind, namespace, name));
    for (let tries = 1; ; tries++) {
      const next = change(last);
      if (next === undefined || next === last) return { object: last, outcome: "unchanged" };
      try {
        return (await this.update(next as Draft, request)) as Written<ObjectOf<K>>;
      } catch (error) {
        if (!hasReason(error, "Conflict") || tries >= mostConflicts) throw error;
        last = await this.read(kind, namespace, name);
      }
    }
  }

  async delete<K extends KindName>(
    kind: K,
    namespace: string,
    name: string,
    { gracePeriodSeconds, propagationPolicy, preconditions, ...request }: Request & DeleteOptions,
  ): Promise<Written<ObjectOf<K>>> {
    const definition = this.#kindNamed(kind);
    const last = this.store.get(kind, namespace, name);
    const options = { gracePeriodSeconds, propagationPolicy, preconditions };
    const body = { apiVersion: "v1", kind: "DeleteOptions", ...options };
    const path = resourcePath(definition, { namespace, name });
    const answer = await this.#ask<ObjectOf<K>>(path, "DELETE", body, request);
    if ((answer as KubernetesObject).kind !== definition.kind) {
      // A Status: it says no more than that.
      if (!last) return { object: answer, outcome: "deleted" };
      return { object: last, outcome: "deleted" };
    }
    const isGoing = answer.metadata.deletionTimestamp !== undefined && gracePeriodSeconds !== 0;
    await this.#watches.get(definition.name)?.reached(Number(answer.metadata.resourceVersion));
    return { object: answer, outcome: isGoing ? "terminating" : "deleted" };
  }

  connect(kind: KindName): Promise<KubernetesObject> {
    const why = `streams of a ${kind} are opened at the API server, not from a node`;
    return Promise.reject(new ApiError("MethodNotAllowed", why));
  }

  #kindNamed(name: KindName): KindDefinition {
    const kind = this.#parts.kinds.get(name);
    if (kind) return kind;
    throw new ApiError("NotFound", `there is no kind ${name}`);
  }

  #watchOf(kind: KindName, only: Omit<Followed, "kind">): KindWatch {
    const { connection, clock, random, onFault, seenAs } = this.#parts;
    const onTry = (failed: unknown) => {
      if (failed === undefined || hasReason(failed, "ServiceUnavailable", "Unauthorized"))
        this.#heard(failed);
      else onFault(failed);
    };
    const parts = { connection, image: this.store, clock, random, seenAs, onTry };
    return new KindWatch(parts, { ...only, kind: this.#kindNamed(kind) });
  }

  /** A write of this object is read here from now on. */
  async #seen(kind: KindDefinition, object: KubernetesObject): Promise<void> {
    const { namespace = "", name, resourceVersion } = object.metadata;
    const watch = this.#watches.get(kind.name);
    if (watch) await watch.reached(Number(resourceVersion));
    else if (kind.verbs.includes("get")) this.#remember({ kind: kind.name, namespace, name }, object);
  }

  #remember(key: ObjectKey, object: KubernetesObject): void {
    const place = `${key.kind}/${key.namespace}/${key.name}`;
    this.#written.delete(place);
    this.#written.set(place, key);
    this.store.set(key, object);
    const [oldest] = this.#written;
    if (this.#written.size <= mostWritten || !oldest) return;
    this.#written.delete(oldest[0]);
    this.store.unset(oldest[1]);
  }

  async #ask<T>(path: string, method = "GET", body?: unknown, request?: Request): Promise<T> {
    const { connection, clock } = this.#parts;
    const query = new URLSearchParams();
    if (request && method !== "DELETE") query.set("fieldManager", request.author.manager);
    if (request?.dryRun) query.set("dryRun", "All");
    const asked = query.size > 0 ? `${path}?${query}` : path;
    try {
      const answer = await connection.json<T>(asked, {
        method,
        ...(body !== undefined && { body }),
        signal: this.#stop.signal,
        silenceMs: answerMs,
      });
      this.#heard(undefined);
      return answer;
    } catch (error) {
      if (this.#stop.signal.aborted)
        throw new ApiError("ServiceUnavailable", "the node stops", {}, { cause: error });
      if (hasReason(error, "ServiceUnavailable")) this.#heard(error);
      // Many ask in vain in the same moment, and their callers try again at once.
      if (hasReason(error, "ServiceUnavailable", "TooManyRequests")) await clock.sleep(retryMs);
      throw error;
    }
  }

  #heard(failed: unknown): void {
    const isHeard = failed === undefined;
    if (isHeard === this.#isHeard) return;
    this.#isHeard = isHeard;
    this.#parts.onHeard?.(isHeard, failed);
  }
}

const retryMs = 200;
