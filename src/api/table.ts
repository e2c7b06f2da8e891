/**
 * Objects as rows, with the columns that their kind declares: what `kubectl get` prints.
 */
import type { KindDefinition, KubernetesObject, PrinterColumn } from "../resources/index.ts";

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | boolean)[])[];
}

/** @param wide with the columns that `-o wide` adds */
export function tableOf(
  kind: KindDefinition,
  objects: readonly KubernetesObject[],
  { now, wide = false }: { now: number; wide?: boolean },
): Table {
  const columns = kind.columns.filter(column => wide || column.priority === 0);
  return {
    columns: columns.map(column => column.name.toUpperCase()),
    rows: objects.map(object => columns.map(column => cellOf(column, object, now))),
  };
}

function cellOf(
  { cell, type }: PrinterColumn,
  object: KubernetesObject,
  now: number,
): string | number | boolean {
  const value = typeof cell === "function" ? cell(object, now) : at(object, cell);
  if (value === undefined || value === null || value === "") return "<none>";
  if (type === "date" && typeof value === "string") return age(now - Date.parse(value));
  return typeof value === "object" ? JSON.stringify(value) : (value as string | number | boolean);
}

/** The value at a JSON path of the plain kind, `.spec.replicas`. */
function at(object: unknown, path: string): unknown {
  let value = object;
  for (const step of path.split(".").filter(Boolean))
    value = (value as Record<string, unknown> | undefined)?.[step];
  return value;
}

/** A duration as kubectl writes it: the two largest units while they are small, one when they are large. */
function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 ? `${minutes}m${seconds % 60}s` : `${minutes}m`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 ? `${hours}h${minutes % 60}m` : `${hours}h`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  return days < 8 && hours % 24 ? `${days}d${hours % 24}h` : `${days}d`;
}
