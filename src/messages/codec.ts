/**
 * A batch of messages as one string. Structured clone costs about a microsecond for a small object, most of it spent on
 * walking the object graph in C++ and on building it again; one flat string it copies almost for free. So the Writer
 * spells values out as 16-bit units, much as one would write a letter, and the Reader reads them aloud on the other side:
 *
 *     { op: "add", a: 1 }   →   OBJECT 7  STRING 3 a d d  (33)        7: the shape {op, a}, spelt out once per channel
 *
 * Three rules keep it right.
 * - What is written is a snapshot: the caller may change the body as soon as the call returns.
 * - Whatever is not plain (undefined, null, booleans, numbers, strings, arrays and objects of these, small, and each
 *   in one place only) is *exotic*: `write` says so, writes nothing, and the value goes by structured clone as an
 *   extra beside the string. So every cloneable value works, and a plain one arrives as structured clone would make it.
 * - Both ends learn the shapes from the one stream, so what was written must be posted, in order, or taken back.
 *
 * Tried and rejected: the flat array of values with the keys sent once (three times the time), the same with the numbers
 * in an Int32Array (an ArrayBuffer costs a microsecond a batch), and bytes in a SharedArrayBuffer, which reads
 * strings at a call into C++ each.
 */

const UNDEFINED = 0;
const NULL = 1;
const TRUE = 2;
const FALSE = 3;
/** A whole number that needs 32 bits: two units. */
const INTEGER = 4;
/** Any other number: the four units of its double. */
const DOUBLE = 5;
/** Its length, its units. */
const STRING = 6;
/** The next of the extras. */
const EXTRA = 7;
/** Its length, its elements. */
const ARRAY = 8;
/** A shape, the values. */
const OBJECT = 9;
/** A shape seen for the first time: its number, how many keys, the keys; the values. */
const NEW_SHAPE = 10;
/** An object of a shape not worth learning: how many keys; keys and values by turns. */
const LOOSE_OBJECT = 11;
/** From here on a unit is the whole number `unit - SMALL`. */
const SMALL = 16;
const SMALL_LIMIT = 0x10000 - SMALL;

/** Longer strings go beside the text: structured clone copies them faster, and a short slice does not hold them alive. */
const LONGEST_STRING = 200;
/** Deeper, longer or wider values are exotic: structured clone does better there, and these bounds keep ours cheap. */
const DEEPEST = 16;
const LONGEST_ARRAY = 64;
const MOST_KEYS = 64;
const MOST_OBJECTS = 24;
/** Objects used as dictionaries would teach a new shape each: a tree of so many steps learns no more. */
const MOST_STEPS = 4_000;

/** A step in the tree of all shapes that this thread has sent, which branches by key. */
interface Step {
  /** The number of the shape that ends here; -1: none does yet. */
  shape: number;
  /** The step taken last time, which is nearly always the next one too. */
  lastKey: string | undefined;
  lastStep: Step | undefined;
  readonly steps: Map<string, Step>;
}

const newStep = (): Step => ({ shape: -1, lastKey: undefined, lastStep: undefined, steps: new Map() });
const start = newStep();
let steps = 0;
let shapes = 0;

/** A writer that was never used costs nothing. */
const nothing = new Uint16Array(0);
const double = new Float64Array(1);
const doubleUnits = new Uint16Array(double.buffer);
const isBigEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;

/** Spells values out. One for each channel and direction, as the shapes that it has taught are its own. */
export class Writer {
  #units = nothing;
  #bytes = Buffer.from(nothing.buffer);
  #length = 0;
  #extras: unknown[] = [];
  #weight = 0;
  /** Which shapes the other end knows, by number. */
  readonly #taught: boolean[] = [];
  /** The shapes taught, and the objects visited, by the value that is being written. */
  readonly #teaching: number[] = [];
  readonly #objects: object[] = [];

  /** How many units wait to be posted. */
  get length(): number {
    return this.#length;
  }

