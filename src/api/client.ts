/**
 * The verbs of the API for one actor: apply, get, list, watch, create, update, patch, delete, waitFor. `cluster.*` and the
 * `api` of a worker are this same class, each signing with its own name. It turns names into targets and goes through api.ts, as
 * HTTP requests do. What comes in is not trusted: it is expanded, defaulted and validated, from every sender.
 */
import { ApiError, checkArguments } from "../errors/index.ts";
import type { EventRecorder } from "../loop/index.ts";
import type { Clock } from "../outside/index.ts";
import type {
  Draft,
  KindDefinition,
  KindName,
  KindRegistry,
  Kinds,
  KubernetesObject,
  ObjectOf,
} from "../resources/index.ts";
import { isPending, type ObjectKey, type Store, type WatchEvent } from "../store/index.ts";
import type { Api } from "./api.ts";
import { apply } from "./apply.ts";
import type { CollectionOptions, PatchOptions, RemoveOptions, WatchSelection } from "./call-options.ts";
import { calls } from "./calls.ts";
import { oldestFirst } from "./event-order.ts";
import type { Manifest, Source } from "./manifest-source.ts";
import type { Caller, ObjectList, ObjectTarget, Target, WatchOptions } from "./options.ts";
import type { ListSelection } from "./selection.ts";
import { type Table, tableOf } from "./table.ts";
import { Visible } from "./visible.ts";
import { type Awaited, type WaitOptions, waitFor } from "./wait-for.ts";

export interface ClientParts {
  readonly api: Api;
  /** For what is told of the past, and of objects around the one that is waited for. */
  readonly store: Store;
  readonly kinds: KindRegistry;
  readonly clock: Clock;
  readonly events: Pick<EventRecorder, "written">;
  /**
   * Whether calls can be made: throws ServiceUnavailable where not, and is a promise where they have to wait a moment. They
   * always can where left out.
   */
  readonly running?: () => Promise<void> | undefined;
  /** Takes what is to be told of a manifest that was read otherwise than it is written. */
  readonly onWarning?: (warning: string) => void;
}

/** The events of a watch; `return()` ends it, and so does leaving a loop over it. */
export interface Watch<T extends KubernetesObject = KubernetesObject>
  extends AsyncIterableIterator<WatchEvent<T>> {
  return(): Promise<IteratorResult<WatchEvent<T>>>;
}

