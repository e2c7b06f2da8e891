import { expect, test } from "vitest";
import { PodAddresses } from "./addresses.ts";

test.each<[string, boolean]>([
  ["127.1.0.1", true],
  ["127.100.3.4", true],
  // Of a node in another process.
  ["127.200.3.4", false],
  ["127.0.0.1", false],
  ["127.0.0.77", false],
  ["127.255.0.1", false],
  ["169.254.169.254", false],
  ["10.0.0.1", false],
  ["127.1.0", false],
  ["127.1.0.01", false],
  ["127.1.0.1.", false],
  ["example.com", false],
  ["::1", false],
])("the address %s is one of a pod: %s", (address, isKept) => {
  expect(new PodAddresses().keep(address)).toBe(isKept);
});

test("an address that is kept is not given again", () => {
  const addresses = new PodAddresses();
  addresses.keep("127.1.0.1");
  expect(addresses.take()).toBe("127.1.0.2");
});

test("a node of another process gives out what is in its range, and no more", () => {
  const addresses = new PodAddresses();
  addresses.within("127.128.7.0/24");
  const taken = Array.from({ length: 254 }, () => addresses.take());
  expect(new Set(taken).size).toBe(254);
  expect(taken.every(address => /^127\.128\.7\.([1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-4])$/.test(address))).toBe(
    true,
  );
  expect(() => addresses.take()).toThrow("every pod address of this range is taken");
  addresses.release("127.128.7.9");
  expect(addresses.take()).toBe("127.128.7.9");
  expect(addresses.keep("127.128.8.1")).toBe(false);
});

test.each(["", "127.128.0.0", "127.128.0.0/31", "fd00::/64", "a.b.c.d/24"])("%j is no range", range => {
  expect(() => new PodAddresses().within(range)).toThrow("is no range of pod addresses");
});
