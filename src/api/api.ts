/**
 * The one way in for all who ask: programs that use the library, workers, and HTTP clients. Each call says who asks, is
 * authorised before anything is done or read, and goes on to the registry. A server has only to map paths to targets, query
 * parameters to options and errors to answers. client.ts is the comfortable face of this for one user. The verbs that read are
 * in reads.ts; here are those that write, and streams.
 *
 * As long as `authorize` decides at once, a call has begun its work when it returns.
 */
import { hasReason } from "../errors/index.ts";
import { timestamp } from "../outside/index.ts";
import {
  type Draft,
  inStoredVersion,
  isOfOtherKind,
  type KubernetesObject,
  type SubresourceVerb,
  shownAt,
} from "../resources/index.ts";
import {
  type AuthorizeWrite,
  noSuchPath,
  notAllowed,
  type Request,
  subresourceOf,
  type Written,
} from "../store/index.ts";
import { listOf } from "./lists.ts";
import { writtenAsMeant } from "./nearly-kubernetes.ts";
import type {
  Caller,
  DeleteCallOptions,
  ObjectList,
  ObjectTarget,
  PatchWriteOptions,
  Selectors,
  Streams,
  Target,
  WriteOptions,
} from "./options.ts";
import { ofPatch, patched } from "./patch.ts";
import { ApiReads, type ReadParts } from "./reads.ts";
import { refuseForce, serverSideApply } from "./server-side-apply.ts";
import { placed, seen } from "./target.ts";
import { type OptionsKind, requestOf } from "./write-request.ts";

export interface ApiParts<Connections = object> extends ReadParts {
  /** Whether what is written goes beyond the rights of its writer; nothing does where left out. */
  readonly authorizeWrite?: AuthorizeWrite;
  /** What `connect` opens; nothing can be connected to where left out. */
  readonly streams?: Streams<Connections>;
}

export class Api<Connections = object> extends ApiReads {
  readonly #authorizeWrite: AuthorizeWrite | undefined;
  readonly #streams: Streams<Connections> | undefined;

  constructor({ authorizeWrite, streams, ...reading }: ApiParts<Connections>) {
    super(reading);
    this.#authorizeWrite = authorizeWrite;
    this.#streams = streams;
  }

  /** With a subresource: creates the body at that part of the object that the target names. */
  async create<T extends KubernetesObject>(
    caller: Caller,
    target: Target,
    body: Draft<T>,
    options: WriteOptions = {},
  ): Promise<Written<T>> {
    const allowing = this.authorization.allow(caller, "create", target);
    if (allowing) await allowing;
    const { kind, name, subresource } = target;
    // What is new is named by its body.
    if (name !== undefined && subresource === undefined) throw notAllowed(kind);
    return writtenAsMeant(caller, target, this.kinds, body, async (by, meant) => {
      const request = this.#requestOf(by, target, options, "CreateOptions");
      return this.#told(target, await this.registry.create<T>(placed(target, meant), request));
    });
  }

  /**
   * Replaces the object, or a part of it. A kind that is created by updates needs the right to create, too, where it is not
   * there.
   */
  async update<T extends KubernetesObject>(
    caller: Caller,
    target: ObjectTarget,
    body: Draft<T>,
    options: WriteOptions = {},
  ): Promise<Written<T>> {
    const allowing = this.authorization.allow(caller, "update", target);
    if (allowing) await allowing;
    const { kind, namespace = "", name, subresource } = target;
    const mayCreate = kind.createsOnUpdate && subresource === undefined;
    if (mayCreate && !this.registry.store.get<string>(kind.name, namespace, name)) {
      const creating = this.authorization.allow(caller, "create", target);
      if (creating) await creating;
    }
    return writtenAsMeant(caller, target, this.kinds, body, async (by, meant) => {
      const request = this.#requestOf(by, target, options, "UpdateOptions");
      return this.#told(target, await this.registry.update<T>(placed(target, meant), request));
    });
  }

  /**
   * Fails with BadRequest or Invalid for what is no patch, UnsupportedMediaType for a type that the kind does not take. An apply
   * creates what is not there.
   */
  patch(caller: Caller, target: ObjectTarget, patch: unknown, options: PatchWriteOptions): Promise<Written> {
    return writtenAsMeant(caller, target, this.kinds, patch, (by, meant) =>
      this.#patch(by, target, meant, options),
    );
  }

