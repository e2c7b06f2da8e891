/**
 * A batch of messages as one string. Structured clone costs about a microsecond for a small object, most of it spent on
 * walking the object graph in C++ and on building it again; one flat string it copies almost for free. So the Encoder
 * (encoder.ts) writes values as 16-bit units, one after another, and the Decoder (decoder.ts) builds them
 * again on the other side:
 *
 *     { op: "add", a: 1 }   →   OBJECT 7  STRING 3 a d d  (33)        7: the shape {op, a}, written once per channel
 *
 * Three rules keep it right.
 * - What is written is a snapshot: the caller may change the body as soon as the call returns.
 * - Whatever is not plain (undefined, null, booleans, numbers, strings, arrays and objects of these, small, and each
 *   in one place only) is *exotic*: `write` returns false, writes nothing, and the value goes by structured clone, in a post of
 *   its own ahead of the string. So every cloneable value works, and a plain one arrives as structured clone would make
 *   it. A long string inside a plain value goes beside the text in the same post, as an extra.
 * - Both ends learn the shapes from the one stream, so what was written must be posted, in order, or taken back. A shape that
 *   comes often gets a function of its own at the reading end (building.ts).
 *
 * Tried and rejected: the flat array of values with the keys sent once (three times the time), the same with the numbers
 * in an Int32Array (an ArrayBuffer costs a microsecond a batch), and bytes in a SharedArrayBuffer, which reads
 * strings at a call into C++ each.
 *
 * The units that begin a value:
 */

export const UNDEFINED = 0;
export const NULL = 1;
export const TRUE = 2;
export const FALSE = 3;
/** A whole number that needs 32 bits: two units. */
export const INTEGER = 4;
/** Any other number: the four units of its double. */
export const DOUBLE = 5;
/** Its length, its units. */
export const STRING = 6;
/** The next of the extras. */
export const EXTRA = 7;
/** Its length, its elements. */
export const ARRAY = 8;
/** A shape, the values. */
export const OBJECT = 9;
/** A shape seen for the first time: its number, how many keys, the keys; the values. */
export const NEW_SHAPE = 10;
/** An object of a shape not worth learning: how many keys; keys and values by turns. */
export const LOOSE_OBJECT = 11;
/** The next of the values that were posted ahead of the batch, each by itself (ports/outgoing.ts): its size in bytes. */
export const AHEAD = 12;
/** From here on a unit is the whole number `unit - SMALL`. */
export const SMALL = 16;
export const SMALL_LIMIT = 0x10000 - SMALL;

/** One double and its four units, for both directions. */
export const double = new Float64Array(1);
export const doubleUnits = new Uint16Array(double.buffer);
