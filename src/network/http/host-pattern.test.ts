import { expect, it } from "vitest";
import { hostPattern, hostText, intersection, plainHost } from "./host-pattern.ts";

it.each<[string, string, string | undefined]>([
  ["", "a.example.com", "a.example.com"],
  ["", "", ""],
  ["*.example.com", "a.example.com", "a.example.com"],
  ["*.example.com", "a.b.example.com", "a.b.example.com"],
  ["*.example.com", "example.com", undefined],
  ["*.example.com", "*.example.com", "*.example.com"],
  ["*.example.com", "*.a.example.com", "*.a.example.com"],
  ["*.com", "*.example.com", "*.example.com"],
  ["a.example.com", "b.example.com", undefined],
  ["a.example.com", "A.example.com", "a.example.com"],
  ["*.example.com", "a.badexample.com", undefined],
])("%s and %s have %s in common", (one, other, expected) => {
  const [a, b] = [hostPattern(one, "any"), hostPattern(other, "any")];
  const both = [intersection(a, b), intersection(b, a)];
  expect(both.map(each => each && hostText(each))).toEqual([expected, expected]);
});

it.each([
  ["Example.COM", "example.com"],
  ["example.com:8080", "example.com"],
  ["example.com.", "example.com"],
  ["example.com.:80", "example.com"],
  ["127.0.0.1:80", "127.0.0.1"],
  ["[::1]:80", "[::1]"],
  ["", ""],
])("a client that asks for %s means %s", (authority, host) => {
  expect(plainHost(authority)).toBe(host);
});
