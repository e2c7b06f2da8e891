/**
 * The door to the store: every write of an object, by whatever program, goes through here, and the rules of Kubernetes that
 * hold for all kinds are kept here: names, uids, generation, defaults, validation, status apart from spec, deletion with
 * grace periods and finalizers. It decides what is to be written; the store writes it.
 *
 * A write takes these steps, in this order:
 *
 * 1. Read: what was handed in is copied, decoded and converted to the version in which its kind is kept.
 * 2. Propose: the next version is made of the last one and of what was asked (versions.ts).
 * 3. Admit: plugins may change it; it is held against its schema and the rules of its kind; plugins may refuse it. This is
 *    the only step that may take time, where a plugin asks somewhere outside.
 * 4. Finish: what may be given once is given out, and a write that says nothing new ends here.
 * 5. Store: the store refuses if the last version is no longer the last. Then all begins again at 2, unless the writer
 *    insisted on a version.
 *
 * Nothing is awaited between 4 and 5: in memory, what was found to be free is still free when it is taken.
 */
import { ApiError, type Cause } from "../../errors/index.ts";
import { type Clock, type Random, timestamp } from "../../outside/index.ts";
import {
  type Draft,
  isSame,
  type KindDefinition,
  type KindName,
  type KindRegistry,
  type KubernetesObject,
  type ObjectOf,
  type Subresource,
  type SubresourceVerb,
} from "../../resources/index.ts";
import { deepFreeze, frozenCopy } from "../freeze.ts";
import type { Author, ObjectKey, Store } from "../store.ts";
import { type ObjectWatch, type ObjectWatchOptions, watchObjects } from "../watch.ts";
import { type Admission, type AdmissionRequest, admitsAll, isPending, type Operation } from "./admission.ts";
import { assertPreconditions, isReleased, planDeletion } from "./deletion.ts";
import { generatedName, type NewObject } from "./metadata.ts";
import { alreadyExists, invalid, notAllowed, notFound } from "./refusals.ts";
import type { DeleteOptions, RegistryVerbs, Request, Written } from "./verbs.ts";
import { noSuchPath, type Rules, resourceRules, subresourceOf, Versions } from "./versions.ts";

/** Where the registry looks up what a kind is. */
export type KindSource = Pick<KindRegistry, "find" | "inVersion">;

export interface RegistryParts {
  readonly store: Store;
  readonly kinds: KindSource;
  /** Those of resources/ where left out. */
  readonly rules?: Rules;
  /** Everything is admitted as it is where left out. */
  readonly admission?: Admission;
  readonly clock: Pick<Clock, "now">;
  readonly random: Random;
}

export class Registry implements RegistryVerbs {
  readonly store: Store;
  readonly #kinds: KindSource;
  readonly #versions: Versions;
  readonly #admission: Admission;
  readonly #clock: Pick<Clock, "now">;
  readonly #random: Random;

  constructor({ store, kinds, rules, admission, clock, random }: RegistryParts) {
    this.store = store;
    this.#kinds = kinds;
    this.#versions = new Versions(store, rules ?? resourceRules);
    this.#admission = admission ?? admitsAll;
    this.#clock = clock;
    this.#random = random;
  }

  // The verbs are async so that a refusal is a rejected promise. Where no plugin takes its time they wait for nothing before
  // they write: with a store in memory it has happened when the call returns (a pod that goes at once takes a second write,
  // a moment later).

  async create<T extends KubernetesObject>(given: Draft<T>, request: Request): Promise<Written<T>> {
    if (request.subresource !== undefined) return (await this.#createAt(given, request)) as Written<T>;
    const { kind, version } = this.#kinds.inVersion(given);
    // Reviews and their like are never kept, so there is nothing that the store could do with one.
    if (!kind.verbs.includes("create") || !kind.verbs.includes("get")) throw notAllowed(kind);
    const draft = this.#versions.read(kind, version, given, request);
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
      const fresh = this.#newObjectOf(kind, draft);
      const key = { kind: kind.name, namespace: fresh.namespace ?? "", name: fresh.name };
      const asks = askingFor("CREATE", kind, key, request);
      const changing = this.#admission.mutate(deepFreeze(this.#versions.first(kind, draft, fresh)), asks);
      const admitted = this.#versions.withInitialStatus(
        kind,
        isPending(changing) ? await changing : changing,
      );
      if (!request.isChecked) this.#versions.validate(kind, admitted);
      const asking = this.#admission.validate(admitted, asks);
      if (asking) await asking;
      if (kind.answer) return { object: (await kind.answer(admitted)) as T, outcome: "created" };
      const object = this.#versions.allocated(kind, admitted);
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
    const { kind, part } = this.#target(given, request, "update");
    // What is of another kind than the object (a Scale) is looked into by the subresource itself.
    const isOwnKind = part?.as === undefined;
    const { version } = isOwnKind ? this.#kinds.inVersion(given) : { version: undefined };
    const draft = version ? this.#versions.read(kind, version, given, request) : given;
    const written = this.#replaced(kind, keyOf(kind, draft), request, last =>
      this.#versions.next(kind, last, draft, part, request),
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
    const part = subresourceOf(kind, request.subresource, "patch");
    const [stored] = kind.versions;
    const written = this.#replaced(kind, { kind: kind.name, namespace, name }, request, last => {
      const changed: Draft | undefined = change(last as ObjectOf<K>);
      if (changed === undefined || changed === last) return last;
      const draft = part?.as ? changed : this.#versions.read(kind, stored, changed, request);
      return this.#versions.next(kind, last, draft, part, request);
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
    const { propagationPolicy, gracePeriodSeconds, preconditions } = request;
    if (propagationPolicy !== undefined && !policies.includes(propagationPolicy))
      throw invalid(deleteOptions, "", unknownPolicy(propagationPolicy));
    const deletion = { propagationPolicy, gracePeriodSeconds, preconditions };
    const written = this.#onLatest(kind, key, async (last): Promise<Written> => {
      const asks = { ...askingFor("DELETE", kind, key, request, last), deletion };
      const asking = this.#admission.validate(undefined, asks);
      if (asking) await asking;
      if (preconditions) assertPreconditions(kind, last, preconditions);
      const { marked, removes } = planDeletion(kind, last, request, this.#clock.now());
      const outcome = removes ? "deleted" : "terminating";
      if (request.dryRun) return { object: deepFreeze(marked ?? last), outcome };
      const now = marked ? await this.store.replace(key, last, marked, request.author) : last;
      return { object: removes ? await this.#removed(key, now, request.author) : now, outcome };
    });
    return (await written) as Written<ObjectOf<K>>;
  }

