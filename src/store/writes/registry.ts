/**
 * The way to the store: every write of an object goes through here, and the rules of Kubernetes that hold for all kinds are
 * kept here: names, uids, generation, defaults, validation, status apart from spec, deletion with
 * grace periods and finalizers. It decides what is to be written; the store writes it. This file
 * finds out what is meant (kind, version, part); how each kind of write is done stands in creation.ts, replacement.ts,
 * removal.ts and subresource-creation.ts.
 *
 * A write takes these steps, in this order:
 *
 * 1. Read: what was handed in is copied, decoded and converted to the version in which its kind is kept.
 * 2. Propose: the next version is made of the last one and of what was asked (versions.ts).
 * 3. Admit: plugins may change it; it is held against its schema and the rules of its kind; plugins may refuse it. This is
 *    the only step that may take time, where a plugin asks somewhere outside.
 * 4. Finish: what may be given once is given out, a write that says nothing new ends here, and what depends on all that is
 *    stored (a quota) has the last word.
 * 5. Store: the store refuses if the last version is no longer the last. Then all begins again at 2, unless the writer
 *    insisted on a version.
 *
 * Nothing is awaited between 4 and 5: in memory, what was found to be free is still free when it is taken.
 */
import { type Clock, type Random, timestamp } from "../../outside/index.ts";
import {
  type Access,
  apiVersionOf,
  type Draft,
  isOfOtherKind,
  type KindDefinition,
  type KindName,
  type KindReference,
  type KubernetesObject,
  type ObjectMeta,
  type ObjectOf,
  openAccess,
  type Subresource,
  type SubresourceVerb,
} from "../../resources/index.ts";
import type { Store } from "../store.ts";
import { type ObjectWatch, type ObjectWatchOptions, watchObjects } from "../watch.ts";
import { type Admission, admitsAll, askingFor } from "./admission.ts";
import type { DeleteOptions } from "./asked-write.ts";
import { Creation } from "./creation.ts";
import { withManagers } from "./field-managers.ts";
import { keyOf } from "./key-of.ts";
import type { KindSource, WriteParts } from "./parts.ts";
import { PendingAnswers } from "./pending-answers.ts";
import { notFound, withoutRevision } from "./refusals.ts";
import { removed } from "./removal.ts";
import { replaced } from "./replacement.ts";
import { createdAt } from "./subresource-creation.ts";
import { subresourceOf } from "./subresources.ts";
import type { RegistryVerbs, Request, Written } from "./verbs.ts";
import { type Rules, resourceRules, Versions } from "./versions.ts";

export interface RegistryParts {
  readonly store: Store;
  readonly kinds: KindSource;
  /** Those of resources/ where left out. */
  readonly rules?: Rules;
  /** Everything is admitted as it is where left out. */
  readonly admission?: Admission;
  /** What reviews and their like are answered with; every user may do everything where left out. */
  readonly access?: Access;
  /** What kinds that are never kept are answered with may take its time; ended together with all others of a cluster. */
  readonly answers?: PendingAnswers;
  readonly clock: Pick<Clock, "now">;
  readonly random: Random;
}

export class Registry implements RegistryVerbs {
  readonly store: Store;
  readonly #parts: WriteParts;
  readonly #creation: Creation;

  constructor({
    rules = resourceRules,
    admission = admitsAll,
    access = openAccess,
    answers = new PendingAnswers(),
    ...given
  }: RegistryParts) {
    const { store } = given;
    this.store = store;
    this.#parts = { ...given, admission, access, answers, versions: new Versions(store, rules) };
    this.#creation = new Creation(this.#parts);
  }

  // The verbs are async so that a refusal is a rejected promise. Where no plugin takes its time they wait for nothing before
  // they write: with a store in memory it has happened when the call returns (a pod that goes at once takes a second write,
  // a moment later).

