/**
 * What can be done to objects: the verbs that the registry (registry.ts) offers to users, controllers
 * and nodes alike, with the rules that each keeps. Every write comes with a request, which says who writes and how.
 */
import type {
  Draft,
  KindName,
  KindReference,
  KindVersion,
  KubernetesObject,
  ObjectOf,
} from "../../resources/index.ts";
import type { Author, StoreReads } from "../store.ts";
import type { AuthorizeWrite, DeleteOptions, SentOptions } from "./asked-write.ts";

/** Who writes, and how the write is to be taken. A writer makes one of these and uses it for all its writes. */
export interface Request {
  readonly author: Author;
  /** Which part of the object is written: `status`, `scale`; the object itself where left out. */
  readonly subresource?: string;
  /** The kind that has the part, where what is handed in is of another kind: `Pod` for a Binding. */
  readonly parent?: KindName;
  /** In which the writer speaks, for the managed fields; the one in which the kind is kept where left out. */
  readonly version?: KindVersion;
  /** The draft is the result of an apply: it says itself who manages its fields. */
  readonly isApplied?: boolean;
  /** What a client gave as options, as far as others are to see it. */
  readonly options?: SentOptions;
  /** Check and prepare everything, write nothing; resolves to what would have been stored. */
  readonly dryRun?: boolean;
  /**
   * What becomes of fields that the schema does not know: `Strict` (the default) refuses the write, `Warn` drops them and
   * says so, `Ignore` drops them.
   */
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore";
  /**
   * The compiler has checked the object: it is completed, but not held against its schema. For controllers and nodes,
   * whose templates were checked when they came in. It spares nothing else: such a write is authorised and admitted
   * like any other.
   */
  readonly isChecked?: boolean;
  /** What the writer's rights say of the object itself; asked before admission. */
  readonly authorizeWrite?: AuthorizeWrite;
  /** Takes what the writer should know though the write went well, a sentence each. */
  warn?(text: string): void;
  /** Takes what is noted for the audit log. */
  annotate?(key: string, value: string): void;
}

/** What became of a write. */
export interface Written<T extends KubernetesObject = KubernetesObject> {
  /** As stored; for what is gone, as it was last; in a dry run, as it would be. */
  readonly object: T;
  /**
   * `unchanged`: the object said that already, nothing was written and its resourceVersion stays. `terminating`: its deletion
   * was asked for and something holds it yet.
   */
  readonly outcome: "created" | "changed" | "unchanged" | "deleted" | "terminating";
}

export interface RegistryVerbs {
  readonly store: StoreReads;

  /**
   * The name that the store knows a kind by, however it is called, or the kind of an object: `Pipeline` is
   * `Pipeline.classroom.k4s.dev`, also after its definition has gone. Throws NotFound, or BadRequest where several kinds are called so.
   */
  nameOf<K extends KindName>(kind: K | Pick<KubernetesObject, "apiVersion" | "kind">): K;

  /** Whether objects of this kind have a namespace; undefined where there is no such kind in this version. */
  scopeOf(reference: KindReference): "Namespaced" | "Cluster" | undefined;

  /**
   * Fails with AlreadyExists, Invalid, BadRequest, or what admission says. A name that is generated never collides. Where no
   * namespace is given it is `default`. Where the request names a subresource (`binding`), it is created at the object of
   * that name, which comes back changed.
   */
  create<T extends KubernetesObject>(draft: Draft<T>, request: Request): Promise<Written<T>>;

  /**
   * Replaces all but status; or, where the request names a subresource, that part, and annotations where they are given.
   * Where `metadata.resourceVersion` is given it must be the last: Conflict. A no-op writes nothing and keeps the
   * resourceVersion. Taking away the last finalizer of what is being deleted deletes it.
   */
  update<T extends KubernetesObject>(object: Draft<T>, request: Request): Promise<Written<T>>;

  /**
   * Reads, lets `change` make a new object, and updates; again from the start when another writer was faster. `change` may
   * return undefined, or what it got: then nothing is written.
   */
  modify<K extends KindName>(
    kind: K,
    namespace: string,
    name: string,
    change: (object: ObjectOf<K>) => Draft<ObjectOf<K>> | undefined,
    request: Request,
  ): Promise<Written<ObjectOf<K>>>;

  /**
   * Asks for deletion. Resolves to the object: gone, or with its deletionTimestamp while something holds it. Fails with
   * NotFound, Conflict (a precondition), or what admission says.
   */
  delete<K extends KindName>(
    kind: K,
    namespace: string,
    name: string,
    request: Request & DeleteOptions,
  ): Promise<Written<ObjectOf<K>>>;

  /**
   * The object whose stream (log, exec) is to be opened, if admission lets it be, which is shown the options. Fails with NotFound.
   */
  connect(
    kind: KindName,
    namespace: string,
    name: string,
    options: Readonly<Record<string, unknown>>,
    request: Request,
  ): Promise<KubernetesObject>;
}
