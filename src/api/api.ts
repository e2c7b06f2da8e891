/**
 * The one door for all who ask: programs that use the library, workers, and HTTP clients. Each call says who asks, is
 * authorised before anything is done or read, and goes on to the registry. A server has only to map paths to targets, query
 * parameters to options and errors to answers. client.ts is the comfortable face of this for one user.
 *
 * As long as `authorize` decides at once, a call has begun its work when it returns.
 */
import { ApiError } from "../errors/index.ts";
import { type Clock, timestamp } from "../outside/index.ts";
import {
  type Attributes,
  type Authorize,
  allowAll,
  type Draft,
  expand,
  fromStoredVersion,
  inStoredVersion,
  type KindChange,
  type KindDefinition,
  type KindRegistry,
  type KubernetesObject,
  type SubresourceVerb,
  type User,
  type Verdict,
} from "../resources/index.ts";
import {
  invalid,
  isPending,
  noSuchPath,
  notAllowed,
  notFound,
  type ObjectWatch,
  type Registry,
  type Request,
  subresourceOf,
  type Unwatch,
  type WriteGuard,
  type Written,
  watchObjects,
} from "../store/index.ts";
import { readVerdict, refusedTo } from "./authorization.ts";
import { listOf, listOptions } from "./lists.ts";
import type {
  Caller,
  DeleteCallOptions,
  Follower,
  ListOptions,
  ObjectList,
  ObjectTarget,
  PatchWriteOptions,
  Selectors,
  Streams,
  Target,
  WatchOptions,
  WriteOptions,
} from "./options.ts";
import { ofPatch, patched } from "./patch.ts";
import { predicateOf } from "./selection.ts";
import { appliedDraft, refuseForce } from "./server-side-apply.ts";

export interface ApiParts<Connections = object> {
  readonly registry: Registry;
  readonly clock: Clock;
  /** Tells when a kind goes: then its watches end. None goes where left out. */
  readonly kinds?: Pick<KindRegistry, "onChange">;
  /** Every user may do everything where left out. */
  readonly authorize?: Authorize;
  /** Whether what is written goes beyond the rights of its writer; nothing does where left out. */
  readonly guard?: WriteGuard;
  /** What `connect` opens; nothing can be connected to where left out. */
  readonly streams?: Streams<Connections>;
}

/** How often a watch that wants bookmarks gets one, in milliseconds. */
const bookmarkMs = 60_000;

export class Api<Connections = object> {
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #authorize: Authorize;
  readonly #guard: WriteGuard | undefined;
  readonly #streams: Streams<Connections> | undefined;
  readonly #kinds: Pick<KindRegistry, "onChange"> | undefined;

  constructor({ registry, clock, kinds, authorize, guard, streams }: ApiParts<Connections>) {
    this.#registry = registry;
    this.#clock = clock;
    this.#kinds = kinds;
    this.#authorize = authorize ?? allowAll;
    this.#guard = guard;
    this.#streams = streams;
  }

  /** Fails with NotFound, as every verb about one object does; and with Forbidden, as every verb does. */
  async get(caller: Caller, target: ObjectTarget): Promise<KubernetesObject> {
    const finding = this.find(caller, target);
    const found = isPending(finding) ? await finding : finding;
    if (!found) throw notFound(target.kind, target.name);
    return found;
  }

