/**
 * A kind, described once, as data: what it is called, its schema, columns and subresources. Validation, defaults,
 * patches, tables and discovery are generic code over this; a kind defined at run time is the same thing. The few rules
 * that data cannot say (a selector must match its template, a cluster IP is allocated) are the pure functions of `rules`.
 */
import type { Cause } from "../errors/index.ts";
import type { Draft, KubernetesObject } from "./object.ts";
import type { Schema } from "./schema.ts";

export interface KindDefinition<T extends KubernetesObject = KubernetesObject> {
  /** The name the store knows it by: the kind itself, with `.group` where the bare name is taken. */
  readonly name: string;
  readonly kind: string;
  /** "" for Kubernetes' core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly scope: "Namespaced" | "Cluster";
  /** What the names of its objects must be; a DNS subdomain where left out. */
  readonly nameRule?: "dnsSubdomain" | "dnsLabel" | "dns1035Label" | "pathSegment";
  /** The whole object's schema, metadata included. */
  readonly schema: Schema;
  readonly columns: readonly PrinterColumn[];
  /** True where status is written through its own subresource and ignored elsewhere. */
  readonly hasStatus: boolean;
  /** Where replicas and their counts stand, for kinds that can be scaled. */
  readonly scale?: { readonly specPath: string; readonly statusPath: string; readonly selectorPath?: string };
  /** Fields by which lists may be selected, besides metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[];
  readonly rules?: KindRules<T>;
}

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
  /** The status that a new object starts with, whatever the draft said. */
  initialStatus?(draft: Draft<T>): T["status"];
  /** How long deletion waits before the object goes, in seconds, where nobody says (pods: their grace period). */
  graceSeconds?(object: T): number | undefined;
}

/** A column of `kubectl get`: a name and the path or function its cell comes from. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "date";
  /** 0 is always shown; more only with `-o wide`. */
  readonly priority: number;
  /** A JSON path such as `.spec.replicas`, or what computes the cell from the object (`now` in ms). */
  readonly cell: string | ((object: KubernetesObject, now: number) => string | number | boolean);
}

/** What a kind says of itself; the rest follows from its name. */
export type KindDescription<T extends KubernetesObject> = Pick<
  KindDefinition<T>,
  "kind" | "group" | "version" | "plural" | "scope"
> &
  Partial<Omit<KindDefinition<T>, "schema" | "columns">> & {
    /** Called when the schema is first needed, so that importing k4s does not read them all. */
    readonly schema: () => Schema;
    /** Without Name and Age, which every kind has. */
    readonly columns: readonly Column<T>[];
  };

/** A column of a kind that is built in: its name, and its cell as a path or computed. */
export interface Column<T extends KubernetesObject> {
  readonly name: string;
  readonly type?: PrinterColumn["type"];
  /** True where it is shown with `-o wide` only. */
  readonly wide?: boolean;
  readonly cell: string | ((object: T, now: number) => string | number | boolean);
}

/** A kind from its description. Name comes first; Age, unless the kind places it, last of those that are always shown. */
export function describeKind<T extends KubernetesObject>(description: KindDescription<T>): KindDefinition<T> {
  const { schema: read, columns, ...given } = description;
  let schema: Schema | undefined;
  return {
    name: given.kind,
    singular: given.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    hasStatus: false,
    selectableFields: [],
    ...given,
    columns: printerColumns(columns),
    get schema() {
      schema ??= read();
      return schema;
    },
  };
}

function printerColumns<T extends KubernetesObject>(columns: readonly Column<T>[]): PrinterColumn[] {
  const printed = columns.map(({ name, type = "string", wide = false, cell }) => ({
    name,
    type,
    priority: wide ? 1 : 0,
    cell: cell as PrinterColumn["cell"],
  }));
  if (printed.some(({ name }) => name === "Name")) return printed;
  const narrow = printed.filter(({ priority }) => priority === 0);
  const wide = printed.filter(({ priority }) => priority > 0);
  return [nameColumn, ...narrow, ageColumn, ...wide];
}

const nameColumn: PrinterColumn = { name: "Name", type: "string", priority: 0, cell: ".metadata.name" };
const ageColumn: PrinterColumn = {
  name: "Age",
  type: "date",
  priority: 0,
  cell: ".metadata.creationTimestamp",
};
