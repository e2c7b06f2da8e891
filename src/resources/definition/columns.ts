/** The columns of `kubectl get`: how a kind tells them, and those that all kinds have. */
import type { KubernetesObject } from "../object.ts";
import { ageSince } from "../short-age.ts";
import type { PrinterColumn } from "./kind.ts";

/** A column: its name, and its cell as a path or computed. */
export interface Column<T extends KubernetesObject = KubernetesObject> {
  readonly name: string;
  readonly type?: PrinterColumn["type"];
  /** True where it is shown with `-o wide` only; so is a priority above 0. */
  readonly wide?: boolean;
  readonly priority?: number;
  readonly format?: string;
  readonly description?: string;
  readonly cell: string | ((object: T, now: number) => string | number | boolean | null);
}

/** Name comes first; Age, unless the kind places it, last of those that are always shown. */
export function printerColumns<T extends KubernetesObject>(
  columns: readonly Column<T>[],
  isCustom: boolean,
): PrinterColumn[] {
  const printed = columns.map(({ name, type = "string", wide = false, priority, cell, ...more }) => ({
    ...more,
    name,
    type,
    priority: priority ?? (wide ? 1 : 0),
    cell: cell as PrinterColumn["cell"],
  }));
  if (printed.some(({ name }) => name === "Name")) return printed;
  const narrow = printed.filter(({ priority }) => priority === 0);
  const wide = printed.filter(({ priority }) => priority > 0);
  const hasAge = printed.some(({ name }) => name === "Age");
  return [nameColumn, ...narrow, ...(hasAge ? [] : [isCustom ? customAgeColumn : ageColumn]), ...wide];
}

export const nameColumn: Column & PrinterColumn = {
  name: "Name",
  type: "string",
  format: "name",
  priority: 0,
  cell: ".metadata.name",
};
/** Of a kind that is built in the server says the age as text, of another it says a date. */
export const ageColumn: Column & PrinterColumn = {
  name: "Age",
  type: "string",
  priority: 0,
  cell: ({ metadata }, now) => ageSince(metadata.creationTimestamp, now),
};
const customAgeColumn: PrinterColumn = {
  name: "Age",
  type: "date",
  priority: 0,
  cell: ".metadata.creationTimestamp",
};
