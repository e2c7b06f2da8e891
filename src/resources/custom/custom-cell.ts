/**
 * The cell of a column that a CustomResourceDefinition declares: what its path leads to, as the type of the column says. What
 * is not there, or of another type, is null: the cell stays blank.
 */
import { valuesAt } from "../definition/index.ts";
import type { KubernetesObject } from "../object.ts";
import { ageSince } from "../short-age.ts";

type Cell = string | number | boolean | null;

export function customCell(jsonPath: string, type: string): (object: KubernetesObject, now: number) => Cell {
  return (object, now) => {
    const [value] = valuesAt(jsonPath, object);
    if (value === undefined || value === null) return null;
    switch (type) {
      case "string":
        return typeof value === "object" ? JSON.stringify(value) : String(value);
      case "integer":
        return typeof value === "number" ? Math.trunc(value) : null;
      case "date":
        return typeof value === "string" ? ageSince(value, now) : null;
      default:
        return typeof value === type ? (value as Cell) : null;
    }
  };
}
