/**
 * How objects are read: one of them, a list, a watch, or one that is followed. Each call is authorised before anything is read.
 * Kinds whose objects are not kept are asked for where they are made (readings.ts). What writes builds on this: api.ts.
 */
import type { Clock } from "../outside/index.ts";
import {
  type Authorize,
  type KindChange,
  type KindDefinition,
  type KindRegistry,
  type KubernetesObject,
  shownAt,
} from "../resources/index.ts";
import {
  isPending,
  notFound,
  type ObjectWatch,
  type PendingAnswers,
  type Registry,
  subresourceOf,
  type Unwatch,
} from "../store/index.ts";
import { Authorization } from "./authorization.ts";
import { listOf, listOfReading } from "./lists.ts";
import { nodeViewOf } from "./node-view.ts";
import type {
  Caller,
  Follower,
  ListOptions,
  ObjectList,
  ObjectTarget,
  Selectors,
  Target,
  WatchOptions,
} from "./options.ts";
import type { Readings } from "./readings.ts";
import { nameSelectedBy } from "./selection.ts";
import { seen } from "./target.ts";
import { followObject, watchOf } from "./watches.ts";

/** What reading needs; see `ApiParts`. */
export interface ReadParts {
  readonly registry: Registry;
  readonly clock: Clock;
  /**
   * Tells when a kind goes: then its watches end; and which kind is meant where an object leaves that out. None goes, and nothing is
   * meant, where left out.
   */
  readonly kinds?: Pick<KindRegistry, "onChange" | "all">;
  /** Every user may do everything where left out. */
  readonly authorize?: Authorize;
  /** Where `authorize` is waited for that decides with a promise; ended together with all others of a cluster. */
  readonly answers?: PendingAnswers;
  /** What makes the objects of kinds that are not kept; there are none of these where left out. */
  readonly readings?: Readings;
}

export class ApiReads {
  /** Every verb begins with it. */
  readonly authorization: Authorization;
  protected readonly registry: Registry;
  protected readonly clock: Clock;
  protected readonly kinds: ReadParts["kinds"];
  readonly #readings: Readings | undefined;

  constructor({ registry, clock, kinds, authorize, answers, readings }: ReadParts) {
    this.registry = registry;
    this.clock = clock;
    this.kinds = kinds;
    this.authorization = new Authorization(authorize, answers);
    this.#readings = readings;
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
    const { kind, version = kind.versions[0], namespace = "", name, subresource } = target;
    const read = () => {
      const part = subresourceOf(kind, subresource, "get");
      const reading = this.#readings?.get(kind.name);
      if (reading) return reading.get(namespace, name);
      const found: KubernetesObject | undefined = this.registry.store.get<string>(kind.name, namespace, name);
      return found && shownAt({ kind, version, part }, found);
    };
    const allowing = this.authorization.allow(caller, "get", target);
    return allowing ? allowing.then(read) : read();
  }

  /** Throws BadRequest for options that cannot be read, Expired where the revision or the token is too old. */
  async list(caller: Caller, target: Target, options: ListOptions = {}): Promise<ObjectList> {
    const allowing = this.authorization.allow(caller, "list", selected(target, options));
    if (allowing) await allowing;
    const reading = this.#readings?.get(target.kind.name);
    if (reading)
      return listOfReading(
        this.registry.store,
        await reading.list(target.namespace || undefined),
        target,
        options,
      );
    const found = listOf(this.registry.store, target, options);
    const view = nodeViewOf(caller, target);
    const list = view ? { ...found, items: found.items.map(view) } : found;
    const { kind, version = kind.versions[0] } = target;
    if (version === kind.versions[0] && !version.fromStored) return list;
    const items = list.items.map(object => seen(target, object));
    return { ...list, apiVersion: version.apiVersion, items };
  }

  /** Throws Expired where the resourceVersion is too old; the watch itself ends with it where its reader falls behind. */
  watch(caller: Caller, target: Target, options: WatchOptions = {}): ObjectWatch | Promise<ObjectWatch> {
    const { kind } = target;
    const onEnd = kind.definedBy ? (end: () => void) => this.#whenGone(kind, end) : undefined;
    const parts = { store: this.registry.store, clock: this.clock, onEnd };
    const open = () => watchOf({ ...parts, view: nodeViewOf(caller, target) }, target, options);
    const allowing = this.authorization.allow(caller, "watch", selected(target, options));
    return allowing ? allowing.then(open) : open();
  }

  #whenGone({ name }: KindDefinition, end: () => void): () => void {
    const told = ({ type, kind }: KindChange) => {
      if (type === "removed" && kind.name === name) end();
    };
    return this.kinds?.onChange(told) ?? (() => {});
  }

  /**
   * Tells what the object is now, undefined while there is none, and again after every change; once authorised as `watch`.
   * Nothing more is told after what it returns was called. It is for a caller that waits for one object: a watch would read all
   * objects of the kind.
   */
  follow(caller: Caller, target: ObjectTarget, follower: Follower): Unwatch | Promise<Unwatch> {
    const start = () => followObject(this.registry.store, target, follower);
    const allowing = this.authorization.allow(caller, "watch", target);
    return allowing ? allowing.then(start) : start();
  }
}

/** What is listed or watched, as rights are about it: the only object that a field selector leaves is asked for by its name. */
function selected(target: Target, { fieldSelector = "" }: Selectors): Target {
  if (fieldSelector === "") return target;
  const name = target.name ?? nameSelectedBy(fieldSelector);
  return { ...target, ...(name !== undefined && { name }), fieldSelector };
}
