import fc from "fast-check";
import { expect, test } from "vitest";
import { frameOf, framesIn } from "./frames.ts";

/** Texts as the journal writes them: JSON, so without the byte 0. */
const texts = fc.array(fc.json(), { minLength: 1, maxLength: 6 });

test("what was framed is read again", () => {
  fc.assert(
    fc.property(texts, texts => {
      const bytes = Buffer.concat(texts.map(frameOf));
      expect(framesIn(bytes)).toEqual({ texts, end: bytes.length, rest: "nothing" });
    }),
  );
  expect(framesIn(Buffer.alloc(0))).toEqual({ texts: [], end: 0, rest: "nothing" });
});

test("of a file that ends early, all but the last frame is read", () => {
  fc.assert(
    fc.property(texts, fc.nat(), (texts, cut) => {
      const frames = texts.map(frameOf);
      const whole = Buffer.concat(frames);
      const last = frames.at(-1)?.length ?? 0;
      const bytes = whole.subarray(0, whole.length - 1 - (cut % last));
      const end = whole.length - last;
      const rest = bytes.length === end ? "nothing" : "torn";
      expect(framesIn(bytes)).toEqual({ texts: texts.slice(0, -1), end, rest });
    }),
  );
});

test("a bit that changed is found, wherever it is: in the last frame it looks torn, before it is damage", () => {
  fc.assert(
    fc.property(texts, fc.nat(), fc.nat({ max: 7 }), (texts, place, bit) => {
      const frames = texts.map(frameOf);
      const bytes = Buffer.concat(frames);
      const at = place % bytes.length;
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at);
      const found = framesIn(bytes);
      const isLast = at >= bytes.length - (frames.at(-1)?.length ?? 0);
      expect(found.rest).toBe(isLast ? "torn" : "damaged");
      expect(found.texts).toEqual(texts.slice(0, found.texts.length));
      expect(found.end).toBeLessThanOrEqual(at);
    }),
  );
});
