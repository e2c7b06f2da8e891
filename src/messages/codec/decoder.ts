/** Builds again what an Encoder has written, in the units of format.ts. */

import { Fifo } from "../../outside/index.ts";
import { Shape } from "./building.ts";
import * as format from "./format.ts";
import { sizeBeside } from "./measure.ts";

/** Stands for a value that was posted and could not be built again on this side. */
export const BROKEN = Symbol("broken");

/** One for each channel and direction. */
export class Decoder {
  #text = "";
  #at = 0;
  #extras: readonly unknown[] = [];
  #nextExtra = 1;
  /** What came ahead of the batches that refer to it. */
  readonly #ahead = new Fifo<unknown>();
  #size = 0;
  readonly #shapes: Shape[] = [];

  /** Keeps a value for the batch that will refer to it. */
  keepAhead(value: unknown): void {
    this.#ahead.push(value);
  }

  /** Opens the next batch. */
  open(batch: unknown): void {
    this.#at = 0;
    this.#nextExtra = 1;
    this.#size = 0;
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

  /** How many bytes the values take that came beside the batch, or ahead of it, and have been read. */
  get size(): number {
    return this.#size;
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
      if (!(unit >= 0x8000)) return value + unit * scale; // Also where the text ends too early.
      value += (unit - 0x8000) * scale;
    }
  }

  read(): unknown {
    const unit = this.#unit();
    if (unit >= format.SMALL) return unit - format.SMALL;
    switch (unit) {
      case format.UNDEFINED:
        return undefined;
      case format.NULL:
        return null;
      case format.TRUE:
        return true;
      case format.FALSE:
        return false;
      case format.INTEGER:
        return this.#unit() | (this.#unit() << 16);
      case format.DOUBLE:
        for (let i = 0; i < 4; i++) format.doubleUnits[i] = this.#unit();
        return format.double[0];
      case format.STRING:
        return this.#string();
      case format.EXTRA:
        return this.#beside(this.#extras[this.#nextExtra++]);
      case format.AHEAD:
        this.#size += this.count();
        return this.#ahead.shift();
      case format.ARRAY:
        return this.#array();
      case format.OBJECT:
        return (this.#shapes[this.#unit()] as Shape).build(this);
      case format.NEW_SHAPE:
        return this.#newShape();
      case format.LOOSE_OBJECT:
        return this.#looseObject();
      default:
        throw new Error(`a batch of messages holds the unit ${unit} where a value begins`);
    }
  }

  #beside(value: unknown): unknown {
    this.#size += sizeBeside(value);
    return value;
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

  #newShape(): unknown {
    const number = this.#unit();
    const keys: string[] = [];
    for (let left = this.#unit(); left > 0; left--) keys.push(this.#string());
    const shape = new Shape(keys);
    this.#shapes[number] = shape;
    return shape.build(this);
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
