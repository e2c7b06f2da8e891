/**
 * The Table that `kubectl get` prints: columns and rows, made by the server so that every client shows the same; and the
 * metadata alone of an object, for clients that need no more.
 */
import { cellsOf } from "../api/index.ts";
import type { KubernetesObject, PrinterColumn, RowRules } from "../resources/index.ts";

/** What of each object comes along in its row. */
export type IncludeObject = "None" | "Metadata" | "Object";

export interface TableOptions {
  /** The version of meta.k8s.io. */
  readonly version: string;
  readonly include: IncludeObject;
  /** In milliseconds: ages are counted by the server. */
  readonly now: number;
  /** Left out in the later events of a watch. */
  readonly hasColumns?: boolean;
  readonly rows?: RowRules;
}

/** A row of a Table: what is shown of one object. */
interface TableRow {
  readonly cells: readonly unknown[];
  readonly conditions?: ReturnType<NonNullable<RowRules["conditions"]>>;
  readonly object: KubernetesObject | null;
}

/** A Table without its kind, of these objects. */
export function tableFor(
  columns: readonly PrinterColumn[],
  objects: readonly KubernetesObject[],
  { version, include, now, hasColumns = true, rows = {} }: TableOptions,
) {
  const sorted = rows.compare ? objects.toSorted(rows.compare) : objects;
  return {
    columnDefinitions: hasColumns
      ? columns.map(({ name, type, format = "", description = "", priority }) => ({
          name,
          type,
          format,
          description,
          priority,
        }))
      : null,
    rows: sorted.map((object): TableRow => {
      const conditions = rows.conditions?.(object) ?? [];
      return {
        cells: cellsOf(columns, object, now),
        ...(conditions.length > 0 && { conditions }),
        object: included(object, include, version),
      };
    }),
  };
}

/** An object's metadata as an object of its own. */
export function partialMetadata({ metadata }: KubernetesObject, version: string): KubernetesObject {
  return { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${version}`, metadata };
}

function included(object: KubernetesObject, include: IncludeObject, version: string) {
  if (include === "Object") return object;
  return include === "Metadata" ? partialMetadata(object, version) : null;
}
