import { expect, it } from "vitest";
import { listenAddress } from "./listen-address.ts";

it.each<[string | number, string | undefined]>([
  ["127.0.0.1:8080", "127.0.0.1 8080"],
  ["localhost:0", "localhost 0"],
  [":80", "127.0.0.1 80"],
  ["80", "127.0.0.1 80"],
  [80, "127.0.0.1 80"],
  ["[::1]:443", "::1 443"],
  ["0.0.0.0:65536", undefined],
  ["a:b", undefined],
  ["::1:80", undefined],
  ["", undefined],
])("%j is %s", (text, expected) => {
  const address = listenAddress(text);
  expect(address && `${address.host} ${address.port}`).toBe(expected);
});