  /** Writes one number of the protocol itself, from 0 up to 2^53. */
  count(value: number): void {
    if (this.#length + 4 > this.#units.length) this.#grow(4);
    let rest = value;
    while (rest >= 0x8000) {
      this.#units[this.#length++] = (rest % 0x8000) + 0x8000;
      rest = Math.floor(rest / 0x8000);
    }
    this.#units[this.#length++] = rest;
  }

  /** Writes a value and says true; or it is exotic: writes nothing and says false. Throws what a getter throws. */
  write(value: unknown): boolean {
    if (typeof value !== "object" || value === null) return this.#value(value, 0);
    const length = this.#length;
    const extras = this.#extras.length;
    let written = false;
    try {
      written = this.#value(value, 0);
    } finally {
      if (!written) this.#rewind(length, extras);
      this.#objects.length = 0;
      if (this.#teaching.length > 0) this.#teaching.length = 0;
    }
    return written;
  }

  /** Writes a reference to a value that travels beside the text. */
  extra(value: unknown): void {
    this.#put(EXTRA);
    this.#extras.push(value);
    this.#weight += weigh(value);
  }

  /** Roughly how many bytes of extras there were since the last time; text is not counted, as it is short. */
  takeWeight(): number {
    const weight = this.#weight;
    this.#weight = 0;
    return weight;
  }

  /** Takes back the frame around a value that could not be posted: it began at `length`, and may have made an extra. */
  takeBack(length: number, isExtra: boolean): void {
    this.#length = length;
    if (isExtra) this.#extras.pop();
  }

  /** What there is to post: the text alone, or the text and its extras. It stays until `clear`. */
  batch(): unknown {
    const bytes = this.#bytes.subarray(0, this.#length * 2);
    const text = isBigEndian ? Buffer.from(bytes).swap16().toString("utf16le") : bytes.toString("utf16le");
    return this.#extras.length === 0 ? text : [text, ...this.#extras];
  }

  /** The batch has been posted. */
  clear(): void {
    this.#length = 0;
    if (this.#extras.length > 0) this.#extras = [];
  }

  #value(value: unknown, depth: number): boolean {
    switch (typeof value) {
      case "string":
        this.#string(value);
        return true;
      case "number":
        this.#number(value);
        return true;
      case "object":
        if (value !== null) return depth < DEEPEST && this.#object(value, depth);
        this.#put(NULL);
        return true;
      case "undefined":
        this.#put(UNDEFINED);
        return true;
      case "boolean":
        this.#put(value ? TRUE : FALSE);
        return true;
      default:
        return false;
    }
  }

  #number(value: number): void {
    if (this.#length + 5 > this.#units.length) this.#grow(5);
    const units = this.#units;
    const whole = value | 0;
    if (whole !== value || (whole === 0 && 1 / value < 0)) {
      double[0] = value;
      units[this.#length++] = DOUBLE;
      for (let i = 0; i < 4; i++) units[this.#length++] = doubleUnits[i] as number;
    } else if (whole >= 0 && whole < SMALL_LIMIT) {
      units[this.#length++] = whole + SMALL;
    } else {
      units[this.#length++] = INTEGER;
      units[this.#length++] = whole;
      units[this.#length++] = whole >> 16;
    }
  }

  #string(value: string): void {
    if (value.length > LONGEST_STRING) {
      this.extra(value);
    } else {
      this.#put(STRING);
      this.#spell(value);
    }
  }

  #spell(value: string): void {
    const { length } = value;
    if (this.#length + 1 + length > this.#units.length) this.#grow(1 + length);
    const units = this.#units;
    let at = this.#length;
    units[at++] = length;
    for (let i = 0; i < length; i++) units[at++] = value.charCodeAt(i);
    this.#length = at;
  }

  #object(value: object, depth: number): boolean {
    const isArray = Array.isArray(value);
    if (Object.getPrototypeOf(value) !== (isArray ? Array.prototype : Object.prototype)) return false;
    // A reference seen twice, or a cycle, must stay one object over there.
    const visited = this.#objects.length;
    if (visited > 0 && (visited === MOST_OBJECTS || this.#objects.includes(value))) return false;
    this.#objects.push(value);
    return isArray ? this.#array(value, depth) : this.#fields(value as Record<string, unknown>, depth);
  }

  #array(value: readonly unknown[], depth: number): boolean {
    const { length } = value;
    if (length > LONGEST_ARRAY) return false;
    // A hole makes one key less, a named property one more, which then comes last.
    const keys = Object.keys(value);
    if (keys.length !== length || (length > 0 && keys[length - 1] !== String(length - 1))) return false;
    this.#put(ARRAY);
    this.#put(length);
    for (let i = 0; i < length; i++) if (!this.#value(value[i], depth + 1)) return false;
    return true;
  }

  /** Walks the keys of the object and the tree of shapes side by side; then writes the shape, if known, and the values. */
  #fields(value: Record<string, unknown>, depth: number): boolean {
    let place = start;
    for (const key in value) {
      if (key !== place.lastKey) {
        const next = place.steps.get(key);
        if (next === undefined) return this.#spellOut(value, depth);
        place.lastKey = key;
        place.lastStep = next;
      }
      place = place.lastStep as Step;
    }
    if (this.#taught[place.shape] !== true) return this.#spellOut(value, depth);
    this.#put(OBJECT);
    this.#put(place.shape);
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
      this.#put(NEW_SHAPE);
      this.#put(shape);
      this.#put(keys.length);
      for (const key of keys) this.#spell(key);
      // From here on: an object inside this one may have the same shape.
      this.#taught[shape] = true;
      this.#teaching.push(shape);
      for (const key of keys) if (!this.#value(value[key], depth + 1)) return false;
    } else {
      this.#put(LOOSE_OBJECT);
      this.#put(keys.length);
      for (const key of keys) {
        this.#spell(key);
        if (!this.#value(value[key], depth + 1)) return false;
      }
    }
    return true;
  }

  #rewind(length: number, extras: number): void {
    this.#length = length;
    this.#extras.length = extras;
    for (const shape of this.#teaching) this.#taught[shape] = false;
  }

  #put(unit: number): void {
    if (this.#length === this.#units.length) this.#grow(1);
    this.#units[this.#length++] = unit;
  }

  #grow(atLeast: number): void {
    const units = new Uint16Array(this.#units.length * 2 + atLeast + 256);
    units.set(this.#units);
    this.#units = units;
    this.#bytes = Buffer.from(units.buffer);
  }
}

/** What is worth weighing, and can be at no cost. */
function weigh(value: unknown): number {
  if (typeof value === "string") return value.length * 2;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value.byteLength;
  return 0;
}

/** The number of the shape with these keys, learnt if there is room; -1 if not. */
function shapeOf(keys: readonly string[]): number {
  let place = start;
  for (const key of keys) {
    let next = place.steps.get(key);
    if (next === undefined) {
      if (steps === MOST_STEPS) return -1;
      steps++;
      next = newStep();
      place.steps.set(key, next);
    }
    place = next;
  }
  if (place.shape < 0) place.shape = shapes++;
  return place.shape;
}

/** Reads aloud what a Writer has spelt out. One for each channel and direction. */
export class Reader {
  #text = "";
  #at = 0;
  #extras: readonly unknown[] = [];
  #nextExtra = 1;
  readonly #shapes: (readonly string[])[] = [];

  /** Opens the next batch. */
  open(batch: unknown): void {
    this.#at = 0;
    this.#nextExtra = 1;
    if (typeof batch === "string") {
      this.#text = batch;
    } else {
      this.#extras = batch as unknown[];
      this.#text = this.#extras[0] as string;
    }
  }

  /** Forgets the batch: nothing that was in it is held alive. */
  close(): void {
    this.#text = "";
    this.#extras = [];
  }

  /** True if the last batch had extras: its sender may count their weight. */
  get wasHeavy(): boolean {
    return this.#nextExtra > 1;
  }

  get hasMore(): boolean {
    return this.#at < this.#text.length;
  }

  count(): number {
    let unit = this.#unit();
    if (unit < 0x8000) return unit;
    let value = unit - 0x8000;
    for (let scale = 0x8000; ; scale *= 0x8000) {
      unit = this.#unit();
      if (unit < 0x8000) return value + unit * scale;
      value += (unit - 0x8000) * scale;
    }
  }

  read(): unknown {
    const unit = this.#unit();
    if (unit >= SMALL) return unit - SMALL;
    switch (unit) {
      case UNDEFINED:
        return undefined;
      case NULL:
        return null;
      case TRUE:
        return true;
      case FALSE:
        return false;
      case INTEGER:
        return this.#unit() | (this.#unit() << 16);
      case DOUBLE:
        for (let i = 0; i < 4; i++) doubleUnits[i] = this.#unit();
        return double[0];
      case STRING:
        return this.#string();
      case EXTRA:
        return this.#extras[this.#nextExtra++];
      case ARRAY:
        return this.#array();
      case OBJECT:
        return this.#object(this.#shapes[this.#unit()] as readonly string[]);
      case NEW_SHAPE:
        return this.#newShape();
      case LOOSE_OBJECT:
        return this.#looseObject();
      default:
        throw new Error(`a batch of messages holds the unit ${unit} where a value begins`);
    }
  }

  #unit(): number {
    return this.#text.charCodeAt(this.#at++);
  }

  #string(): string {
    const from = this.#at + 1;
    this.#at = from + this.#text.charCodeAt(this.#at);
    return this.#text.substring(from, this.#at);
  }

  #array(): unknown[] {
    const array: unknown[] = [];
    for (let length = this.#unit(); length > 0; length--) array.push(this.read());
    return array;
  }

  #object(keys: readonly string[]): unknown {
    const object: Record<string, unknown> = {};
    for (let i = 0; i < keys.length; i++) object[keys[i] as string] = this.read();
    return object;
  }

  #newShape(): unknown {
    const shape = this.#unit();
    const keys: string[] = [];
    for (let left = this.#unit(); left > 0; left--) keys.push(this.#string());
    this.#shapes[shape] = keys;
    return this.#object(keys);
  }

  #looseObject(): unknown {
    const object: Record<string, unknown> = {};
    for (let left = this.#unit(); left > 0; left--) {
      const key = this.#string();
      object[key] = this.read();
    }
    return object;
  }
}