  /** The object, or what its subresource shows; undefined where there is none. At once where rights are decided at once. */
  find(
    caller: Caller,
    target: ObjectTarget,
  ): KubernetesObject | undefined | Promise<KubernetesObject | undefined> {
    const { kind, namespace = "", name, subresource } = target;
    const read = () => {
      const part = subresourceOf(kind, subresource, "get");
      const found: KubernetesObject | undefined = this.#registry.store.get<string>(
        kind.name,
        namespace,
        name,
      );
      if (!found) return undefined;
      return part?.show ? part.show(found) : seen(target, found);
    };
    const allowing = this.allow(caller, "get", target);
    return allowing ? allowing.then(read) : read();
  }

  /** Throws BadRequest for options that cannot be read, Expired where the revision or the token is too old. */
  async list(caller: Caller, target: Target, options: ListOptions = {}): Promise<ObjectList> {
    const allowing = this.allow(caller, "list", target);
    if (allowing) await allowing;
    const list = listOf(this.#registry.store, target, options);
    const { kind, version = kind.versions[0] } = target;
    if (version === kind.versions[0] && !version.fromStored) return list;
    const items = list.items.map(object => seen(target, object));
    return { ...list, apiVersion: version.apiVersion, items };
  }

  /** Throws Expired where the resourceVersion is too old; the watch itself ends with it where its reader falls behind. */
  watch(caller: Caller, target: Target, options: WatchOptions = {}): ObjectWatch | Promise<ObjectWatch> {
    const { sendInitialEvents, resourceVersion, resourceVersionMatch } = options;
    if (sendInitialEvents !== undefined && resourceVersionMatch !== "NotOlderThan") {
      throw invalid(listOptions, "", {
        reason: "FieldValueForbidden",
        message: "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        field: "resourceVersionMatch",
      });
    }
    const { kind, namespace } = target;
    const matches = predicateOf(kind, options, target.version);
    const { allowWatchBookmarks = false, timeoutSeconds, unreadLimit, signal } = options;
    const start = () =>
      watchObjects(this.#registry.store, kind, {
        namespace: namespace || undefined,
        matches,
        shown: object => seen(target, object),
        resourceVersion: sendInitialEvents ? undefined : resourceVersion,
        sendsInitialEvents: sendInitialEvents,
        bookmarks: allowWatchBookmarks,
        clock: this.#clock,
        ...(kind.definedBy && { onEnd: (end: () => void) => this.#whenGone(kind, end) }),
        ...(allowWatchBookmarks && { bookmarkMs }),
        ...(timeoutSeconds && { timeoutMs: timeoutSeconds * 1_000 }),
        limit: unreadLimit,
        signal,
      });
    const allowing = this.allow(caller, "watch", target);
    return allowing ? allowing.then(start) : start();
  }

  #whenGone({ name }: KindDefinition, end: () => void): () => void {
    const told = ({ type, kind }: KindChange) => {
      if (type === "removed" && kind.name === name) end();
    };
    return this.#kinds?.onChange(told) ?? (() => {});
  }

  /**
   * Tells what the object is now, undefined while there is none, and again after every change; once authorised as `watch`.
   * Nothing is told any more after what it returns was called. For who waits for one object of many: a watch would read them all.
   */
  follow(caller: Caller, target: ObjectTarget, follower: Follower): Unwatch | Promise<Unwatch> {
    const { kind, namespace = "", name } = target;
    const { store } = this.#registry;
    const start = () => {
      const tell = () => {
        const found: KubernetesObject | undefined = store.get<string>(kind.name, namespace, name);
        follower.changed(found && seen(target, found));
      };
      const watched = { kind: kind.name, namespace, ended: follower.ended };
      const unwatch = store.watch(watched, ({ key }) => {
        if (key.name === name) tell();
      });
      tell();
      return unwatch;
    };
    const allowing = this.allow(caller, "watch", target);
    return allowing ? allowing.then(start) : start();
  }

  /** With a subresource: creates the body at that part of the object that the target names. */
  async create<T extends KubernetesObject>(
    caller: Caller,
    target: Target,
    body: Draft<T>,
    options: WriteOptions = {},
  ): Promise<Written<T>> {
    const allowing = this.allow(caller, "create", target);
    if (allowing) await allowing;
    const { kind, name, subresource } = target;
    // What is new is named by its body.
    if (name !== undefined && subresource === undefined) throw notAllowed(kind);
    const request = this.#requestOf(caller, target, options);
    return this.#told(target, await this.#registry.create<T>(placed(target, body), request));
  }

  /** Replaces the object, or a part of it. */
  async update<T extends KubernetesObject>(
    caller: Caller,
    target: ObjectTarget,
    body: Draft<T>,
    options: WriteOptions = {},
  ): Promise<Written<T>> {
    const allowing = this.allow(caller, "update", target);
    if (allowing) await allowing;
    const request = this.#requestOf(caller, target, options);
    return this.#told(target, await this.#registry.update<T>(placed(target, body), request));
  }

  /**
   * Fails with BadRequest or Invalid for what is no patch, UnsupportedMediaType for a type that the kind does not take. An apply
   * creates what is not there.
   */
  async patch(
    caller: Caller,
    target: ObjectTarget,
    patch: unknown,
    { type, force, ...options }: PatchWriteOptions,
  ): Promise<Written> {
    const { kind, version = kind.versions[0] } = target;
    if (type === "apply") return this.#apply(caller, target, patch, force, options);
    refuseForce(force);
    let made: KubernetesObject | undefined;
    const change = (object: KubernetesObject) => {
      made = patched(kind, version, object, patch, type);
      return made;
    };
    try {
      return await this.change(caller, target, change, options);
    } catch (error) {
      throw ofPatch(error, made);
    }
  }

  async #apply(
    caller: Caller,
    target: ObjectTarget,
    config: unknown,
    force: boolean | undefined,
    options: WriteOptions,
  ): Promise<Written> {
    const allowing = this.allow(caller, "patch", target);
    if (allowing) await allowing;
    const { kind, namespace = "", name, subresource } = target;
    const part = subresourceOf(kind, subresource, "patch");
    const now = timestamp(this.#clock.now());
    const apply = { target, part, config, manager: options.fieldManager, force, now };
    const request = { ...this.#requestOf(caller, target, options), isApplied: true };
    const isThere = () => this.#registry.store.get<string>(kind.name, namespace, name) !== undefined;
    for (;;) {
      const wasThere = isThere();
      try {
        if (wasThere || subresource !== undefined) {
          const next = (last: KubernetesObject) => appliedDraft(apply, last);
          return this.#told(
            target,
            await this.#registry.modify<string>(kind.name, namespace, name, next, request),
          );
        }
        const draft = appliedDraft(apply, undefined);
        const creating = this.allow(caller, "create", target);
        if (creating) await creating;
        return this.#told(target, await this.#registry.create(placed(target, draft), request));
      } catch (error) {
        // Another writer created or deleted it meanwhile.
        const isBeaten = wasThere !== isThere() && subresource === undefined;
        const expected = wasThere ? "NotFound" : "AlreadyExists";
        if (!(isBeaten && error instanceof ApiError && error.reason === expected)) throw error;
      }
    }
  }

  /** The same with a function: what it makes of what is there, as often as another writer was faster. */
  async change(
    caller: Caller,
    target: ObjectTarget,
    change: (object: KubernetesObject) => Draft,
    options: WriteOptions = {},
  ): Promise<Written> {
    const allowing = this.allow(caller, "patch", target);
    if (allowing) await allowing;
    const { kind, version = kind.versions[0], namespace = "", name, subresource } = target;
    const part = subresourceOf(kind, subresource, "patch");
    const next = (last: KubernetesObject): Draft => {
      if (part?.as) return change(part.show?.(last) ?? last);
      const shown = seen(target, last);
      const changed = change(shown);
      return changed === shown ? last : inStoredVersion(kind, version, changed);
    };
    const request = this.#requestOf(caller, target, options);
    return this.#told(target, await this.#registry.modify<string>(kind.name, namespace, name, next, request));
  }

  /** Resolves to the object as it was last, or as it is while something holds it. */
  async delete(caller: Caller, target: ObjectTarget, options: DeleteCallOptions = {}): Promise<Written> {
    const allowing = this.allow(caller, "delete", target);
    if (allowing) await allowing;
    // No part of an object can be deleted by itself.
    if (subresourceOf(target.kind, target.subresource, "delete")) throw noSuchPath();
    return this.#deleted(caller, target, options);
  }

  /** Deletes what fits, one after another. What goes meanwhile is gone. Resolves to what was deleted, as it was listed. */
  async deleteCollection(
    caller: Caller,
    target: Target,
    { labelSelector, fieldSelector, ...options }: DeleteCallOptions & Selectors = {},
  ): Promise<ObjectList> {
    const allowing = this.allow(caller, "deletecollection", target);
    if (allowing) await allowing;
    const list = listOf(this.#registry.store, target, { labelSelector, fieldSelector });
    for (const { metadata } of list.items) {
      const each = { ...target, namespace: metadata.namespace ?? "", name: metadata.name };
      await this.#deleted(caller, each, options).catch(error => {
        if (!(error instanceof ApiError && error.reason === "NotFound")) throw error;
      });
    }
    return { ...list, items: list.items.map(object => seen(target, object)) };
  }

  /**
   * Opens a stream of the object: a pod's log, exec, attach, portforward or proxy.
   * @param verb what the caller must be allowed; where left out "get" of a log, and else "create": what can change something
   * is as good as a write, even where it is asked for with GET
   */
  async connect<Part extends keyof Connections & string>(
    caller: Caller,
    target: ObjectTarget & { readonly subresource: Part },
    options: Readonly<Record<string, unknown>> = {},
    verb?: SubresourceVerb,
  ): Promise<Connections[Part]> {
    const { kind, namespace = "", name, subresource } = target;
    const part = kind.subresources.find(each => each.name === subresource);
    const open = this.#streams?.[subresource];
    if (!part?.connect || !open) throw noSuchPath();
    const usual = part.verbs.includes("create") ? "create" : "get";
    const allowing = this.allow(caller, verb ?? usual, target);
    if (allowing) await allowing;
    const request = this.#requestOf(caller, target, {});
    const object = await this.#registry.connect(kind.name, namespace, name, request);
    return open(object, options);
  }

  /**
   * Throws, or rejects with, Forbidden unless the caller may do this, and MethodNotAllowed for a verb that the kind does not
   * have. Nothing to wait for where that is decided at once. Every verb begins here.
   */
  allow(
    { user }: Caller,
    verb: string,
    { kind, version = kind.versions[0], namespace = "", name = "", subresource = "" }: Target,
  ): Promise<void> | void {
    const { group, version: versionName } = version;
    const attributes: Attributes = {
      ...{ verb, group, version: versionName, resource: kind.plural },
      ...{ subresource, namespace, name },
    };
    const act = () => {
      const has: readonly string[] = kind.verbs;
      if (!subresource && !has.includes(verb)) throw notAllowed(kind);
    };
    const demanding = this.demand(user, attributes);
    return demanding ? demanding.then(act) : act();
  }

  /** The same for whatever can be asked for, a path that is no resource for one. */
  demand(user: User, attributes: Attributes): Promise<void> | void {
    const act = (answer: Verdict) => {
      const verdict = readVerdict(answer);
      if (!verdict.allowed) throw refusedTo(user, attributes, verdict);
    };
    const verdict = this.#authorize(user, attributes);
    return isPending(verdict) ? verdict.then(act) : act(verdict);
  }

  #requestOf(caller: Caller, target: Target, options: WriteOptions): Request {
    const request = requestOf(caller, target, options);
    return this.#guard ? { ...request, guard: this.#guard } : request;
  }

  #deleted(caller: Caller, target: ObjectTarget, options: DeleteCallOptions): Promise<Written> {
    const { kind, namespace = "", name } = target;
    const { gracePeriodSeconds, propagationPolicy, preconditions, dryRun } = options;
    const asked = { gracePeriodSeconds, propagationPolicy, preconditions };
    const request = { ...this.#requestOf(caller, target, { dryRun }), ...asked };
    return this.#registry
      .delete<string>(kind.name, namespace, name, request)
      .then(written => this.#told(target, written));
  }

  /** What was written, as it is seen from the target. */
  #told<T extends KubernetesObject>(target: Target, written: Written<T>): Written<T> {
    const { kind, subresource } = target;
    const part =
      subresource === undefined ? undefined : kind.subresources.find(each => each.name === subresource);
    const object = part?.as && part.show ? part.show(written.object) : seen(target, written.object);
    return object === written.object ? written : { ...written, object: object as T };
  }
}

