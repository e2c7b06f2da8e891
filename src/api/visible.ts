/**
 * What one caller may see of the store besides objects: what was (history, causes, the world at a revision), and what belongs
 * to an object that it waits for. The change of an object is told to a caller that may get that object, or list its kind
 * there; an object that is asked for by name and may not be read is refused.
 *
 * These calls answer at once, so what decides about rights has to as well.
 */
import { ApiError } from "../errors/index.ts";
import type { KindRegistry, KubernetesObject } from "../resources/index.ts";
import { type Change, isPending, type ObjectKey, type Past, type Store } from "../store/index.ts";
import type { Api } from "./api.ts";
import type { Caller } from "./options.ts";
import type { ReportReader } from "./wait-report.ts";

type Verb = "get" | "list";
type ListOf = Store["list"];

export interface VisibleParts {
  readonly api: Api;
  readonly store: Store;
  readonly kinds: KindRegistry;
}

export class Visible implements ReportReader, Pick<Store, "history" | "change" | "at"> {
  readonly #parts: VisibleParts;
  readonly #caller: Caller;

  constructor(parts: VisibleParts, caller: Caller) {
    this.#parts = parts;
    this.#caller = caller;
  }

  /** The changes that are still kept, oldest first. Throws Forbidden for an object that the caller may not get. */
  history(of: ObjectKey | { readonly after: number }): Change[] {
    const changes = this.#parts.store.history(of);
    if ("after" in of) return changes.filter(this.#sees());
    this.assert("get", of);
    return changes;
  }

  change(revision: number): Change | undefined {
    const change = this.#parts.store.change(revision);
    return change && this.#sees()(change) ? change : undefined;
  }

  at(revision: number): Past {
    const past = this.#parts.store.at(revision);
    return {
      revision: past.revision,
      get: (kind, namespace, name) => {
        this.assert("get", { kind, namespace, name });
        return past.get(kind, namespace, name);
      },
      list: (kind, options = {}) => {
        this.assert("list", { kind, namespace: options.namespace ?? "", name: "" });
        return past.list(kind, options);
      },
    };
  }

  /** Only those that the caller may see. */
  list: ListOf = (kind, options) => {
    const sees = this.#sees();
    return this.#parts.store.list(kind, options).filter(({ metadata }: KubernetesObject) => {
      const { namespace = "", name } = metadata;
      return sees({ key: { kind, namespace, name } });
    });
  };

  dependents(ownerUid: string): KubernetesObject[] {
    const { store } = this.#parts;
    const sees = this.#sees();
    return store.dependents(ownerUid).filter(({ metadata }) => {
      const key = store.keyOf(metadata.uid);
      return key !== undefined && sees({ key });
    });
  }

  /** Throws Forbidden unless the caller may do this. */
  assert(verb: Verb, { kind, namespace, name }: ObjectKey): void {
    const target = { kind: this.#parts.kinds.find(kind), namespace, name };
    const allowing = this.#parts.api.authorization.allow(this.#caller, verb, target);
    if (!isPending(allowing)) return;
    // Its outcome is not needed any more.
    Promise.resolve(allowing).catch(() => {});
    const problem = "this call answers at once, so `authorize` has to as well: it returned a promise";
    throw new ApiError("MethodNotAllowed", problem);
  }

  #may(verb: Verb, key: ObjectKey): boolean {
    try {
      this.assert(verb, key);
      return true;
    } catch (error) {
      if (error instanceof ApiError) return false;
      throw error;
    }
  }

  /** Whether a change may be told: asked once for each kind and namespace, and by name where a list is refused. */
  #sees(): (change: Pick<Change, "key">) => boolean {
    const lists = new Map<string, boolean>();
    return ({ key }) => {
      const place = `${key.kind} ${key.namespace}`;
      let isListed = lists.get(place);
      if (isListed === undefined) {
        isListed = this.#may("list", { ...key, name: "" });
        lists.set(place, isListed);
      }
      return isListed || this.#may("get", key);
    };
  }
}
