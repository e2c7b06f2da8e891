/**
 * What a call of the API says besides the object: named and shaped as Kubernetes' query parameters and DeleteOptions, so that a
 * server has nothing to translate.
 */
import type { Attributes, KindDefinition, KindVersion, KubernetesObject } from "../resources/index.ts";
import type { DeleteOptions, Writer } from "../store/index.ts";
import type { PatchType } from "./patch.ts";

/** Who asks. One object for each client or connection: all its calls share it. */
export interface Caller extends Writer {
  /** What it has been allowed already, before its request was read: that is not asked again. */
  readonly allowed?: Attributes;
  /** Takes what the caller should know though all went well, a sentence each: a Warning header over HTTP. */
  warn?(text: string): void;
  /** Takes what is noted of the request for the audit log. */
  annotate?(key: string, value: string): void;
}

/** What a call is about: what stands in its path. */
export interface Target {
  readonly kind: KindDefinition;
  /** In which objects are read and written; the one in which they are kept where left out. */
  readonly version?: KindVersion;
  /** "" or left out for all namespaces, and for what belongs to the whole cluster. */
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  /** As what it is asked for, where that says more than its name: `https:web:8443` of a proxy. Rights are about this one. */
  readonly askedAs?: string;
  /** Of what is listed or watched: which objects alone are meant. Rights are about these. */
  readonly fieldSelector?: string;
}

/** The target is one object. */
export interface ObjectTarget extends Target {
  readonly name: string;
}

export interface WriteOptions {
  /** `All`: everything is checked, nothing is written. */
  readonly dryRun?: "All";
  /** Who owns the fields that are written; the caller's own manager where left out. */
  readonly fieldManager?: string;
  /** What becomes of unknown fields: they refuse the write (`Strict`, the default), are dropped with a warning, or without. */
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore";
}

export interface PatchWriteOptions extends WriteOptions {
  readonly type: PatchType;
  /** Of an apply: takes the fields that others own and want otherwise, instead of failing with Conflict. */
  readonly force?: boolean;
}

export interface DeleteCallOptions extends DeleteOptions, Pick<WriteOptions, "dryRun"> {}

export interface Selectors {
  /** `app=web,tier in (a,b),!old`, as kubectl's -l. */
  readonly labelSelector?: string;
  /** `metadata.name=x,status.phase!=Running`, as kubectl's --field-selector. */
  readonly fieldSelector?: string;
}

export interface ListOptions extends Selectors {
  /** How many objects at most; the rest is had with the `continue` of what comes back. */
  readonly limit?: number;
  /** Where the piece before ended. */
  readonly continue?: string;
  /** The list is of this revision (`Exact`), or of one that is not older (always the last one here). */
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan";
}

export interface WatchOptions extends Selectors {
  /** Tell what came after it. What is there comes first where it is left out. */
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "NotOlderThan";
  /** Tell what is there first, whatever the resourceVersion says. */
  readonly sendInitialEvents?: boolean;
  /** Tell when all that was there has been told, and once a minute up to which revision everything was told. */
  readonly allowWatchBookmarks?: boolean;
  /** Ends the watch after so long. */
  readonly timeoutSeconds?: number;
  /** How many events may wait to be read, besides the first ones; 10,000 where left out. */
  readonly unreadLimit?: number;
  /** Ends it too. */
  readonly signal?: AbortSignal;
}

/** A list, as Kubernetes has it. */
export interface ObjectList<T extends KubernetesObject = KubernetesObject> {
  readonly apiVersion: string;
  /** `PodList` */
  readonly kind: string;
  readonly metadata: {
    /** The revision that everything in the list is of; a watch goes on from there. */
    readonly resourceVersion: string;
    /** Given as `continue` it brings the next piece; absent where this is the last. */
    readonly continue?: string;
    /** How many come after this piece; absent where a selector leaves that open. */
    readonly remainingItemCount?: number;
  };
  /** In the order of namespace and name. */
  readonly items: readonly T[];
}

/**
 * What stands behind `connect`: by the name of the subresource, what opens it for an object (a pod's log, exec, attach,
 * portforward, proxy). `Connections` says what each of them opens.
 */
export type Streams<Connections> = {
  readonly [Part in keyof Connections]: (
    object: KubernetesObject,
    options: Readonly<Record<string, unknown>>,
  ) => Connections[Part] | Promise<Connections[Part]>;
};

/** Who follows one object. */
export interface Follower {
  changed(object: KubernetesObject | undefined): void;
  /** The cluster stops: nothing more will be told. */
  ended(): void;
}
