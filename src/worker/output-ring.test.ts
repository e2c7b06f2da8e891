import fc from "fast-check";
import { expect, it } from "vitest";
import { OutputRing } from "./output-ring.ts";

it("gives out what was put in, in order, however it lies in the ring", () => {
  const write = fc.record({
    stream: fc.constantFrom("stdout", "stderr"),
    length: fc.integer({ min: 0, max: 40_000 }),
  });
  fc.assert(
    fc.property(fc.array(write, { maxLength: 50 }), writes => {
      const writer = new OutputRing();
      const reader = new OutputRing(writer.memory);
      for (const [at, { stream, length }] of writes.entries()) {
        const bytes = Buffer.alloc(length, at);
        let told = 0;
        writer.write({ stream, at, bytes }, () => told++);
        const pieces = reader.take();
        expect(told).toBe(length > 0 ? 1 : 0);
        expect(Buffer.concat(pieces.map(piece => piece.bytes)).equals(bytes)).toBe(true);
        for (const piece of pieces) expect(piece).toMatchObject({ stream, at });
      }
      expect(reader.take()).toEqual([]);
    }),
    { numRuns: 30 },
  );
});

it("tells once of all that is not taken out yet", () => {
  const ring = new OutputRing();
  let told = 0;
  const write = () => ring.write({ stream: "stdout", at: 1, bytes: Buffer.from("x") }, () => told++);
  write();
  write();
  expect(told).toBe(1);
  expect(ring.take()).toHaveLength(2);
  write();
  expect(told).toBe(2);
});

it("leaves out what is no record, and goes on behind it", () => {
  const ring = new OutputRing();
  const state = new Int32Array(ring.memory, 0, 3);
  for (const claimed of [5, 13, 40, 70_000, -1]) {
    new Uint8Array(ring.memory, 12).fill(claimed & 0xff);
    Atomics.store(state, 0, (Atomics.load(state, 1) + claimed) | 0);
    ring.take();
    ring.write({ stream: "stderr", at: 1, bytes: Buffer.from("x") }, () => {});
    expect(ring.take()).toMatchObject([{ stream: "stderr", bytes: Buffer.from("x") }]);
  }
});
