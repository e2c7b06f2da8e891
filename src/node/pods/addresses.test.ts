import { expect, test } from "vitest";
import { PodAddresses } from "./addresses.ts";

test.each<[string, boolean]>([
  ["127.1.0.1", true],
  ["127.200.3.4", true],
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
