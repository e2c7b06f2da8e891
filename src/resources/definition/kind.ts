/**
 * A kind, described as data: what it is called, in which versions it is served, with which verbs and subresources.
 * Validation, defaults, patches, tables and discovery are generic code over this; a kind defined at run time is the same
 * thing. What data cannot say (a selector must match its template, a cluster IP is allocated) are the pure functions of
 * `rules`. describe-kind.ts makes one of what a file or a user says.
 */
import type { Cause } from "../../errors/index.ts";
import type { User } from "../authorization.ts";
import type { Draft, KubernetesObject } from "../object.ts";
import type { Schema } from "../schema/index.ts";
import type { FieldTexts } from "../selectors/index.ts";
import type { Access } from "./access.ts";

export interface KindDefinition<T extends KubernetesObject = KubernetesObject> {
  /**
   * What the store knows it by, for ever: `Pod` for a kind that is built in, `Widget.example.com` for any other. It does
   * not depend on which other kinds there are.
   */
  readonly name: string;
  readonly kind: string;
  /** The group of the version that is kept; "" for Kubernetes' core group. */
  readonly group: string;
  readonly plural: string;
  readonly singular: string;
  /** The kind of its lists, where that is not its own with `List` behind. */
  readonly listKind?: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly scope: "Namespaced" | "Cluster";
  /** What the names of its objects must be; a DNS subdomain where left out. */
  readonly nameRule?: NameRuleName;
  /** The first is the one in which objects are kept. */
  readonly versions: readonly [KindVersion, ...KindVersion[]];
  /** What can be done to it. A kind without `get` is never kept: it only answers (reviews). */
  readonly verbs: readonly Verb[];
  readonly subresources: readonly Subresource[];
  /** Whether `metadata.generation` counts the changes of what is desired. */
  readonly countsGenerations: boolean;
  /** Not built in: it keeps empty lists and nulls that its schema allows, and takes no strategic merge patch. */
  readonly isCustom: boolean;
  /** The CustomResourceDefinition that defines it; absent where it is built in, or defined by the program. */
  readonly definedBy?: string;
  /** Whether an update of what is not there creates it. It fails with NotFound where left out. */
  readonly createsOnUpdate?: boolean;
  /** Whether an update must say which revision it replaces. One that does not replaces any where left out. */
  readonly updatesNeedRevision?: boolean;
  /** Whether a deletion is answered with the object as it was, though it is gone; with a Status where left out. */
  readonly answersDeletion?: boolean;
  readonly rules?: KindRules<T>;
  readonly rows?: RowRules<T>;
  /** The answer of a kind that is never kept: what was created, with its status. `user` is who asks, `now` an RFC 3339 time. */
  answer?(
    draft: Draft<T>,
    user: User,
    access: Access,
    now: string,
  ): KubernetesObject | Promise<KubernetesObject>;
  /** Of a kind that is never kept: the subresource of another kind where its objects are created, for the object of that name. */
  readonly createdAt?: { readonly kind: string; readonly subresource: string };
}

/** What the rows of a Table of its objects are besides their cells. */
export interface RowRules<T extends KubernetesObject = KubernetesObject> {
  /** In which order a list shows them; as they are listed where left out. */
  compare?(a: T, b: T): number;
  /** What is said of the whole row. */
  conditions?(object: T): readonly RowCondition[];
}

/** TableRowCondition of meta.k8s.io: `Completed` is the only type that there is. */
interface RowCondition {
  readonly type: "Completed";
  readonly status: "True";
  readonly reason: string;
  readonly message: string;
}

/** One group and version in which a kind is read and written. */
export interface KindVersion {
  readonly group: string;
  readonly version: string;
  /** `v1`, `apps/v1`: the apiVersion of its objects. */
  readonly apiVersion: string;
  readonly served: boolean;
  /** The warning for its users, where it is on its way out. */
  readonly deprecated?: string;
  /** The whole object's schema, metadata included. */
  readonly schema: Schema;
  /** The schema as its definition has it, descriptions and all; of a custom kind. */
  readonly openApi?: object;
  readonly columns: readonly PrinterColumn[];
  /** Fields by which lists may be selected, besides metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[];
  /** What those of them are compared by that are not what stands at their path, or "" where nothing does. */
  readonly fieldTexts?: FieldTexts;
  /** Into the form in which objects are kept. Absent where the two forms differ in their apiVersion alone. */
  toStored?(draft: Draft): Draft;
  /** What is asked of those who write this version besides, of the object in the form in which it is kept. */
  validate?(object: Draft, old?: KubernetesObject): Cause[];
  /** And back; in the version that is kept: as objects of it are shown, where that is not as they are kept. */
  fromStored?(object: KubernetesObject): KubernetesObject;
}

export type Verb = "create" | "delete" | "deletecollection" | "get" | "list" | "patch" | "update" | "watch";

type NameRuleName = "dnsSubdomain" | "dnsLabel" | "dns1035Label" | "pathSegment";

