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
import type {
  Draft,
  KindDefinition,
  KindName,
  KubernetesObject,
  Namespace,
  ObjectOf,
  Pod,
} from "../resources/index.ts";
import { bound } from "./binding.ts";
import { assertPreconditions, isReleased, planDeletion } from "./deletion.ts";
import { deepFreeze, frozenCopy } from "./freeze.ts";
import {
  generatedName,
  isOtherwiseDesired,
  newMetadata,
  nextMetadata,
  withNextGeneration,
} from "./metadata.ts";
import {
  assertMortal,
  assertTakesNew,
  isNamespace,
  keepingFinalizers,
  withFinalizers,
} from "./namespaces.ts";
import { alreadyExists, invalid, notFound, otherUid, outdated } from "./refusals.ts";
import { isSame, sharing } from "./sameness.ts";
import type { Author, ObjectKey, Store } from "./store.ts";
import type { DeleteOptions, RegistryVerbs, WriteOptions } from "./verbs.ts";
import { type ObjectWatch, type ObjectWatchOptions, watchObjects } from "./watch.ts";

/** Where the registry looks up what a kind is. */
export interface KindSource {
  /** By the name that the store knows the kind by. Throws, or returns undefined, where there is none. */
  get(name: KindName): KindDefinition | undefined;
}

/** Defaults and validation: returns the draft filled in; fails with Invalid. `old` is what is to be changed into it. */
export type Check = (kind: KindDefinition, draft: Draft, old?: KubernetesObject) => Draft;