/** The object in the version of the target. */
function seen({ kind, version = kind.versions[0] }: Target, object: KubernetesObject): KubernetesObject {
  return fromStoredVersion(kind, version, object);
}

const validations: readonly string[] = ["", "Ignore", "Strict", "Warn"];

function requestOf(
  caller: Caller,
  { kind, version = kind.versions[0], subresource }: Target,
  { dryRun, fieldManager, fieldValidation }: WriteOptions,
): Request {
  if (dryRun !== undefined && dryRun !== "All") {
    throw invalid({ kind: "CreateOptions", group: "meta.k8s.io" }, "", {
      reason: "FieldValueNotSupported",
      message: `Unsupported value: ${JSON.stringify([dryRun])}: supported values: "All"`,
      field: "dryRun",
    });
  }
  if (fieldValidation !== undefined && !validations.includes(fieldValidation)) {
    throw invalid({ kind: "CreateOptions", group: "meta.k8s.io" }, "", {
      reason: "FieldValueNotSupported",
      message: `Unsupported value: ${JSON.stringify(fieldValidation)}: supported values: "", "Ignore", "Strict", "Warn"`,
      field: "fieldValidation",
    });
  }
  return {
    version,
    author: fieldManager ? { ...caller, manager: fieldManager } : caller,
    ...(dryRun && { dryRun: true }),
    ...(fieldValidation && { fieldValidation }),
    ...(subresource !== undefined && { subresource, parent: kind.name }),
    ...(caller.warn && { warn: (text: string) => caller.warn?.(text) }),
  };
}

/** The body in full form, where the target says it belongs. Throws BadRequest where it says otherwise. */
function placed<T extends KubernetesObject>(target: Target, body: Draft<T>): Draft<T> {
  const { kind, version = kind.versions[0], namespace = "", name, subresource } = target;
  const given: Draft = body ?? {};
  const { metadata } = given;
  if (namespace && metadata?.namespace && metadata.namespace !== namespace) {
    const rule = "the namespace of the provided object does not match the namespace sent on the request";
    throw new ApiError("BadRequest", rule);
  }
  if (name !== undefined && metadata?.name && metadata.name !== name) {
    const rule = `the name of the object (${metadata.name}) does not match the name on the URL (${name})`;
    throw new ApiError("BadRequest", rule);
  }
  const at = { ...(namespace && { namespace }), ...(name !== undefined && { name }) };
  const whole = { ...body, metadata: { ...metadata, ...at } };
  if (subresource !== undefined) return whole;
  return expand({ ...whole, apiVersion: body.apiVersion ?? version.apiVersion });
}
