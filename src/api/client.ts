/**
 * The verbs of the API for one actor: apply, get, list, watch, create, update, patch, delete, waitFor. `cluster.*` and the
 * `api` of a worker are this same class, each signing with its own name; an HTTP server will be a third. What comes in
 * here is not trusted: it is expanded, defaulted and validated, whoever sent it.
 */
import { ApiError, checkArguments } from "../errors/index.ts";
import type { EventRecorder } from "../loop/index.ts";
import type { Clock } from "../outside/index.ts";
import {
  type Draft,
  expand,
  type KindDefinition,
  type KindName,
  type KindRegistry,
  type Kinds,
  type KubernetesObject,
  type ObjectOf,
  versionIn,
} from "../resources/index.ts";
import {
  type ObjectKey,
  type ObjectWatch,
  type Registry,
  type Request,
  type Writer,
  watchObjects,
} from "../store/index.ts";
import { apply, inNamespace, type Manifest, type Source } from "./apply.ts";
import type { PatchOptions, RemoveOptions, WatchSelection } from "./call-options.ts";
import { calls } from "./calls.ts";
import { oldestFirst } from "./event-order.ts";
import { type ListSelection, predicateOf, select } from "./listing.ts";
import { patched } from "./patch.ts";
import { type Table, tableOf } from "./table.ts";
import { type Awaited, type WaitOptions, waitFor } from "./wait-for.ts";

export interface ClientParts {
  readonly registry: Registry;
  readonly kinds: KindRegistry;
  readonly clock: Clock;
  readonly events: Pick<EventRecorder, "written">;
  /**
   * Whether calls can be made: throws ServiceUnavailable where not, and is a promise where they have to wait a moment. They
   * always can where left out.
   */
  readonly running?: () => Promise<void> | undefined;
}

export class Client {
  readonly #parts: ClientParts;
  readonly #request: Request;
  /** Where a name is looked for when no namespace is given. */
  readonly #namespace: string;

  constructor(parts: ClientParts, writer: Writer, namespace = "default") {
    this.#parts = parts;
    this.#request = { author: writer };
    this.#namespace = namespace;
  }

  /**
   * Declares what a manifest says: creates what is not there, changes what differs. Nothing is applied if anything in it
   * is wrong; the error then lists every problem, with file, line and column.
   * @param manifest YAML or JSON text (any number of documents), one object, or an array of them
   * @param options `file` is what messages call the manifest
   * @returns the objects as stored, in the manifest's order
   * @throws ApiError BadRequest where it cannot be read, Invalid where an object is wrong
   */
  async apply(manifest: Manifest, options: { readonly file?: string } = {}): Promise<KubernetesObject[]> {
    checkArguments("apply", calls.apply, [manifest, options]);
    return this.applyAll([{ manifest, file: options.file }]);
  }

