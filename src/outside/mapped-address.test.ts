import { isIPv4 } from "node:net";
import fc from "fast-check";
import { expect, it, test } from "vitest";
import { mapped, unmapped } from "./mapped-address.ts";

it.each([
  ["::ffff:10.0.0.1", "10.0.0.1"],
  ["::FFFF:10.0.0.1", "10.0.0.1"],
  ["::ffff:a00:1", "10.0.0.1"],
  ["10.0.0.1", "10.0.0.1"],
  ["::1", "::1"],
  ["::ffff:1", "::ffff:1"],
  ["fd00::ffff:10.0.0.1", "fd00::ffff:10.0.0.1"],
  ["web.demo", "web.demo"],
  ["", ""],
])("%s is %s", (address, plain) => {
  expect(unmapped(address)).toBe(plain);
});

test("a mapped address comes back, also as a URL has it", () => {
  fc.assert(
    fc.property(fc.ipV4(), address => {
      expect(isIPv4(address)).toBe(true);
      expect(unmapped(mapped(address))).toBe(address);
      expect(unmapped(new URL(`http://[${mapped(address)}]`).hostname.slice(1, -1))).toBe(address);
    }),
  );
});
