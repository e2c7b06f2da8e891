import { expect, it } from "vitest";
import type { Bound } from "./datagram-binding.ts";
import { encodeDatagramHead } from "./datagram-head.ts";
import { goesPast, received } from "./datagram-senders.ts";

const family = "IPv4";
const bound = (more: Partial<Bound> = {}): Bound =>
  ({
    asked: new Set(),
    heard: new Set(),
    shownAs: new Map(),
    isLoopback: false,
    address: { address: "0.0.0.0", family, port: 53 },
    ...more,
  }) as Bound;
const info = (address: string, port = 4242) => ({ address, family, port });
const headed = (from: string) => Buffer.concat([encodeDatagramHead({ from, fromPort: 7 }), Buffer.from("x")]);
const plain = Buffer.from("x");

/** What the program hears: who sends. */
function heard(bytes: Buffer, from: string, own: Bound, port?: number): unknown {
  const [body, sender] = received(bytes, info(from, port), own) ?? [];
  if (!sender) return "nothing";
  const { address, port: fromPort } = sender as { address: string; port: number };
  return `${address}:${fromPort} ${body?.length}`;
}

it.each([
  ["a pod", headed("127.1.0.5"), "127.0.0.1", "127.1.0.5:7 1"],
  ["a pod, in the form of IPv6", headed("127.1.0.5"), "::ffff:127.0.0.1", "127.1.0.5:7 1"],
  ["the network of the machine", plain, "192.0.2.2", "nothing"],
  ["who says from there that it is a pod", headed("127.1.0.5"), "192.0.2.2", "nothing"],
  ["a program of the machine", plain, "127.0.0.1", "nothing"],
])("of %s", (_, bytes, from, what) => {
  const own = bound();
  expect(heard(bytes, from, own)).toBe(what);
  expect([...own.heard]).toEqual(what === "nothing" ? [] : ["127.1.0.5:7"]);
});

it("a socket of 127.0.0.1 hears its own pod by that address, and nobody else", () => {
  const own = bound({ isLoopback: true });
  expect(heard(headed("127.0.0.1"), "127.0.0.1", own)).toBe("127.0.0.1:7 1");
  expect(heard(headed("127.1.0.5"), "127.0.0.1", own)).toBe("nothing");
  expect(heard(plain, "127.0.0.1", own)).toBe("nothing");
});

it.each([
  ["an address", "192.0.2.2", "192.0.2.2", 53, true],
  ["an address, in the form of IPv6", "::ffff:192.0.2.2", "192.0.2.2", 53, true],
  ["an address, of another one", "192.0.2.2", "192.0.2.3", 53, false],
  ["an address, of another port", "192.0.2.2", "192.0.2.2", 54, false],
  ["a name, which may have any address", "example.com", "192.0.2.2", 53, true],
  ["a name, of another port", "example.com", "192.0.2.2", 54, false],
  ["a group", "239.255.255.250", "192.0.2.2", 54, true],
  ["all", "255.255.255.255", "192.0.2.2", 54, true],
])("answers come from outside where the program has asked: %s", (_, asked, from, port, isHeard) => {
  const own = bound();
  goesPast(own, asked, 53);
  expect(heard(plain, from, own, port)).toBe(isHeard ? `${from}:${port} 1` : "nothing");
  // Who answers is no pod for that.
  expect(heard(headed("127.1.0.5"), from, own, port)).toBe(isHeard ? `${from}:${port} 11` : "nothing");
  expect(own.heard.size).toBe(0);
});
