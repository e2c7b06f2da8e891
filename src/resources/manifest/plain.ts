/**
 * Objects that need no reading. What a program hands in is JSON already: its tree can be made of it as it stands, without
 * js-yaml. A tree made so knows no places; where something turns out to be wrong, the text is read after all, to tell where.
 */
import { measured, type Node } from "./node.ts";

/** Deeper or larger ones take the way of texts, which has bounds for everything. */
const maxDepth = 50;
const maxLength = 1024 * 1024;

/** Characters that YAML has rules of its own for: controls, byte order marks, halves of surrogate pairs. */
const peculiar = /[^\n -~\u00a0-\u2027\u202a-\ud7ff]|\\[ubf]/;

/**
 * The tree of what this JSON says, all its places 0.
 * @returns undefined where reading it as a text might come out differently, or end in an error
 */
export function plainTree(json: string): Node | undefined {
  if (json.length > maxLength || peculiar.test(json)) return undefined;
  return nodeOf(JSON.parse(json), 0);
}

function nodeOf(value: unknown, depth: number): Node | undefined {
  if (depth > maxDepth) return undefined;
  if (typeof value !== "object" || value === null) return scalar(value);
  if (Array.isArray(value)) {
    const items = allOf(value, depth);
    return items && { kind: "list", items, start: 0, end: 0, ...measured(items) };
  }
  const keys = Object.keys(value);
  if (keys.includes("__proto__")) return undefined;
  const items = allOf(Object.values(value), depth);
  if (items === undefined) return undefined;
  const entries = items.map((item, place) => [keys[place] as string, { key: nowhere, value: item }] as const);
  return { kind: "map", entries: new Map(entries), start: 0, end: 0, ...measured(items) };
}

function allOf(values: readonly unknown[], depth: number): Node[] | undefined {
  const nodes: Node[] = [];
  for (const value of values) {
    const node = nodeOf(value, depth + 1);
    if (node === undefined) return undefined;
    nodes.push(node);
  }
  return nodes;
}

function scalar(value: unknown): Node | undefined {
  if (typeof value === "number" && !isExact(value)) return undefined;
  if (value !== null && !["string", "number", "boolean"].includes(typeof value)) return undefined;
  return { kind: "scalar", value: value as string | number | boolean | null, ...nowhere, size: 1, depth: 0 };
}

/** A number that a text says in one way only. */
function isExact(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : !/e/.test(String(value));
}

const nowhere = { start: 0, end: 0 };
