import fc from "fast-check";
import { expect, it } from "vitest";
import { postedBytes, postedValue, UNREADABLE } from "./posted-bytes.ts";

/** Units as a batch has them: any 16 bits, also halves of pairs. */
const batch = fc
  .array(fc.nat(0xffff), { maxLength: 200 })
  .map(units => units.map(unit => String.fromCharCode(unit)).join(""));

it("whatever is posted comes out as it went in, wherever in a packet it lies", () => {
  fc.assert(
    fc.property(fc.oneof(batch, fc.tuple(batch, fc.string(), fc.uint8Array()), fc.anything()), value => {
      const bytes = postedBytes(value);
      const packet = new Uint8Array(bytes.length + 3);
      packet.set(bytes, 3);
      expect(postedValue(packet.subarray(3))).toStrictEqual(structuredClone(value));
    }),
  );
});

it("text of one byte a unit takes one; what cannot be read is told as such", () => {
  expect(postedBytes("abc").length).toBe(4);
  expect(postedBytes("abж").length).toBe(7);
  expect(postedValue(postedBytes(UNREADABLE))).toBe(UNREADABLE);
  expect(postedValue(new Uint8Array([9, 9, 9]))).toBe(UNREADABLE);
  expect(postedValue(new Uint8Array())).toBe(UNREADABLE);
});
