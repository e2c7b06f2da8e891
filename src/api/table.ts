/**
 * Objects as rows, with the columns that their kind declares: what `kubectl get` prints.
 */
import {
  type KindDefinition,
  type KubernetesObject,
  type PrinterColumn,
  shortAge,
  valuesAt,
} from "../resources/index.ts";

export interface Table {
  /** In capitals: `NAME`, `READY`, `AGE`. */
  readonly columns: readonly string[];
  /** A row for each object, a cell for each column; `<none>` where the object lacks what it tells. */
  readonly rows: readonly (readonly (string | number | boolean)[])[];
}

/** @param wide with the columns that `-o wide` adds */
export function tableOf(
  kind: KindDefinition,
  objects: readonly KubernetesObject[],
  { now, wide = false }: { now: number; wide?: boolean },
): Table {
  const columns = kind.versions[0].columns.filter(column => wide || column.priority === 0);
  return {
    columns: columns.map(column => column.name.toUpperCase()),
    rows: (kind.rows?.compare ? objects.toSorted(kind.rows.compare) : objects).map(object =>
      cellsOf(columns, object, now).map(cell => cell ?? ""),
    ),
  };
}

/** The cells of an object's row; null where one stays blank. */
export function cellsOf(
  columns: readonly PrinterColumn[],
  object: KubernetesObject,
  now: number,
): (string | number | boolean | null)[] {
  return columns.map(column => cellOf(column, object, now));
}

function cellOf(
  { cell, type }: PrinterColumn,
  object: KubernetesObject,
  now: number,
): string | number | boolean | null {
  const value = typeof cell === "function" ? cell(object, now) : valuesAt(cell, object)[0];
  if (value === null && typeof cell === "function") return null;
  if (value === undefined || value === null) return "<none>";
  // A path leads to the time; what computes its cell says it as it is to be read.
  if (type === "date" && typeof cell === "string" && typeof value === "string")
    return shortAge(now - Date.parse(value));
  return typeof value === "object" ? JSON.stringify(value) : (value as string | number | boolean);
}