/** Fills in what is given out, each value once, by looking at what is taken: cluster IPs, node ports. */
export type Allocate = (kind: KindDefinition, draft: Draft, store: Store, old?: KubernetesObject) => Draft;

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
  readonly #check: Check;
  readonly #allocate: Allocate;
  readonly #clock: Pick<Clock, "now">;
  readonly #random: Random;
  /** The second that was written last, as text: objects of one second share it. */
  #second = { at: Number.NaN, text: "" };

  constructor({ store, kinds, check, allocate, clock, random }: RegistryParts) {
    this.store = store;
    this.#kinds = kinds;
    this.#check = check;
    this.#allocate = allocate ?? ((_kind, draft) => draft);
    this.#clock = clock;
    this.#random = random;
  }

  // The verbs are async so that a refusal is a rejected promise. With a store in memory, what they do is done when the
  // call returns: they wait for nothing before they write.

  async create<T extends KubernetesObject>(draft: Draft<T>, options: WriteOptions): Promise<T> {
    const kind = this.#kindOf(draft);
    const { name, generateName, resourceVersion } = draft.metadata;
    if (resourceVersion && !options.dryRun) {
      throw new ApiError("InternalError", "resourceVersion should not be set on objects to be created");
    }
    if (!name && !generateName) throw invalid(kind, "", nameRequired);
    for (;;) {
      const object = this.#newborn(kind, draft, options);
      const key = keyOf(kind, object);
      if (options.dryRun) {
        if (this.store.get(key.kind, key.namespace, key.name)) throw alreadyExists(kind, key.name);
        return deepFreeze(withoutResourceVersion(object)) as T;
      }
      try {
        return (await this.store.add(key, object, options.author)) as T;
      } catch (error) {
        if (!hasReason(error, "AlreadyExists")) throw error;
        // Another writer took the generated name a moment ago: there are plenty.
        if (name) throw alreadyExists(kind, key.name);
      }
    }
  }

  async update<T extends KubernetesObject>(object: Draft<T>, options: WriteOptions): Promise<T> {
    const kind = this.#kindOf(object);
    const key = keyOf(kind, object);
    return (await this.#write(kind, key, options, last => this.#desired(kind, last, object, options))) as T;
  }

  async updateStatus<T extends KubernetesObject>(object: Draft<T>, options: WriteOptions): Promise<T> {
    const kind = this.#kindOf(object);
    const key = keyOf(kind, object);
    return (await this.#write(kind, key, options, last => this.#reported(kind, last, object, options))) as T;
  }

  async modify<K extends KindName>(
    kindName: K,
    namespace: string,
    name: string,
    change: (object: ObjectOf<K>) => Draft<ObjectOf<K>> | undefined,
    options: WriteOptions & { readonly subresource?: "status" },
  ): Promise<ObjectOf<K>> {
    const kind = this.#kind(kindName);
    const key = { kind: kind.name, namespace, name };
    const written = await this.#write(kind, key, options, last => {
      const changed: Draft | undefined = change(last as ObjectOf<K>);
      if (changed === undefined || changed === last) return last;
      return options.subresource === "status"
        ? this.#reported(kind, last, changed, options)
        : this.#desired(kind, last, changed, options);
    });
    return written as ObjectOf<K>;
  }

  async delete<K extends KindName>(
    kindName: K,
    namespace: string,
    name: string,
    options: DeleteOptions,
  ): Promise<ObjectOf<K>> {
    const kind = this.#kind(kindName);
    const key = { kind: kind.name, namespace, name };
    const policy = options.propagationPolicy;
    if (policy !== undefined && !policies.includes(policy))
      throw invalid(deleteOptions, "", unknownPolicy(policy));
    const gone = await this.#onLatest(kind, key, async last => {
      if (isNamespace(last)) assertMortal(last);
      if (options.preconditions) assertPreconditions(kind, last, options.preconditions);
      const { marked, removes } = planDeletion(kind, last, options, this.#clock.now());
      if (options.dryRun) return deepFreeze(marked ?? last);
      const now = marked ? await this.#swap(key, last, marked, options.author) : last;
      return removes ? this.store.remove(key, now, options.author) : now;
    });
    return gone as ObjectOf<K>;
  }

  async bind(namespace: string, name: string, nodeName: string, options: WriteOptions): Promise<Pod> {
    const kind = this.#kind("Pod");
    const key = { kind: kind.name, namespace, name };
    const now = this.#timestamp();
    return (await this.#write(kind, key, options, last => bound(kind, last as Pod, nodeName, now))) as Pod;
  }

  async finalize(name: string, finalizers: readonly string[], options: WriteOptions): Promise<Namespace> {
    const kind = this.#kind("Namespace");
    const key = { kind: kind.name, namespace: "", name };
    const write = this.#write(kind, key, options, last => withFinalizers(last as Namespace, finalizers));
    return (await write) as Namespace;
  }

  /** What is there, then every change, as an async iterable; see watch.ts. */
  watch<K extends KindName>(kindName: K, options: ObjectWatchOptions = {}): ObjectWatch<ObjectOf<K>> {
    return watchObjects<ObjectOf<K>>(this.store, this.#kind(kindName), options);
  }

  // --- The versions that the verbs make.

  /** A new object, complete but for its resourceVersion. */
  #newborn(kind: KindDefinition, draft: Draft, options: WriteOptions): KubernetesObject {
    const isNamespaced = kind.scope === "Namespaced";
    const namespace = isNamespaced ? (draft.metadata.namespace ?? "default") : undefined;
    const { generateName = "" } = draft.metadata;
    const isTaken = (name: string) => this.store.get(kind.name, namespace ?? "", name) !== undefined;
    const name = draft.metadata.name || generatedName(generateName, this.#random, isTaken);
    if (namespace !== undefined) assertTakesNew(this.store, kind, namespace, name);

    const given = options.trusted ? draft : frozenCopy(draft);
    const birth = { name, namespace, uid: this.#random.uuid(), creationTimestamp: this.#timestamp() };
    const metadata = newMetadata(kind, given.metadata, birth);
    const filled = this.#checked(kind, { ...given, ...typeOf(kind, given), metadata }, options);
    const object = this.#allocate(kind, filled, this.store);
    return kind.hasStatus
      ? withStatus(object, kind.rules?.initialStatus?.(object))
      : (object as KubernetesObject);
  }

  /** The next version: all as the draft has it, but what is the system's, and the status. */
  #desired(
    kind: KindDefinition,
    last: KubernetesObject,
    draft: Draft,
    options: WriteOptions,
  ): KubernetesObject {
    this.#assertBuildsOn(kind, last, draft);
    const given = options.trusted ? draft : frozenCopy(draft);
    const metadata = nextMetadata(last.metadata, given.metadata);
    assertNoNewFinalizers(kind, last, metadata.finalizers);
    const whole = { ...given, apiVersion: last.apiVersion, kind: last.kind, metadata };
    const proposed = keepingFinalizers(
      last,
      kind.hasStatus ? withStatus(whole, last.status) : (whole as KubernetesObject),
    );
    const checked = this.#checked(kind, proposed, options, last);
    const next = sharing(last, this.#allocate(kind, checked, this.store, last) as KubernetesObject);
    if (!isOtherwiseDesired(last, next)) return next;
    return { ...next, metadata: withNextGeneration(next.metadata) };
  }

  /** The next version: the status as the draft has it, and the annotations if it has any; the rest as it was. */
  #reported(
    kind: KindDefinition,
    last: KubernetesObject,
    draft: Draft,
    options: WriteOptions,
  ): KubernetesObject {
    if (!kind.hasStatus) {
      throw new ApiError("NotFound", "the server could not find the requested resource");
    }
    this.#assertBuildsOn(kind, last, draft);
    const given = options.trusted ? draft : frozenCopy(draft);
    const { annotations = last.metadata.annotations } = given.metadata;
    const metadata =
      annotations === last.metadata.annotations
        ? last.metadata
        : nextMetadata(last.metadata, { ...last.metadata, annotations });
    const next = withStatus({ ...last, metadata }, given.status);
    if (options.trusted) return next;
    return sharing(last, this.#check(kind, next, last) as KubernetesObject);
  }

  #checked(kind: KindDefinition, draft: Draft, options: WriteOptions, last?: KubernetesObject): Draft {
    if (!options.trusted) return this.#check(kind, draft, last);
    return kind.rules?.fill?.(draft) ?? draft;
  }

  /** Fails with Conflict if the draft says that it builds on another version, or is about another object. */
  #assertBuildsOn(
    kind: KindDefinition,
    { metadata: last }: KubernetesObject,
    { metadata: draft }: Draft,
  ): void {
    if (draft.resourceVersion && draft.resourceVersion !== last.resourceVersion)
      throw outdated(kind, last.name);
    if (draft.uid && draft.uid !== last.uid) {
      throw otherUid(kind, last.name, last.namespace ?? "", draft.uid, last.uid);
    }
  }

  // --- Writing.

  /** Makes the next version of an object and writes it; from the start again when another writer was faster. */
  #write(
    kind: KindDefinition,
    key: ObjectKey,
    options: WriteOptions,
    makeNext: (last: KubernetesObject) => KubernetesObject,
  ): Promise<KubernetesObject> {
    return this.#onLatest(kind, key, async last => {
      const next = makeNext(last);
      if (isSame(last, next)) return last;
      if (options.dryRun) return deepFreeze(next);
      // Taking away what held the object is what deletes it: there is no version in between.
      if (isReleased(next)) return this.store.remove(key, last, options.author);
      return this.#swap(key, last, next, options.author);
    });
  }

  async #onLatest(
    kind: KindDefinition,
    { namespace, name }: ObjectKey,
    write: (last: KubernetesObject) => Promise<KubernetesObject>,
  ): Promise<KubernetesObject> {
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

  #swap(
    key: ObjectKey,
    last: KubernetesObject,
    next: KubernetesObject,
    author: Author,
  ): Promise<KubernetesObject> {
    return this.store.replace(key, last, next, author);
  }

  // --- Looking up.

  #kind(name: KindName): KindDefinition {
    const kind = this.#kinds.get(name);
    if (!kind) throw new ApiError("NotFound", `there is no kind ${JSON.stringify(name)} here`);
    return kind;
  }

  /** The kind of a draft. Two groups may have a kind of one name: then the second is known by its group as well. */
  #kindOf({ apiVersion, kind: name }: Draft): KindDefinition {
    const group = apiVersion?.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
    const kind = this.#kind(name);
    return !apiVersion || kind.group === group ? kind : this.#kind(`${name}.${group}`);
  }

  #timestamp(): string {
    const at = Math.floor(this.#clock.now() / 1000);
    if (this.#second.at !== at) this.#second = { at, text: timestamp(this.#clock) };
    return this.#second.text;
  }
}