  /** Applies several manifests as one: if anything in any of them is wrong, nothing is applied. */
  async applyAll(sources: readonly Source[]): Promise<KubernetesObject[]> {
    await this.#enter("applyAll", sources);
    return apply(this.#parts, sources, this.#request, this.#namespace);
  }

  /** Resolves to undefined where there is no such object. Fails with NotFound for a kind that does not exist. */
  async get<K extends KindName>(kind: K, name: string, namespace?: string): Promise<ObjectOf<K> | undefined> {
    await this.#enter("get", kind, name, namespace);
    const key = this.#key(kind, name, namespace);
    return this.#store.get(key.kind, key.namespace, name) as ObjectOf<K> | undefined;
  }

  /**
   * In the order of their creation; of all namespaces where none is given. Fails with BadRequest for a selector that cannot
   * be read, NotFound for a kind that does not exist.
   */
  async list<K extends KindName>(kind: K, selection: ListSelection = {}): Promise<ObjectOf<K>[]> {
    await this.#enter("list", kind, selection);
    return select(this.#store, this.#kind(kind), selection) as ObjectOf<K>[];
  }

  /** Fails with AlreadyExists, Invalid, BadRequest, or NotFound for a namespace that does not exist. */
  async create<T extends KubernetesObject>(object: Draft<T>): Promise<T> {
    await this.#enter("create", object);
    return (await this.#parts.registry.create<T>(this.#placed(object), this.#request)).object;
  }

  /**
   * Replaces all of an object but its status. With `metadata.resourceVersion` it fails with Conflict if the object changed
   * since that; else with NotFound or Invalid.
   */
  async update<T extends KubernetesObject>(object: Draft<T>): Promise<T> {
    await this.#enter("update", object);
    return (await this.#parts.registry.update<T>(this.#placed(object), this.#request)).object;
  }

  /** Replaces an object's status, and nothing else of it. */
  async updateStatus<T extends KubernetesObject>(object: Draft<T>): Promise<T> {
    await this.#enter("updateStatus", object);
    const request = { ...this.#request, subresource: "status" };
    return (await this.#parts.registry.update<T>(this.#placed(object), request)).object;
  }

  /**
   * Changes a part of an object. A patch without `metadata.resourceVersion` never conflicts: it is applied to the newest.
   * Fails with NotFound, BadRequest for what is no patch, Invalid for what it would make of the object.
   */
  async patch<K extends KindName>(
    kind: K,
    name: string,
    patch: unknown,
    options: PatchOptions = {},
  ): Promise<ObjectOf<K>> {
    await this.#enter("patch", kind, name, patch, options);
    const definition = this.#kind(kind);
    const key = this.#key(kind, name, options.namespace);
    const change = (object: KubernetesObject) => patched(definition, object, patch, options.type ?? "merge");
    const { registry } = this.#parts;
    const written = await registry.modify(key.kind, key.namespace, name, change, this.#request);
    return written.object as ObjectOf<K>;
  }

  /** Asks for deletion; what it owns follows. Resolves to the object as it was last. Fails with NotFound. */
  async delete<K extends KindName>(kind: K, name: string, options: RemoveOptions = {}): Promise<ObjectOf<K>> {
    await this.#enter("delete", kind, name, options);
    const key = this.#key(kind, name, options.namespace);
    const { gracePeriodSeconds, propagationPolicy, preconditions } = options;
    const asked = { gracePeriodSeconds, propagationPolicy, preconditions };
    const request = { ...this.#request, ...asked };
    return (await this.#parts.registry.delete(key.kind, key.namespace, name, request)).object as ObjectOf<K>;
  }

  /**
   * What is there, as ADDED, then a BOOKMARK, then every change. Ends with the signal, or when the loop is left; fails with
   * Expired where more events wait to be read than `limit`, or the resourceVersion is older than what history keeps.
   */
  watch<K extends KindName>(kind: K, selection: WatchSelection = {}): ObjectWatch<ObjectOf<K>> {
    this.#enter("watch", kind, selection);
    const definition = this.#kind(kind);
    const matches = predicateOf(definition, selection);
    return watchObjects<ObjectOf<K>>(this.#store, definition, { ...selection, matches });
  }

  /**
   * Resolves to the object when it fits: a condition type that is True, `"deleted"`, or a predicate that holds.
   * Rejects with ApiError Timeout, which says what was seen last.
   * @param ref `Kind/name` or `Kind/namespace/name`
   */
  waitFor<K extends keyof Kinds>(
    ref: `${K}/${string}`,
    awaited: Awaited<K>,
    options?: WaitOptions,
  ): Promise<ObjectOf<K> | undefined>;
  waitFor(ref: string, awaited: Awaited, options?: WaitOptions): Promise<KubernetesObject | undefined>;
  async waitFor(ref: string, awaited: Awaited, options?: WaitOptions): Promise<KubernetesObject | undefined> {
    await this.#enter("waitFor", ref, awaited, options);
    return waitFor(this.#store, this.#parts.clock, this.keyOf(ref), awaited, options);
  }

  /** What happened to an object, oldest first; in the whole cluster where none is named. */
  async events(ref?: string): Promise<ObjectOf<"Event">[]> {
    await this.#enter("events", ref);
    await this.#parts.events.written();
    const events = oldestFirst(this.#store.list("Event"));
    if (ref === undefined) return events;
    const { kind, namespace, name } = this.keyOf(ref);
    const about = this.#kind(kind).kind;
    return events.filter(
      ({ involvedObject: it }) => it.kind === about && it.name === name && (it.namespace ?? "") === namespace,
    );
  }

  /** Objects as rows, with the columns of their kind. */
  async table(kind: KindName, options: ListSelection & { readonly wide?: boolean } = {}): Promise<Table> {
    await this.#enter("table", kind, options);
    const { wide, ...selection } = options;
    const definition = this.#kind(kind);
    return tableOf(definition, select(this.#store, definition, selection), {
      now: this.#parts.clock.now(),
      wide,
    });
  }

  /** Reads `Kind/name` or `Kind/namespace/name`. Throws BadRequest, or NotFound for a kind there is none of. */
  keyOf(ref: string): ObjectKey {
    checkArguments("keyOf", calls.keyOf, [ref]);
    const [kind, ...rest] = ref.split("/");
    const name = rest.at(-1);
    if (!kind || !name || rest.length > 2)
      throw new ApiError("BadRequest", `"${ref}" names no object: write Kind/name or Kind/namespace/name`);
    return this.#key(kind, name, rest.length === 2 ? rest[0] : undefined);
  }

  /** Every call begins here: are its arguments right, and does the cluster run? Nothing where it need not wait. */
  #enter(call: keyof typeof calls, ...given: readonly unknown[]): Promise<void> | undefined {
    checkArguments(call, calls[call], given);
    return this.#parts.running?.();
  }

  #key(kind: KindName, name: string, namespace = this.#namespace): ObjectKey {
    const definition = this.#kind(kind);
    return { kind: definition.name, namespace: definition.scope === "Namespaced" ? namespace : "", name };
  }

  #kind(kind: KindName): KindDefinition {
    return this.#parts.kinds.find(kind);
  }

  /** The draft in full form, with its apiVersion, and in its namespace. */
  #placed<T extends KubernetesObject>(draft: Draft<T>): Draft<T> {
    const kind = this.#parts.kinds.of(draft);
    const { apiVersion } = versionIn(kind, draft.apiVersion);
    return inNamespace(kind, expand({ ...draft, apiVersion }), this.#namespace);
  }

  get #store() {
    return this.#parts.registry.store;
  }
}