  async #patch(
    caller: Caller,
    target: ObjectTarget,
    patch: unknown,
    { type, force, ...options }: PatchWriteOptions,
  ): Promise<Written> {
    const { kind, version = kind.versions[0] } = target;
    if (type === "apply") return this.#apply(caller, target, patch, force, options);
    refuseForce(force);
    let made: KubernetesObject | undefined;
    let before: KubernetesObject | undefined;
    const change = (object: KubernetesObject) => {
      before = object;
      made = patched(kind, version, object, patch, type);
      return made;
    };
    try {
      return await this.change(caller, target, change, options);
    } catch (error) {
      throw ofPatch(error, patch, type, made, before);
    }
  }

  async #apply(
    caller: Caller,
    target: ObjectTarget,
    config: unknown,
    force: boolean | undefined,
    options: WriteOptions,
  ): Promise<Written> {
    const allowing = this.authorization.allow(caller, "patch", target);
    if (allowing) await allowing;
    const { kind, subresource } = target;
    const part = subresourceOf(kind, subresource, "patch");
    const now = timestamp(this.clock.now());
    const apply = { target, part, config, manager: options.fieldManager, force, now };
    const request = { ...this.#requestOf(caller, target, options, "PatchOptions"), isApplied: true };
    const mayCreate = () => this.authorization.allow(caller, "create", target);
    return this.#told(target, await serverSideApply(this.registry, apply, request, mayCreate));
  }

  /** The same with a function: what it makes of what is there, as often as another writer was faster. */
  async change(
    caller: Caller,
    target: ObjectTarget,
    change: (object: KubernetesObject) => Draft,
    options: WriteOptions = {},
  ): Promise<Written> {
    const allowing = this.authorization.allow(caller, "patch", target);
    if (allowing) await allowing;
    const { kind, version = kind.versions[0], namespace = "", name, subresource } = target;
    const part = subresourceOf(kind, subresource, "patch");
    const next = (last: KubernetesObject): Draft => {
      const shown = shownAt({ kind, version, part }, last);
      const changed = change(shown);
      if (changed === shown) return last;
      return isOfOtherKind(part) ? changed : inStoredVersion(kind, version, changed);
    };
    const request = this.#requestOf(caller, target, options, "PatchOptions");
    return this.#told(target, await this.registry.modify<string>(kind.name, namespace, name, next, request));
  }

  /** Resolves to the object as it was last, or as it is while something holds it. */
  async delete(caller: Caller, target: ObjectTarget, options: DeleteCallOptions = {}): Promise<Written> {
    const allowing = this.authorization.allow(caller, "delete", target);
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
    const allowing = this.authorization.allow(caller, "deletecollection", target);
    if (allowing) await allowing;
    const list = listOf(this.registry.store, target, { labelSelector, fieldSelector });
    for (const { metadata } of list.items) {
      const each = { ...target, namespace: metadata.namespace ?? "", name: metadata.name };
      await this.#deleted(caller, each, options).catch(error => {
        if (!hasReason(error, "NotFound")) throw error;
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
    const allowing = this.authorization.allow(caller, verb ?? usual, target);
    if (allowing) await allowing;
    const request = this.#requestOf(caller, target, {}, "CreateOptions");
    const object = await this.registry.connect(kind.name, namespace, name, options, request);
    return open(object, options);
  }

  #requestOf(caller: Caller, target: Target, options: WriteOptions, kind: OptionsKind): Request {
    const request = requestOf(caller, target, options, kind);
    return this.#authorizeWrite ? { ...request, authorizeWrite: this.#authorizeWrite } : request;
  }

  #deleted(caller: Caller, target: ObjectTarget, options: DeleteCallOptions): Promise<Written> {
    const { kind, namespace = "", name } = target;
    const { gracePeriodSeconds, propagationPolicy, preconditions, dryRun } = options;
    const asked = { gracePeriodSeconds, propagationPolicy, preconditions };
    const request = { ...this.#requestOf(caller, target, { dryRun }, "DeleteOptions"), ...asked };
    return this.registry
      .delete<string>(kind.name, namespace, name, request)
      .then(written => this.#told(target, written));
  }

  /** What was written, as it is seen from the target. */
  #told<T extends KubernetesObject>(target: Target, written: Written<T>): Written<T> {
    const { kind, version = kind.versions[0], subresource } = target;
    const part = kind.subresources.find(({ name }) => name === subresource);
    const object = shownAt({ kind, version, part }, written.object);
    return object === written.object ? written : { ...written, object: object as T };
  }
}