  async connect(
    kindName: KindName,
    namespace: string,
    name: string,
    request: Request,
  ): Promise<KubernetesObject> {
    const kind = this.#kind(kindName);
    const key = { kind: kind.name, namespace, name };
    const found: KubernetesObject | undefined = this.store.get<string>(kind.name, namespace, name);
    if (!found) throw notFound(kind, name);
    const asking = this.#admission.validate(undefined, askingFor("CONNECT", kind, key, request, found));
    if (asking) await asking;
    return found;
  }

  /** What is there, then every change, as an async iterable; see watch.ts. */
  watch<K extends KindName>(kindName: K, options: ObjectWatchOptions = {}): ObjectWatch<ObjectOf<K>> {
    return watchObjects<ObjectOf<K>>(this.store, this.#kind(kindName), options);
  }

  // --- Writing.

  /** What is created at a part of an object (a Binding, an Eviction) changes the object. */
  #createAt(given: Draft, request: Request): Promise<Written> {
    const { kind, part } = this.#target(given, request, "create");
    const { create } = part ?? {};
    if (!create) throw noSuchPath();
    const body = frozenCopy(given);
    const now = timestamp(this.#clock.now());
    return this.#replaced(kind, keyOf(kind, given), { ...request, isChecked: true }, last =>
      create(last, body, now),
    );
  }

  /** Makes the next version of an object and writes it; from the start again when another writer was faster. */
  #replaced(
    kind: KindDefinition,
    key: ObjectKey,
    request: Request,
    propose: (last: KubernetesObject) => Draft,
  ): Promise<Written> {
    const { author, dryRun, subresource } = request;
    return this.#onLatest(kind, key, async last => {
      const proposed = propose(last);
      if (proposed === last) return { object: last, outcome: "unchanged" };
      const asks = askingFor("UPDATE", kind, key, request, last);
      const changing = this.#admission.mutate(deepFreeze(proposed), asks);
      const admitted = isPending(changing) ? await changing : changing;
      if (!request.isChecked) this.#versions.validate(kind, admitted, last);
      const asking = this.#admission.validate(admitted, asks);
      if (asking) await asking;
      const next = this.#versions.finished(kind, last, admitted, subresource);
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

  scopeOf(object: Pick<KubernetesObject, "apiVersion" | "kind">): KindDefinition["scope"] | undefined {
    try {
      return this.#kinds.inVersion(object).kind.scope;
    } catch (error) {
      if (error instanceof ApiError) return undefined;
      throw error;
    }
  }

  /** The kind that is written to, and the part of it. */
  #target(
    given: Draft,
    { subresource, parent }: Request,
    verb: SubresourceVerb,
  ): { readonly kind: KindDefinition; readonly part: Subresource | undefined } {
    const kind = parent === undefined ? this.#kinds.inVersion(given).kind : this.#kind(parent);
    return { kind, part: subresourceOf(kind, subresource, verb) };
  }

  #kind(name: KindName): KindDefinition {
    return this.#kinds.find(name);
  }

  /** The name of a new object, where it belongs, and what it is known by. */
  #newObjectOf(kind: KindDefinition, { metadata }: Draft): NewObject {
    const namespace = kind.scope === "Namespaced" ? (metadata.namespace ?? "default") : undefined;
    const isTaken = (name: string) => this.store.get(kind.name, namespace ?? "", name) !== undefined;
    const name = metadata.name || generatedName(metadata.generateName ?? "", this.#random, isTaken);
    return { name, namespace, uid: this.#random.uuid(), creationTimestamp: timestamp(this.#clock.now()) };
  }
}

function keyOf(kind: KindDefinition, { metadata }: Draft): ObjectKey {
  const namespace = kind.scope === "Namespaced" ? (metadata.namespace ?? "default") : "";
  return { kind: kind.name, namespace, name: metadata.name ?? "" };
}

function askingFor(
  operation: Operation,
  kind: KindDefinition,
  { namespace, name }: ObjectKey,
  { author, subresource = "", dryRun = false, warn }: Request,
  old?: KubernetesObject,
): AdmissionRequest {
  return {
    operation,
    kind,
    namespace,
    name,
    subresource,
    old,
    user: author.user,
    dryRun,
    warn: warn ?? nobody,
  };
}

const nobody = () => {};

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