function keyOf(kind: KindDefinition, { metadata }: Draft): ObjectKey {
  const namespace = kind.scope === "Namespaced" ? (metadata.namespace ?? "default") : "";
  return { kind: kind.name, namespace, name: metadata.name ?? "" };
}

function typeOf(
  { kind, group, version }: KindDefinition,
  draft: Draft,
): { apiVersion: string; kind: string } {
  return { apiVersion: draft.apiVersion || (group ? `${group}/${version}` : version), kind };
}

function withStatus(object: Draft, status: unknown): KubernetesObject {
  if (status !== undefined) return { ...object, status } as KubernetesObject;
  if (!("status" in object)) return object as KubernetesObject;
  const { status: _, ...rest } = object;
  return rest as KubernetesObject;
}

function withoutResourceVersion(object: KubernetesObject): KubernetesObject {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata: metadata as KubernetesObject["metadata"] };
}

/** What is being deleted takes no further finalizers: it would never go. */
function assertNoNewFinalizers(
  kind: KindDefinition,
  last: KubernetesObject,
  finalizers: readonly string[] = [],
): void {
  const { name, deletionTimestamp, finalizers: before = [] } = last.metadata;
  if (deletionTimestamp === undefined || finalizers === before) return;
  const added = finalizers.filter(finalizer => !before.includes(finalizer));
  if (added.length === 0) return;
  const found = `[]string{${added.map(finalizer => JSON.stringify(finalizer)).join(", ")}}`;
  const rule = "no new finalizers can be added if the object is being deleted";
  throw invalid(kind, name, {
    reason: "FieldValueForbidden",
    message: `Forbidden: ${rule}, found new finalizers ${found}`,
    field: "metadata.finalizers",
  });
}

const nameRequired: Cause = {
  reason: "FieldValueRequired",
  message: "Required value: name or generateName is required",
  field: "metadata.name",
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
