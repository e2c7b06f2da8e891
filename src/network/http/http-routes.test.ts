import { describe, expect, it } from "vitest";
import { HttpRoutes, type HttpRule, placeOf } from "./http-routes.ts";

/** `host path` for a prefix, `host =path` for an exact path; it leads to its own text. */
function rule(text: string): HttpRule<string> {
  const [host = "", path = ""] = text.split(" ");
  const isExact = path.startsWith("=");
  return {
    host,
    pathType: isExact ? "Exact" : "Prefix",
    path: isExact ? path.slice(1) : path,
    leadsTo: text,
  };
}

describe("the table of Kubernetes' documentation of Ingress", () => {
  it.each<[string[], string, string | undefined]>([
    [["a /"], "/all/paths", "a /"],
    [["a =/foo"], "/foo", "a =/foo"],
    [["a =/foo"], "/bar", undefined],
    [["a =/foo"], "/foo/", undefined],
    [["a =/foo/"], "/foo", undefined],
    [["a /foo"], "/foo/", "a /foo"],
    [["a /foo/"], "/foo", "a /foo/"],
    [["a /aaa/bb"], "/aaa/bbb", undefined],
    [["a /aaa/bbb/"], "/aaa/bbb", "a /aaa/bbb/"],
    [["a /aaa/bbb"], "/aaa/bbb/ccc", "a /aaa/bbb"],
    [["a /aaa/bbb"], "/aaa/bbbxyz", undefined],
    [["a /", "a /aaa"], "/aaa/ccc", "a /aaa"],
    [["a /aaa", "a /"], "/ccc", "a /"],
    [["a /", "a /aaa", "a /aaa/bbb"], "/aaa/bbb", "a /aaa/bbb"],
    [["a /foo", "a =/foo"], "/foo", "a =/foo"],
  ])("%j: %s", (rules, path, expected) => {
    expect(new HttpRoutes(rules.map(rule)).find({ host: "a", path })).toBe(expected);
  });
});

it.each<[string, string | undefined]>([
  ["bar.foo.com", "bar.foo.com /x"],
  ["baz.foo.com", "*.foo.com /"],
  // One label, no more, and not none.
  ["baz.bar.foo.com", " /x"],
  ["foo.com", " /x"],
])("the host %s comes under its own rules first", (host, expected) => {
  const routes = new HttpRoutes([" /x", "*.foo.com /", "bar.foo.com /x"].map(rule));
  expect(routes.find({ host, path: "/x" })).toBe(expected);
});

it("falls to a less specific host, and then to a fallback, where no path of its own host fits", () => {
  const fallback = { ...rule(" /"), isFallback: true, leadsTo: "fallback" };
  const routes = new HttpRoutes([fallback, ...["a.b /x", "*.b /y"].map(rule)]);
  expect(routes.find({ host: "a.b", path: "/y" })).toBe("*.b /y");
  expect(routes.find({ host: "a.b", path: "/z" })).toBe("fallback");
  expect(new HttpRoutes([rule("a /x")]).find({ host: "b", path: "/x" })).toBeUndefined();
});

it("takes the first of equal rules", () => {
  const routes = new HttpRoutes([rule("a /x"), { ...rule("a /x/"), leadsTo: "second" }]);
  expect(routes.find({ host: "a", path: "/x" })).toBe("a /x");
  expect(placeOf(rule("a /x"))).toBe(placeOf(rule("a /x/")));
  expect(placeOf(rule("a =/x"))).not.toBe(placeOf(rule("a =/x/")));
  expect(placeOf(rule("a /x"))).not.toBe(placeOf(rule("b /x")));
});