/** A watch of which it is still asked whether it may be: what comes of that is told to its reader. */
function whenOpen(opening: Promise<Watch>): Watch {
  opening.catch(() => {});
  const events = (async function* () {
    yield* await opening;
  })();
  return {
    next: () => events.next(),
    async return() {
      await (await opening).return();
      return events.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

export class Client {
  readonly #parts: ClientParts;
  readonly #caller: Caller;
  /** Where a name is looked for when no namespace is given. */
  readonly #namespace: string;
  /** What this client may see of what was. */
  protected readonly visible: Visible;

  constructor(parts: ClientParts, caller: Caller, namespace = "default") {
    this.#parts = parts;
    this.#caller = caller;
    this.#namespace = namespace;
    this.visible = new Visible(parts, caller);
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
    return apply(this.#parts, sources, this.#caller, this.#namespace);
  }

  /** Resolves to undefined where there is no such object. Fails with NotFound for a kind that does not exist. */
  async get<K extends KindName>(kind: K, name: string, namespace?: string): Promise<ObjectOf<K> | undefined> {
    await this.#enter("get", kind, name, namespace);
    const found = await this.#api.find(this.#caller, this.#target(kind, name, namespace));
    return found as KubernetesObject as ObjectOf<K> | undefined;
  }

  /**
   * In the order of namespace and name; of all namespaces where none is given. Fails with BadRequest for a selector that cannot
   * be read, NotFound for a kind that does not exist.
   */
  async list<K extends KindName>(kind: K, selection: ListSelection = {}): Promise<ObjectOf<K>[]> {
    await this.#enter("list", kind, selection);
    return [...(await this.#listed(kind, selection)).items] as KubernetesObject[] as ObjectOf<K>[];
  }

  /** Fails with AlreadyExists, Invalid, BadRequest, or NotFound for a namespace that does not exist. */
  create<T extends KubernetesObject>(object: Draft<T>): Promise<T>;
  async create<T extends KubernetesObject>(object: Draft<T>, ...more: readonly unknown[]): Promise<T> {
    await this.#enter("create", object, ...more);
    const target = this.#targetOf(object);
    return (await this.#api.create<T>(this.#caller, target, object)).object;
  }

  /**
   * Replaces all of an object but its status. With `metadata.resourceVersion` it fails with Conflict if the object changed
   * since that; else with NotFound or Invalid.
   */
  update<T extends KubernetesObject>(object: Draft<T>): Promise<T>;
  async update<T extends KubernetesObject>(object: Draft<T>, ...more: readonly unknown[]): Promise<T> {
    await this.#enter("update", object, ...more);
    const target = { ...this.#targetOf(object), name: object.metadata?.name ?? "" };
    return (await this.#api.update<T>(this.#caller, target, object)).object;
  }

  /** Replaces an object's status, and nothing else of it. */
  updateStatus<T extends KubernetesObject>(object: Draft<T>): Promise<T>;
  async updateStatus<T extends KubernetesObject>(object: Draft<T>, ...more: readonly unknown[]): Promise<T> {
    await this.#enter("updateStatus", object, ...more);
    const name = object.metadata?.name ?? "";
    const target = { ...this.#targetOf(object), name, subresource: "status" };
    return (await this.#api.update<T>(this.#caller, target, object)).object;
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
    const target = this.#target(kind, name, options.namespace);
    const { type = "merge", force } = options;
    const fieldManager = this.#caller.manager;
    const written = this.#api.patch(this.#caller, target, patch, {
      type,
      fieldManager,
      ...(force !== undefined && { force }),
    });
    return (await written).object as KubernetesObject as ObjectOf<K>;
  }

  /** Asks for deletion; what it owns follows. Resolves to the object as it was last. Fails with NotFound. */
  async delete<K extends KindName>(kind: K, name: string, options: RemoveOptions = {}): Promise<ObjectOf<K>> {
    await this.#enter("delete", kind, name, options);
    const { namespace, ...how } = options;
    const written = this.#api.delete(this.#caller, this.#target(kind, name, namespace), how);
    return (await written).object as KubernetesObject as ObjectOf<K>;
  }

  /**
   * Deletes all that a selection finds, one after another; of all namespaces where none is given. Resolves to what was deleted,
   * as it was before.
   */
  async deleteCollection<K extends KindName>(
    kind: K,
    options: CollectionOptions = {},
  ): Promise<ObjectOf<K>[]> {
    await this.#enter("deleteCollection", kind, options);
    const { namespace, ...how } = options;
    const list = await this.#api.deleteCollection(this.#caller, this.#collection(kind, namespace), how);
    return [...list.items] as KubernetesObject[] as ObjectOf<K>[];
  }

  /**
   * What is there, as ADDED, then a BOOKMARK, then every change. Ends with the signal, or when the loop is left; fails with
   * Expired where more events wait to be read than `limit`, or the resourceVersion is older than what history keeps.
   */
  watch<K extends KindName>(kind: K, selection: WatchSelection = {}): Watch<ObjectOf<K>> {
    this.#enter("watch", kind, selection);
    const { namespace, limit: unreadLimit, ...how } = selection;
    const options: WatchOptions = { ...how, unreadLimit, allowWatchBookmarks: true };
    const opening = this.#api.watch(this.#caller, this.#collection(kind, namespace), options);
    const watch: Watch = isPending(opening) ? whenOpen(opening) : opening;
    return watch as Watch<never>;
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
    const { kind, namespace, name } = this.keyOf(ref);
    const target = this.#target(kind, name, namespace);
    const { api, clock } = this.#parts;
    return waitFor({ api, clock, caller: this.#caller, reader: this.visible }, target, awaited, options);
  }

  /** What happened to an object, oldest first; in the whole cluster where none is named. */
  async events(ref?: string): Promise<ObjectOf<"Event">[]> {
    await this.#enter("events", ref);
    await this.#parts.events.written();
    const about = ref === undefined ? undefined : this.keyOf(ref);
    const { items } = await this.#listed("Event", { namespace: about && (about.namespace || "default") });
    const events = oldestFirst(items as readonly ObjectOf<"Event">[]);
    if (about === undefined) return events;
    const { kind, namespace, name } = about;
    const { kind: named, versions } = this.#kind(kind);
    // Two groups may have kinds that are called alike. What is written by hand may name no apiVersion.
    const isOf = ({ kind = "", apiVersion }: ObjectOf<"Event">["involvedObject"]) =>
      kind === named && (!apiVersion || versions.some(version => version.apiVersion === apiVersion));
    return events.filter(
      ({ involvedObject: it }) => isOf(it) && it.name === name && (it.namespace ?? "") === namespace,
    );
  }

  /** Objects as rows, with the columns of their kind. */
  async table(kind: KindName, options: ListSelection & { readonly wide?: boolean } = {}): Promise<Table> {
    await this.#enter("table", kind, options);
    const { wide, ...selection } = options;
    const { items } = await this.#listed(kind, selection);
    return tableOf(this.#kind(kind), items, { now: this.#parts.clock.now(), wide });
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

  /** What a name means to this client. */
  #target(spelling: KindName, name: string, namespace = this.#namespace): ObjectTarget {
    const { kind, version } = this.#parts.kinds.findVersion(spelling);
    return { kind, version, name, namespace: kind.scope === "Namespaced" ? namespace : "" };
  }

  #collection(spelling: KindName, namespace = ""): Target {
    const { kind, version } = this.#parts.kinds.findVersion(spelling);
    return { kind, version, namespace: kind.scope === "Namespaced" ? namespace : "" };
  }

  /** Where an object belongs that is handed in. */
  #targetOf(object: Draft): Target {
    const { kind, version } = this.#parts.kinds.inVersion(object);
    const namespace = kind.scope === "Namespaced" ? (object.metadata?.namespace ?? this.#namespace) : "";
    return { kind, version, namespace };
  }

  #listed(kind: KindName, { namespace, ...selectors }: ListSelection): Promise<ObjectList> {
    return this.#api.list(this.#caller, this.#collection(kind, namespace), selectors);
  }

  get #api(): Api {
    return this.#parts.api;
  }
}