  async create<T extends KubernetesObject>(given: Draft<T>, request: Request): Promise<Written<T>> {
    if (request.subresource !== undefined) {
      const { kind, part } = this.#target(given, request, "create");
      return (await createdAt(this.#parts, this.modify.bind(this), kind, part, given, request)) as Written<T>;
    }
    const { kind, version } = this.#parts.kinds.inVersion(given);
    const at = kind.createdAt;
    if (at) return this.create(given, { ...request, subresource: at.subresource, parent: at.kind });
    const draft = this.#parts.versions.read(kind, version, given, request);
    return (await this.#creation.run(kind, draft, { version, ...request })) as Written<T>;
  }

  async update<T extends KubernetesObject>(given: Draft<T>, request: Request): Promise<Written<T>> {
    const { versions, kinds } = this.#parts;
    const { kind, part } = this.#target(given, request, "update");
    const isOwnKind = !isOfOtherKind(part);
    const { version } = isOwnKind ? kinds.inVersion(given) : { version: kind.versions[0] };
    const draft = versions.readAt(kind, version, part, given, request);
    const key = keyOf(kind, draft);
    const asks = { ...(isOwnKind && { version }), ...request };
    if (kind.createsOnUpdate && !part && !draft.metadata.resourceVersion) {
      const isThere = this.store.get<string>(kind.name, key.namespace, key.name) !== undefined;
      if (!isThere) return (await this.#creation.run(kind, draft, asks)) as Written<T>;
    }
    const asked = isOwnKind ? given.metadata?.managedFields : undefined;
    const written = replaced(this.#parts, kind, key, request, last => {
      if (kind.updatesNeedRevision && isOwnKind && !draft.metadata.resourceVersion)
        throw withoutRevision(kind, key.name);
      return this.#managed(kind, asks, last, versions.next(kind, last, draft, part, request), asked);
    });
    return (await written) as Written<T>;
  }

  async modify<K extends KindName>(
    kindName: K,
    namespace: string,
    name: string,
    change: (object: ObjectOf<K>) => Draft<ObjectOf<K>> | undefined,
    request: Request,
  ): Promise<Written<ObjectOf<K>>> {
    const { versions } = this.#parts;
    const kind = this.#kind(kindName);
    const part = subresourceOf(kind, request.subresource, "patch");
    const [stored] = kind.versions;
    const written = replaced(this.#parts, kind, { kind: kind.name, namespace, name }, request, last => {
      const changed: Draft | undefined = change(last as ObjectOf<K>);
      if (changed === undefined || changed === last) return last;
      const draft = versions.readAt(kind, stored, part, changed, request);
      const isAsked = !isOfOtherKind(part) || request.isApplied;
      const asked = isAsked ? changed.metadata.managedFields : undefined;
      return this.#managed(kind, request, last, versions.next(kind, last, draft, part, request), asked);
    });
    return (await written) as Written<ObjectOf<K>>;
  }

  /** The proposed version, with who manages its fields. */
  #managed(
    kind: KindDefinition,
    request: Request,
    last: KubernetesObject,
    proposed: Draft,
    asked: ObjectMeta["managedFields"],
  ): Draft {
    return withManagers(kind, request, last, proposed, asked, timestamp(this.#parts.clock.now()));
  }

  async delete<K extends KindName>(
    kindName: K,
    namespace: string,
    name: string,
    request: Request & DeleteOptions,
  ): Promise<Written<ObjectOf<K>>> {
    const kind = this.#kind(kindName);
    const key = { kind: kind.name, namespace, name };
    return (await removed(this.#parts, kind, key, request)) as Written<ObjectOf<K>>;
  }

  async connect(
    kindName: KindName,
    namespace: string,
    name: string,
    options: Readonly<Record<string, unknown>>,
    request: Request,
  ): Promise<KubernetesObject> {
    const kind = this.#kind(kindName);
    const key = { kind: kind.name, namespace, name };
    const found: KubernetesObject | undefined = this.store.get<string>(kind.name, namespace, name);
    if (!found) throw notFound(kind, name);
    const as = kind.subresources.find(part => part.name === request.subresource)?.as;
    // What has no options of a kind (a log) is read rather than connected to: admission has no say in that.
    if (!as) return found;
    const shown = { kind: as.kind, apiVersion: apiVersionOf(as), metadata: {}, ...options };
    const asking = this.#parts.admission.validate(shown, askingFor("CONNECT", kind, key, request));
    if (asking) await asking;
    return found;
  }

  /** What is there, then every change, as an async iterable; see watch.ts. */
  watch<K extends KindName>(kindName: K, options: ObjectWatchOptions = {}): ObjectWatch<ObjectOf<K>> {
    return watchObjects<ObjectOf<K>>(this.store, this.#kind(kindName), options);
  }

  // --- Looking up.

  nameOf<K extends KindName>(kind: K | Pick<KubernetesObject, "apiVersion" | "kind">): K {
    const { kinds } = this.#parts;
    // Controllers go on when a definition is deleted: there is nothing to read any more, which is no mistake of theirs.
    if (typeof kind === "string" && kinds.wasRemoved(kind)) return kind;
    const meant = typeof kind === "object" ? kinds.inVersion(kind).kind : this.#kind(kind);
    // The name of a built-in kind, by which its type goes, is the kind itself.
    return meant.name as K;
  }

  scopeOf(reference: KindReference): KindDefinition["scope"] | undefined {
    return this.#parts.kinds.served(reference)?.kind.scope;
  }

  /** The kind that is written to, and the part of it. */
  #target(
    given: Draft,
    { subresource, parent }: Request,
    verb: SubresourceVerb,
  ): { readonly kind: KindDefinition; readonly part: Subresource | undefined } {
    const kind = parent === undefined ? this.#parts.kinds.inVersion(given).kind : this.#kind(parent);
    return { kind, part: subresourceOf(kind, subresource, verb) };
  }

  #kind(name: KindName): KindDefinition {
    return this.#parts.kinds.find(name);
  }
}
