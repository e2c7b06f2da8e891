/**
 * An admission plugin: a row that says which writes it concerns, and one to three functions. `mutate` may change the object,
 * `validate` may refuse it; all that mutate come before all that validate, each in the order of the list (plugins.ts). What
 * a refusal finds in the store may be otherwise by the time of the write, where another plugin takes its time: what must be so
 * at that very moment is for `validateLast`.
 *
 * The functions are given all that they may look at, keep nothing, and answer at once unless they must ask something
 * outside. So each can be run alone, on one object, in a test or for `validate -f`.
 */
import type { Duplex } from "node:stream";
import type { Clock, Random } from "../outside/index.ts";
import type {
  Authorize,
  Draft,
  KindDefinition,
  KindInVersion,
  KindName,
  KindReference,
  KindRegistry,
  KubernetesObject,
  Service,
} from "../resources/index.ts";
import type { AdmissionRequest, Change, Operation, Store } from "../store/index.ts";

/** What a plugin may look at: all that is stored, by the names that the store knows kinds by. */
export interface StoreReader extends Pick<Store, "get" | "list" | "revision"> {
  /** What changed of a kind in a namespace after a revision, in order. Throws Expired where history does not reach back so far. */
  changes(kind: KindName, namespace: string, after: number): readonly Change[];
  /** What another object names by apiVersion and kind; undefined where it is not served. */
  kindOf(reference: KindReference): KindInVersion | undefined;
  /** Milliseconds since 1970; where left out, nothing is ever too late. */
  now?(): number;
  /** Who may do what; unknown where left out. */
  readonly authorize?: Authorize;
  /** What a plugin needs that asks a program outside. Without it no Service can be reached, and no answer is ever too late. */
  readonly outside?: Outside;
}

interface Outside extends Pick<Clock, "after">, Pick<Random, "uuid"> {
  /** A connection to a pod behind the Service. Rejects where there is none. */
  dial(service: Service, port: string): Promise<Duplex>;
}

export function storeReader(
  store: Pick<Store, "get" | "list" | "revision" | "watch">,
  kinds: Pick<KindRegistry, "served">,
  { now, outside, authorize }: Pick<StoreReader, "now" | "outside" | "authorize"> = {},
): StoreReader {
  return {
    get: store.get.bind(store),
    list: store.list.bind(store),
    get revision() {
      return store.revision;
    },
    changes(kind, namespace, after) {
      const changes: Change[] = [];
      const stop = store.watch({ kind, namespace, after }, change => void changes.push(change));
      stop();
      return changes;
    },
    kindOf: reference => kinds.served(reference),
    ...(now && { now }),
    ...(outside && { outside }),
    ...(authorize && { authorize }),
  };
}

/**
 * Whether a kind says itself what is admitted. No policy and no webhook is asked about those: a mistake in one could not be
 * taken back otherwise.
 */
export function isAboutAdmission({ group }: Pick<KindDefinition, "group">): boolean {
  return group === "admissionregistration.k8s.io";
}

/** Which writes a plugin is asked about. */
interface Concern {
  readonly operations: readonly Operation[];
  /** Names of kinds, as the store has them; all where left out. */
  readonly kinds?: readonly string[];
  /** `""` is the object itself, and what is meant where this is left out; `"*"` is the object and all its parts. */
  readonly subresources?: readonly string[];
}

export interface AdmissionPlugin {
  /** As Kubernetes calls it: `LimitRanger`. */
  readonly name: string;
  readonly on: readonly Concern[];
  /** False where it is on only if it is asked for. */
  readonly isOnByDefault?: boolean;
  /**
   * How long each of its functions may take to answer, 1 to 30; then the write fails with Timeout. Default 10, as of webhooks.
   * (Those that ask webhooks bound each of them, and have as long as a whole request.)
   */
  readonly timeoutSeconds?: number;
  /** The object as it is to be; itself where nothing changes. What it is given is frozen. */
  mutate?(object: Draft, request: AdmissionRequest, reader: StoreReader): Draft | Promise<Draft>;
  /** Throws what the writer is told. `object` is undefined where it is to be deleted. */
  validate?(object: Draft | undefined, request: AdmissionRequest, reader: StoreReader): void | Promise<void>;
  /** The same, of what is created or changed, when all others have answered: nothing comes between it and the write. */
  validateLast?(object: Draft, request: AdmissionRequest, reader: StoreReader): undefined;
  /** What its last word is about, where that is shared by several writes: they are done one after the other. */
  contends?(request: AdmissionRequest, reader: StoreReader): readonly string[];
}

/** A plugin for one kind: its functions know the type. */
export function pluginFor<T extends KubernetesObject>({
  mutate,
  validate,
  ...plugin
}: Pick<AdmissionPlugin, "name" | "on" | "isOnByDefault" | "timeoutSeconds"> & {
  mutate?(object: Draft<T>, request: AdmissionRequest, reader: StoreReader): Draft<T> | Promise<Draft<T>>;
  validate?(object: Draft<T>, request: AdmissionRequest, reader: StoreReader): void | Promise<void>;
}): AdmissionPlugin {
  return {
    ...plugin,
    ...(mutate && {
      mutate: (object: Draft, request: AdmissionRequest, reader: StoreReader) =>
        mutate(object as Draft<T>, request, reader) as Draft | Promise<Draft>,
    }),
    ...(validate && {
      validate: (object: Draft | undefined, request: AdmissionRequest, reader: StoreReader) =>
        object && validate(object as Draft<T>, request, reader),
    }),
  };
}

export function concerns(
  plugin: AdmissionPlugin,
  { operation, kind, subresource }: AdmissionRequest,
): boolean {
  return plugin.on.some(
    ({ operations, kinds, subresources = [""] }) =>
      operations.includes(operation) &&
      (kinds === undefined || kinds.includes(kind.name)) &&
      (subresources.includes(subresource) || subresources.includes("*")),
  );
}
