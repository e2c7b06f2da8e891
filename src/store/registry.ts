/**
 * The door to the store: every write of an object, whoever makes it, goes through here, and the rules of Kubernetes that
 * hold for all kinds are kept here: names, uids, generation, defaults, validation, status apart from spec, deletion with
 * grace periods and finalizers. It decides what is to be written; the store writes it.
 *
 * A write that changes something is always the same five steps: read the last version, make the next one of it and of
 * what was asked, check it, see whether it says anything new, and hand both to the store, which refuses if the last
 * version is no longer the last. Then it starts again, unless the writer insisted on a version.
 */
import { ApiError, type Cause } from "../errors/index.ts";
import { type Clock, type Random, timestamp } from "../outside/index.ts";
import {
  type Draft,
  decoded,
  type KindDefinition,
  type KindName,
  type KindRegistry,
  type KubernetesObject,
  type Namespace,
  type ObjectOf,
  type Pod,
} from "../resources/index.ts";
import { bound } from "./binding.ts";
import { assertPreconditions, isReleased, planDeletion } from "./deletion.ts";
import { deepFreeze } from "./freeze.ts";
import { type Birth, generatedName } from "./metadata.ts";
import { assertMortal, assertTakesNew, isNamespace, withFinalizers } from "./namespaces.ts";
import { alreadyExists, invalid, notFound } from "./refusals.ts";
import { isSame } from "./sameness.ts";
import type { Author, ObjectKey, Store } from "./store.ts";
import type { DeleteOptions, RegistryVerbs, Request, Written } from "./verbs.ts";
import { type Allocate, type Check, Versions } from "./versions.ts";
import { type ObjectWatch, type ObjectWatchOptions, watchObjects } from "./watch.ts";

/** Where the registry looks up what a kind is: by name or spelling, or by what an object says of itself. */
export type KindSource = Pick<KindRegistry, "find" | "inVersion">;

export interface RegistryParts {
  readonly store: Store;
  readonly kinds: KindSource;
  readonly check: Check;
  readonly allocate?: Allocate;
  readonly clock: Pick<Clock, "now">;
  readonly random: Random;
}

export class Registry implements RegistryVerbs {
  readonly store: Store;
  readonly #kinds: KindSource;
  readonly #versions: Versions;
  readonly #clock: Pick<Clock, "now">;
  readonly #random: Random;

  constructor({ store, kinds, check, allocate, clock, random }: RegistryParts) {
    this.store = store;
    this.#kinds = kinds;
    this.#versions = new Versions(store, check, allocate ?? ((_kind, draft) => draft));
    this.#clock = clock;
    this.#random = random;
  }

  // The verbs are async so that a refusal is a rejected promise. They wait for nothing before they write: with a store
  // in memory it has happened when the call returns (a pod that goes at once takes a second write, a moment later).

  async create<T extends KubernetesObject>(given: Draft<T>, request: Request): Promise<Written<T>> {
    const { kind, draft } = this.#read(given);
    const { name, generateName, resourceVersion } = draft.metadata;
    if (resourceVersion && !request.dryRun) {
      // Kubernetes answers with 500 and no reason, though the mistake is the writer's.
      throw new ApiError("BadRequest", versionOfNew.message, {
        kind: kind.kind,
        name,
        causes: [versionOfNew],
      });
    }
    if (!name && !generateName) throw invalid(kind, "", nameRequired);
    for (;;) {
      const object = this.#versions.first(kind, draft, this.#birthOf(kind, draft), request);
      const key = keyOf(kind, object);
      if (request.dryRun) {
        if (this.store.get(key.kind, key.namespace, key.name)) throw alreadyExists(kind, key.name);
        return { object: deepFreeze(withoutResourceVersion(object)) as T, outcome: "created" };
      }
      try {
        const created = await this.store.add(key, object, request.author);
        return { object: created as T, outcome: "created" };
      } catch (error) {
        if (!hasReason(error, "AlreadyExists")) throw error;
        // Another writer took the generated name a moment ago: there are plenty.
        if (name) throw alreadyExists(kind, key.name);
      }
    }
  }