/** What data cannot say about a kind. All are pure; what they are given is not changed, something new comes back. */
export interface KindRules<T extends KubernetesObject = KubernetesObject> {
  /**
   * Fills in what depends on other fields (the schema's own defaults are in already). `old` is what the draft is to
   * replace; without it the object is new. Returns the draft itself where there is nothing to fill in.
   */
  fill?(draft: Draft<T>, old?: T): Draft<T>;
  /**
   * Everything that is wrong with the object, and, when `old` is given, with changing `old` into it. What the schema
   * says (required fields, enums, ranges) has been checked and is not told again.
   */
  validate?(object: Draft<T>, old?: T): Cause[];
  /** What is wrong besides with changing the status of `old` into that of the object, where the status alone is written. */
  validateStatus?(object: Draft<T>, old: T): Cause[];
  /**
   * What the writer of a valid object should know of it: that it uses what is on its way out, or says what cannot be meant. They
   * are shown, and hinder nothing.
   */
  warnings?(object: Draft<T>, old?: T): readonly string[];
  /**
   * What the system gives a new object of its own, such as a finalizer. Plugins and webhooks do not see it yet, and no manager has
   * these fields, as with Kubernetes' `PrepareForCreate`: who applies the object again without them does not take them away.
   */
  prepare?(draft: Draft<T>): Draft<T>;
  /** The status that a new object starts with, whatever the draft said. */
  initialStatus?(draft: Draft<T>): T["status"];
  /**
   * Gives out what only one object of the kind may have at a time, and the draft lacks: an address, a port. `others` reads those
   * of the kind that are there, all or with these values of fields; nothing is awaited between this and the write. Returns the
   * draft itself where there is nothing to give out. A dry run checks less, as in Kubernetes.
   */
  allocate?(draft: Draft<T>, others: Others<T>, isDryRun?: boolean, reader?: KindReader): Draft<T>;
  /**
   * The seconds that an object whose deletion is asked for has before it goes. `asked`: how many the request says. A kind without
   * this rule knows no grace period.
   */
  graceSeconds?(object: T, asked: number | undefined): number;
  /** What is made together with a new object, as far as it is not there: a namespace's service account. */
  companions?(object: T): readonly Draft[];
  /** What of the last version stays, whatever an update of the object says: it is changed through a subresource only. */
  keep?(next: Draft<T>, last: T): Draft<T>;
  /** Whether something besides finalizers holds an object whose deletion was asked for. */
  isHeld?(object: T): boolean;
  /**
   * The object from the moment its deletion is asked for, where it is held: marked, and what else it says of it. `since` is
   * that moment, as objects hold times.
   */
  terminating?(object: T, since: string): Draft<T>;
}

/** Reads objects of other kinds. */
export interface KindReader {
  get(kind: string, namespace: string, name: string): KubernetesObject | undefined;
  list(kind: string): readonly KubernetesObject[];
}

/** Reads the objects of a kind that have these values at these paths, `{ "spec.clusterIP": "10.96.0.1" }`; all without any. */
export type Others<T extends KubernetesObject = KubernetesObject> = (
  fields?: Readonly<Record<string, string>>,
) => readonly T[];

/**
 * A part of an object, or something done to it, that has a path and verbs of its own (`pods/web/log`,
 * `deployments/web/scale`).
 */
export interface Subresource<T extends KubernetesObject = KubernetesObject> {
  /** The last part of its path: `status`, `scale`, `log`. */
  readonly name: string;
  readonly verbs: readonly SubresourceVerb[];
  /** The kind that is read and written there, where it is another than the object's own: Scale, Eviction, Binding. */
  readonly as?: GroupVersionKind;
  /** How what is created there is read, filled in and checked; taken as it is where left out. */
  readonly body?: KindDefinition;
  /** The next version of the object, after a write of what was given. Absent where it cannot be updated or patched. */
  next?(last: T, given: Draft): Draft<T>;
  /** What is wrong with a next version that was written there; the rules of the kind are asked where left out. */
  faults?(next: Draft<T>, last: T): Cause[];
  /** Whether what is written there reports progress, and asks for nothing: the generation stays. */
  readonly isReport?: boolean;
  /** The columns of what is read there; the kind's own where left out. */
  readonly columns?: readonly PrinterColumn[];
  /** What is read there; the object itself where left out. */
  show?(object: T): KubernetesObject;
  /** What a create makes of the object, before it is deleted where `deletion` is there too; `now` as objects hold times. */
  create?(last: T, given: Draft, now: string): Draft<T>;
  /** A create that asks for the object's deletion: in which way. `list` reads the objects of a kind in its namespace. */
  deletion?(last: T, given: Draft, list: (kind: string) => readonly KubernetesObject[]): DeletionAsked;
  /** What a create answers with that changes nothing. `user` is who asks. */
  answer?(last: T, given: Draft, user: User, access: Access): KubernetesObject | Promise<KubernetesObject>;
  /** True for a stream (log, exec, attach, portforward, proxy): it is connected to rather than read. */
  readonly connect?: boolean;
}

/** How an object is to be deleted; DeleteOptions, as they are read. */
export interface DeletionAsked {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: string;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
  /** What has to allow it, and notes it in its status before anything else is written. */
  readonly allowedBy?: AllowedBy;
}

/** An object of the namespace of the one that is to be deleted. */
export interface AllowedBy {
  readonly kind: string;
  readonly name: string;
  /** The object with the deletion noted in its status; throws what the asker is told where it allows none. */
  noted(last: KubernetesObject, now: string): Draft;
}

export type SubresourceVerb = "create" | "delete" | "get" | "patch" | "update";

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A column of `kubectl get`: a name and the path or function its cell comes from. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  /** 0 is always shown; more only with `-o wide`. */
  readonly priority: number;
  readonly format?: string;
  readonly description?: string;
  /** A JSON path such as `.spec.replicas`, or what computes the cell from the object (`now` in ms); null stays blank. */
  readonly cell: string | ((object: KubernetesObject, now: number) => string | number | boolean | null);
}
