import { MessageChannel } from "node:worker_threads";
import { expect, it } from "vitest";
import { decode, encode } from "./structured-clone.ts";

const memory = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer;
const sparse = Object.assign([], { 1: 1 });
const both = [new Uint8Array(memory), new DataView(memory, 2, 4)];
const circle: Record<string, unknown> = { n: 1 };
circle.circle = circle;

it.each<[string, unknown]>([
  ["bytes", new Uint8Array([1, 2, 3])],
  ["doubles", new Float64Array([1, 2])],
  ["large integers", new BigInt64Array([1n, -1n])],
  ["a view of a part", new Uint16Array(memory, 2, 2)],
  ["a DataView", new DataView(memory, 1, 3)],
  ["an ArrayBuffer", memory],
  ["two views of one memory", both],
  [
    "what lies deep",
    { list: [new Map([[1, { bytes: new Uint8Array([9]) }]]), new Set([new Float32Array([1])])] },
  ],
  ["a circle", circle],
  [
    "other things",
    [new Date(0), /x/g, 7n, -0, undefined, sparse, new Error("x", { cause: new RangeError("y") }), "ж"],
  ],
])("%s: as structured clone would", (_, value) => {
  // Behind a frame's head, where nothing is aligned.
  const bytes = encode(value);
  const frame = new Uint8Array(bytes.length + 3);
  frame.set(bytes, 3);
  expect(decode(frame.subarray(3))).toStrictEqual(structuredClone(value));
});

it("each view has memory of its own, and what shares it shares it still", () => {
  const [bytes, view] = decode(encode(both)) as [Uint8Array, DataView];
  expect(bytes.buffer).toBe(view.buffer);
  expect([bytes.buffer.byteLength, view.byteOffset, view.byteLength]).toEqual([8, 2, 4]);
});

it.each<[string, unknown]>([
  ["a function", () => 1],
  ["a symbol", Symbol("x")],
  ["shared memory", new SharedArrayBuffer(8)],
  ["shared memory, in a view", { view: new Uint8Array(new SharedArrayBuffer(8)) }],
  ["a port", new MessageChannel().port1],
])("%s cannot go", (_, value) => {
  expect(() => encode(value)).toThrow();
  expect(() => decode(new Uint8Array([1, 2, 3]))).toThrow();
});