  async update<T extends KubernetesObject>(given: Draft<T>, request: Request): Promise<Written<T>> {
    const { kind, draft } = this.#read(given);
    const written = this.#write(kind, keyOf(kind, draft), request, last =>
      this.#versions.next(kind, last, draft, request),
    );
    return (await written) as Written<T>;
  }

  async modify<K extends KindName>(
    kindName: K,
    namespace: string,
    name: string,
    change: (object: ObjectOf<K>) => Draft<ObjectOf<K>> | undefined,
    request: Request,
  ): Promise<Written<ObjectOf<K>>> {
    const kind = this.#kind(kindName);
    const written = this.#write(kind, { kind: kind.name, namespace, name }, request, last => {
      const changed: Draft | undefined = change(last as ObjectOf<K>);
      if (changed === undefined || changed === last) return last;
      return this.#versions.next(kind, last, changed, request);
    });
    return (await written) as Written<ObjectOf<K>>;
  }

  async delete<K extends KindName>(
    kindName: K,
    namespace: string,
    name: string,
    request: Request & DeleteOptions,
  ): Promise<Written<ObjectOf<K>>> {
    const kind = this.#kind(kindName);
    const key = { kind: kind.name, namespace, name };
    const policy = request.propagationPolicy;
    if (policy !== undefined && !policies.includes(policy))
      throw invalid(deleteOptions, "", unknownPolicy(policy));
    const written = this.#onLatest(kind, key, async (last): Promise<Written> => {
      if (isNamespace(last)) assertMortal(last);
      if (request.preconditions) assertPreconditions(kind, last, request.preconditions);
      const { marked, removes } = planDeletion(kind, last, request, this.#clock.now());
      const outcome = removes ? "deleted" : "terminating";
      if (request.dryRun) return { object: deepFreeze(marked ?? last), outcome };
      const now = marked ? await this.store.replace(key, last, marked, request.author) : last;
      return { object: removes ? await this.#removed(key, now, request.author) : now, outcome };
    });
    return (await written) as Written<ObjectOf<K>>;
  }

  /** Removes what was marked to go at once. Its node may have been told by the mark, and have been faster. */
  async #removed(key: ObjectKey, marked: KubernetesObject, author: Author): Promise<KubernetesObject> {
    try {
      return await this.store.remove(key, marked, author);
    } catch (error) {
      const isGone = this.store.byUid(marked.metadata.uid) === undefined;
      if (isGone && hasReason(error, "NotFound")) return marked;
      throw error;
    }
  }

  async bind(namespace: string, name: string, nodeName: string, request: Request): Promise<Pod> {
    const kind = this.#kind("Pod");
    const key = { kind: kind.name, namespace, name };
    const now = timestamp(this.#clock.now());
    const write = this.#write(kind, key, request, last => bound(kind, last as Pod, nodeName, now));
    return (await write).object as Pod;
  }

  async finalize(name: string, finalizers: readonly string[], request: Request): Promise<Namespace> {
    const kind = this.#kind("Namespace");
    const key = { kind: kind.name, namespace: "", name };
    const write = this.#write(kind, key, request, last => withFinalizers(last as Namespace, finalizers));
    return (await write).object as Namespace;
  }

  /** What is there, then every change, as an async iterable; see watch.ts. */
  watch<K extends KindName>(kindName: K, options: ObjectWatchOptions = {}): ObjectWatch<ObjectOf<K>> {
    return watchObjects<ObjectOf<K>>(this.store, this.#kind(kindName), options);
  }

  /** The name of a new object, where it belongs, and what it is known by. */
  #birthOf(kind: KindDefinition, { metadata }: Draft): Birth {
    const namespace = kind.scope === "Namespaced" ? (metadata.namespace ?? "default") : undefined;
    const isTaken = (name: string) => this.store.get(kind.name, namespace ?? "", name) !== undefined;
    const name = metadata.name || generatedName(metadata.generateName ?? "", this.#random, isTaken);
    if (namespace !== undefined) assertTakesNew(this.store, kind, namespace, name);
    return { name, namespace, uid: this.#random.uuid(), creationTimestamp: timestamp(this.#clock.now()) };
  }

  // --- Writing.

  /** Makes the next version of an object and writes it; from the start again when another writer was faster. */
  #write(
    kind: KindDefinition,
    key: ObjectKey,
    { author, dryRun }: Request,
    makeNext: (last: KubernetesObject) => KubernetesObject,
  ): Promise<Written> {
    return this.#onLatest(kind, key, async last => {
      const next = makeNext(last);
      if (isSame(last, next)) return { object: last, outcome: "unchanged" };
      // Taking away what held the object is what deletes it: there is no version in between.
      const outcome = isReleased(next) ? "deleted" : "changed";
      if (dryRun) return { object: deepFreeze(next), outcome };
      const object =
        outcome === "deleted"
          ? await this.store.remove(key, last, author)
          : await this.store.replace(key, last, next, author);
      return { object, outcome };
    });
  }

  async #onLatest(
    kind: KindDefinition,
    { namespace, name }: ObjectKey,
    write: (last: KubernetesObject) => Promise<Written>,
  ): Promise<Written> {
    for (;;) {
      const last: KubernetesObject | undefined = this.store.get(kind.name, namespace, name);
      if (!last) throw notFound(kind, name);
      try {
        return await write(last);
      } catch (error) {
        if (hasReason(error, "NotFound") && !this.store.get(kind.name, namespace, name))
          throw notFound(kind, name);
        // A conflict though nobody was faster is a precondition that does not hold: trying again would not help.
        const isBeaten = hasReason(error, "Conflict") && this.store.get(kind.name, namespace, name) !== last;
        if (!isBeaten) throw error;
      }
    }
  }

  // --- Looking up.

  nameOf<K extends KindName>(kind: K | Pick<KubernetesObject, "apiVersion" | "kind">): K {
    const meant = typeof kind === "object" ? this.#kinds.inVersion(kind).kind : this.#kind(kind);
    // The name of a built-in kind, by which its type goes, is the kind itself.
    return meant.name as K;
  }

  #kind(name: KindName): KindDefinition {
    return this.#kinds.find(name);
  }

  /** The kind of a draft, and the draft in the version in which the kind is kept. */
  #read(draft: Draft): { readonly kind: KindDefinition; readonly draft: Draft } {
    const { kind, version } = this.#kinds.inVersion(draft);
    return { kind, draft: version === kind.versions[0] ? draft : decoded(kind, draft, { version }).draft };
  }
}

function keyOf(kind: KindDefinition, { metadata }: Draft): ObjectKey {
  const namespace = kind.scope === "Namespaced" ? (metadata.namespace ?? "default") : "";
  return { kind: kind.name, namespace, name: metadata.name ?? "" };
}

function withoutResourceVersion(object: KubernetesObject): KubernetesObject {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata: metadata as KubernetesObject["metadata"] };
}

const nameRequired: Cause = {
  reason: "FieldValueRequired",
  message: "Required value: name or generateName is required",
  field: "metadata.name",
};

const versionOfNew: Cause = {
  reason: "FieldValueForbidden",
  message: "resourceVersion should not be set on objects to be created",
  field: "metadata.resourceVersion",
};

const deleteOptions = { kind: "DeleteOptions", group: "meta.k8s.io" };
const policies: readonly string[] = ["Foreground", "Background", "Orphan"];

function unknownPolicy(policy: string): Cause {
  const supported = [...policies, "nil"].map(each => JSON.stringify(each)).join(", ");
  return {
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${JSON.stringify(policy)}: supported values: ${supported}`,
    field: "propagationPolicy",
  };
}

function hasReason(error: unknown, reason: ApiError["reason"]): boolean {
  return error instanceof ApiError && error.reason === reason;
}
