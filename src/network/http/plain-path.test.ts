import fc from "fast-check";
import { expect, it } from "vitest";
import { plainPath } from "./plain-path.ts";

it.each<[string, string | undefined]>([
  ["/", "/"],
  ["/a/b", "/a/b"],
  ["//a///b//", "/a/b/"],
  ["/a/./b", "/a/b"],
  ["/a/../b", "/b"],
  ["/a/%2e%2E/b", "/b"],
  ["/a/b/..", "/a/"],
  ["/a/.", "/a/"],
  ["/a/.b/..c", "/a/.b/..c"],
  // Above the root.
  ["/..", undefined],
  ["/a/../../b", undefined],
  // What needs no escape is read, what does stays one.
  ["/%61dmin", "/admin"],
  ["/a%2fb", "/a%2Fb"],
  ["/a%2f..%2fb", "/a%2F..%2Fb"],
  ["/100%", "/100%"],
  ["/%zz", "/%zz"],
  ["/caf%c3%a9", "/caf%C3%A9"],
  ["*", "*"],
])("%s is compared as %s", (path, expected) => {
  expect(plainPath(path)).toBe(expected);
});

it("of what is plain already, leaves all as it is", () => {
  const element = fc.constantFrom("a", ".", "..", "", "%2e", "%2f", "b.c", "%41");
  fc.assert(
    fc.property(fc.array(element, { maxLength: 8 }), elements => {
      const plain = plainPath(`/${elements.join("/")}`);
      if (plain === undefined) return;
      expect(plainPath(plain)).toBe(plain);
      expect(plain.startsWith("/")).toBe(true);
      expect(plain.split("/")).not.toContain("..");
    }),
  );
});
