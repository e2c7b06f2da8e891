/**
 * Writes values, in the units of format.ts. It writes on while it walks the value, and takes everything back when it
 * meets something exotic on the way; so a value is read once, and what is half written is never posted.
 */
import * as format from "./format.ts";
import { sizeBeside } from "./measure.ts";
import { type Step, shapeOf, start } from "./shapes.ts";
import { TextBuffer } from "./text-buffer.ts";

/** Longer strings go beside the text: structured clone copies them faster, and a short slice does not hold them alive. */
const LONGEST_STRING = 200;
/** Strings that are longer together are exotic: what is that large is measured before it goes (ports/outgoing.ts). */
const MOST_BESIDE = 1024 * 1024;
/** Deeper, longer or wider values are exotic: structured clone does better there, and these bounds keep ours cheap. */
const DEEPEST = 16;
const LONGEST_ARRAY = 64;
const MOST_KEYS = 64;
const MOST_OBJECTS = 24;

/** Writes values. One for each channel and direction, as the shapes that it has taught are its own. */
export class Encoder extends TextBuffer {
  #extras: unknown[] = [];
  #size = 0;
  /** Which shapes the other end knows, by number. */
  readonly #taught: boolean[] = [];
  /** The shapes taught, and the objects visited, by the value that is being written. */
  readonly #teaching: number[] = [];
  readonly #objects: (object | undefined)[] = [];
  #visited = 0;
  /** The characters of the long strings in the value that is being written. */
  #beside = 0;

  /** Writes a value and returns true; or it is exotic: writes nothing and returns false. Throws what a getter throws. */
  write(value: unknown): boolean {
    this.#beside = 0;
    if (typeof value !== "object" || value === null) return this.#value(value, 0);
    const length = this.length;
    const extras = this.#extras.length;
    const size = this.#size;
    let written = false;
    try {
      written = this.#value(value, 0);
    } finally {
      if (!written) this.#rewind(length, extras, size);
      while (this.#visited > 0) this.#objects[--this.#visited] = undefined;
      if (this.#teaching.length > 0) this.#teaching.length = 0;
    }
    return written;
  }

  /** Writes a reference to a value that travels beside the text. */
  extra(value: unknown): void {
    this.put(format.EXTRA);
    this.#extras.push(value);
    this.#size += sizeBeside(value);
  }

  /** Writes a reference to a value that was posted ahead of the text, and takes so many bytes. */
  ahead(size: number): void {
    this.put(format.AHEAD);
    this.count(size);
    this.#size += size;
  }

  /** Roughly how many bytes there were beside the text since the last time; text is not counted, as it is short. */
  takeSize(): number {
    const size = this.#size;
    this.#size = 0;
    return size;
  }

  /** Takes back the frame around a value that could not be posted: it began at `length`, and may have made an extra. */
  takeBack(length: number, isExtra: boolean): void {
    this.length = length;
    if (isExtra) this.#extras.pop();
  }

  /** What there is to post: the text alone, or the text and its extras. It stays until `clear`. */
  batch(): unknown {
    const text = this.text();
    return this.#extras.length === 0 ? text : [text, ...this.#extras];
  }

  /** The batch has been posted. */
  clear(): void {
    this.length = 0;
    if (this.#extras.length > 0) this.#extras = [];
  }

  #value(value: unknown, depth: number): boolean {
    switch (typeof value) {
      case "string":
        return this.#string(value);
      case "number":
        this.#number(value);
        return true;
      case "object":
        if (value !== null) return depth < DEEPEST && this.#object(value, depth);
        this.put(format.NULL);
        return true;
      case "undefined":
        this.put(format.UNDEFINED);
        return true;
      case "boolean":
        this.put(value ? format.TRUE : format.FALSE);
        return true;
      default:
        return false;
    }
  }

  #number(value: number): void {
    const whole = value | 0;
    if (whole !== value || (whole === 0 && 1 / value < 0)) {
      format.double[0] = value;
      this.put(format.DOUBLE);
      for (let i = 0; i < 4; i++) this.put(format.doubleUnits[i] as number);
    } else if (whole >= 0 && whole < format.SMALL_LIMIT) {
      this.put(whole + format.SMALL);
    } else {
      this.put(format.INTEGER);
      this.put(whole);
      this.put(whole >> 16);
    }
  }

  #string(value: string): boolean {
    if (value.length > LONGEST_STRING) {
      this.#beside += value.length;
      if (this.#beside > MOST_BESIDE) return false;
      this.extra(value);
    } else {
      this.put(format.STRING);
      this.putText(value);
    }
    return true;
  }

  #object(value: object, depth: number): boolean {
    const isArray = Array.isArray(value);
    if (Object.getPrototypeOf(value) !== (isArray ? Array.prototype : Object.prototype)) return false;
    // A reference seen twice, or a cycle, must stay one object over there.
    const visited = this.#visited;
    if (visited > 0 && (visited === MOST_OBJECTS || this.#hasVisited(value))) return false;
    this.#objects[visited] = value;
    this.#visited = visited + 1;
    return isArray ? this.#array(value, depth) : this.#fields(value as Record<string, unknown>, depth);
  }

  #hasVisited(value: object): boolean {
    for (let i = 0; i < this.#visited; i++) if (this.#objects[i] === value) return true;
    return false;
  }

  #array(value: readonly unknown[], depth: number): boolean {
    const { length } = value;
    if (length > LONGEST_ARRAY) return false;
    // A hole makes one key less, a named property one more, which then comes last.
    const keys = Object.keys(value);
    if (keys.length !== length || (length > 0 && keys[length - 1] !== String(length - 1))) return false;
    this.put(format.ARRAY);
    this.put(length);
    for (let i = 0; i < length; i++) if (!this.#value(value[i], depth + 1)) return false;
    return true;
  }

  /** Walks the keys of the object and the tree of shapes side by side; then writes the shape, if known, and the values. */
  #fields(value: Record<string, unknown>, depth: number): boolean {
    let step = start;
    for (const key in value) {
      if (key !== step.lastKey) {
        const next = step.steps.get(key);
        if (next === undefined) return this.#spellOut(value, depth);
        step.lastKey = key;
        step.lastStep = next;
      }
      step = step.lastStep as Step;
    }
    if (this.#taught[step.shape] !== true) return this.#spellOut(value, depth);
    this.put(format.OBJECT);
    this.put(step.shape);
    for (const key in value) if (!this.#value(value[key], depth + 1)) return false;
    return true;
  }

  #spellOut(value: Record<string, unknown>, depth: number): boolean {
    const keys = Object.keys(value);
    // Assigning to __proto__ would set the prototype over there.
    if (keys.length > MOST_KEYS || keys.some(key => key === "__proto__" || key.length > LONGEST_STRING))
      return false;
    const shape = shapeOf(keys);
    if (shape >= 0) {
      this.put(format.NEW_SHAPE);
      this.put(shape);
      this.put(keys.length);
      for (const key of keys) this.putText(key);
      // From here on: an object inside this one may have the same shape.
      this.#taught[shape] = true;
      this.#teaching.push(shape);
      for (const key of keys) if (!this.#value(value[key], depth + 1)) return false;
    } else {
      this.put(format.LOOSE_OBJECT);
      this.put(keys.length);
      for (const key of keys) {
        this.putText(key);
        if (!this.#value(value[key], depth + 1)) return false;
      }
    }
    return true;
  }

  #rewind(length: number, extras: number, size: number): void {
    this.length = length;
    this.#extras.length = extras;
    this.#size = size;
    for (const shape of this.#teaching) this.#taught[shape] = false;
  }
}
