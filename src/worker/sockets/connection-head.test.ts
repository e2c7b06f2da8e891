import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeHead, encodeHead, headLength } from "./connection-head.ts";

const address = fc.ipV4();
const port = fc.integer({ min: 0, max: 65_535 });

it("is read as it was written", () => {
  fc.assert(
    fc.property(address, port, address, (from, fromPort, to) => {
      const bytes = encodeHead({ from, fromPort, to });
      expect(bytes).toHaveLength(headLength);
      expect(decodeHead(bytes)).toEqual({ from, fromPort, to });
    }),
  );
});

it.each([
  ["too short", encodeHead({ from: "1.2.3.4", fromPort: 5, to: "6.7.8.9" }).subarray(1)],
  ["the first bytes of HTTP", Buffer.from("GET / HTTP/1")],
  ["the first bytes of TLS", Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 0])],
  ["nothing", Buffer.alloc(0)],
])("is none: %s", (_, bytes) => {
  expect(decodeHead(bytes)).toBeUndefined();
});
