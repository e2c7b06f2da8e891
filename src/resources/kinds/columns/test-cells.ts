/** What tests of columns share: the cells of an object, in tables. */
import { expect, test } from "vitest";
import { KindRegistry } from "../../kind-registry.ts";
import type { KubernetesObject } from "../../object.ts";

export const kinds = new KindRegistry();
const now = Date.parse("2026-01-02T04:00:00Z");
export const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();

/** The cells of these columns, in their order. */
export function cellsOf(kind: string, names: readonly string[], object: object) {
  const { columns } = kinds.find(kind).versions[0];
  const whole = { metadata: { name: "x", creationTimestamp: ago(60) }, ...object } as KubernetesObject;
  return names.map(name => {
    const { cell } = columns.find(column => column.name === name) ?? {};
    if (typeof cell === "function") return cell(whole, now);
    let value: unknown = whole;
    for (const step of cell?.split(".").slice(1) ?? [])
      value = (value as Record<string, unknown> | undefined)?.[step];
    return value;
  });
}

type Row = readonly [about: string, object: object, cells: readonly unknown[]];

/** A test for each row: the cells that the columns of these names show of the object. */
export function printed(kind: string, names: readonly string[], rows: readonly Row[]): void {
  test.each(rows)(`${kind} ${names.join(", ")}: %s`, (_about, object, cells) => {
    expect(cellsOf(kind, names, object)).toEqual(cells);
  });
}

export const deleted = { metadata: { deletionTimestamp: ago(1) } };
export const condition = (type: string, status = "True") => ({ conditions: [{ type, status }] });

export const template = {
  spec: {
    containers: [
      { name: "a", image: "i:1" },
      { name: "b", image: "j" },
    ],
  },
};

export const selector = {
  matchLabels: { z: "1" },
  matchExpressions: [
    { key: "tier", operator: "In", values: ["web"] },
    { key: "b", operator: "NotIn", values: ["y", "x"] },
    { key: "c", operator: "Exists" },
    { key: "d", operator: "DoesNotExist" },
  ],
};
export const selectorText = "b notin (x,y),c,!d,tier in (web),z=1";
