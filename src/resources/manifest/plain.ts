/**
 * Objects that need no reading. What a program hands in is plain data already: its tree can be made of it as it stands,
 * without a text. A tree made so knows no places; where something turns out to be wrong, it is read as a text after all, to
 * tell where.
 */
import { type Entry, measured, type Node } from "./node.ts";
import type { Scalar } from "./scalars.ts";

/** Deeper or larger ones take the way of texts, which has bounds for everything. */
const maxDepth = 50;
const maxLength = 1024 * 1024;

/** Characters that YAML has rules of its own for: controls, byte order marks, halves of surrogate pairs. */
const peculiar = /[^\n\r\t -~\u00a0-\u2027\u202a-\ud7ff]/;

/**
 * The tree of what this value says as JSON, all its places 0.
 * @returns undefined where reading it as a text might come out differently, or end in an error
 */
export function plainTree(value: unknown): Node | undefined {
  return new PlainReader().nodeOf(value, 0);
}

class PlainReader {
  /** About how long the text would be by now. */
  #length = 0;

  nodeOf(value: unknown, depth: number): Node | undefined {
    this.#length += 2 * depth + 8;
    if (depth > maxDepth || this.#length > maxLength) return undefined;
    if (typeof value !== "object" || value === null) return this.#isPlain(value) ? scalar(value) : undefined;
    if ("toJSON" in value) return undefined;
    if (Array.isArray(value)) return this.#listOf(value, depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null ? this.#mapOf(value, depth) : undefined;
  }

  #listOf(values: readonly unknown[], depth: number): Node | undefined {
    const items: Node[] = [];
    for (const value of values) {
      const node = this.nodeOf(value, depth + 1);
      if (node === undefined) return undefined;
      items.push(node);
    }
    return { kind: "list", items, ...nowhere, ...measured(items) };
  }

  #mapOf(map: object, depth: number): Node | undefined {
    const entries = new Map<string, Entry>();
    const items: Node[] = [];
    for (const [key, value] of Object.entries(map)) {
      // JSON leaves out what is undefined.
      if (value === undefined) continue;
      const node = this.#isPlain(key) && key !== "__proto__" ? this.nodeOf(value, depth + 1) : undefined;
      if (node === undefined) return undefined;
      items.push(node);
      entries.set(key, { key: nowhere, value: node });
    }
    return { kind: "map", entries, ...nowhere, ...measured(items) };
  }

  #isPlain(value: unknown): value is Scalar {
    if (typeof value === "number") return isExact(value);
    if (typeof value !== "string") return value === null || typeof value === "boolean";
    this.#length += value.length;
    return this.#length <= maxLength && !peculiar.test(value);
  }
}

function scalar(value: Scalar): Node {
  return { kind: "scalar", value, ...nowhere, size: 1, depth: 0 };
}

/** A number that a text says in one way only. */
function isExact(value: number): boolean {
  if (Object.is(value, -0) || !Number.isFinite(value)) return false;
  return Number.isInteger(value) ? Number.isSafeInteger(value) : !/e/.test(String(value));
}

const nowhere = { start: 0, end: 0 };
