import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostPattern } from "./host-pattern.ts";
import type { HttpFacts } from "./http-match.ts";
import { HttpRoutes, moreSpecific, placeOf } from "./http-routes.ts";
import type { HttpMatch, HttpRule } from "./http-rule.ts";

/** `host path` for a prefix, `host =path` for an exact path, `host ~path` for an expression; it leads to its own text. */
function rule(
  text: string,
  more: Partial<HttpMatch> = {},
  wildcard: "one" | "any" = "one",
): HttpRule<string> {
  const [host = "", path = ""] = text.split(" ");
  const types = { "=": "Exact", "~": "RegularExpression" } as const;
  const type = types[path[0] as "="];
  const value = type ? path.slice(1) : path;
  return {
    hosts: [hostPattern(host, wildcard)],
    matches: [{ ...(path !== "" && { path: { type: type ?? "PathPrefix", value } }), ...more }],
    backends: [{ backend: text, weight: 1 }],
  };
}

function found(rules: readonly HttpRule<string>[], facts: HttpFacts): string | undefined {
  return new HttpRoutes(rules).find(facts)?.rule.backends[0]?.backend;
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
    expect(
      found(
        rules.map(text => rule(text)),
        { host: "a", path },
      ),
    ).toBe(expected);
  });
});

it.each<[string, "one" | "any", string | undefined]>([
  ["bar.foo.com", "one", "bar.foo.com /x"],
  ["baz.foo.com", "one", "*.foo.com /"],
  // For an Ingress one label, no more, and not none; for Gateway API any number, but not none.
  ["baz.bar.foo.com", "one", " /x"],
  ["baz.bar.foo.com", "any", "*.foo.com /"],
  ["foo.com", "one", " /x"],
  ["foo.com", "any", " /x"],
  ["x.long.foo.com", "any", "*.long.foo.com /"],
  ["", "any", " /x"],
  [".foo.com", "any", " /x"],
])("the host %s comes under its own rules first (a wildcard is %s)", (host, wildcard, expected) => {
  const rules = [" /x", "*.foo.com /", "*.long.foo.com /", "bar.foo.com /x"];
  expect(
    found(
      rules.map(text => rule(text, {}, wildcard)),
      { host, path: "/x" },
    ),
  ).toBe(expected);
});

it("falls to a less specific host, and then to a fallback, where no path of its own host fits", () => {
  const fallback = { ...rule(" /"), isFallback: true, backends: [{ backend: "fallback", weight: 1 }] };
  const rules = [fallback, ...["a.b /x", "*.b /y"].map(text => rule(text))];
  expect(found(rules, { host: "a.b", path: "/y" })).toBe("*.b /y");
  expect(found(rules, { host: "a.b", path: "/z" })).toBe("fallback");
  expect(found([rule("a /x")], { host: "b", path: "/x" })).toBeUndefined();
});

it("takes the first of equal rules", () => {
  expect(found([rule("a /x"), { ...rule("a /x/") }], { host: "a", path: "/x" })).toBe("a /x");
  const place = (text: string) => {
    const { hosts, matches } = rule(text);
    return placeOf(hosts[0] ?? { name: "" }, matches[0] ?? {});
  };
  expect(place("a /x")).toBe(place("a /x/"));
  expect(place("a =/x")).not.toBe(place("a =/x/"));
  expect(place("a /x")).not.toBe(place("b /x"));
});

describe("what a match may ask for", () => {
  const canary = { headers: [{ name: "X-Canary", value: "yes" }] };
  it.each<[string, Partial<HttpMatch>, Partial<HttpFacts>, boolean]>([
    ["a method", { method: "POST" }, { method: "POST" }, true],
    ["a method", { method: "POST" }, {}, false],
    ["a header by any case of its name", canary, { headers: { "x-canary": "yes" } }, true],
    ["a header's value by its case", canary, { headers: { "x-canary": "Yes" } }, false],
    ["a header that is missing", canary, { headers: {} }, false],
    [
      "only the first of two about one header",
      { headers: [...canary.headers, { name: "x-canary", value: "no" }] },
      { headers: { "x-canary": "yes" } },
      true,
    ],
    [
      "a header by an expression that fits all of it",
      { headers: [{ type: "RegularExpression", name: "v", value: "[12]" }] },
      { headers: { v: "12" } },
      false,
    ],
    [
      "a header by an expression",
      { headers: [{ type: "RegularExpression", name: "v", value: "1|2" }] },
      { headers: { v: "2" } },
      true,
    ],
    ["a parameter", { queryParams: [{ name: "a", value: "b c" }] }, { query: "x=1&a=b%20c" }, true],
    [
      "the first of two parameters",
      { queryParams: [{ name: "a", value: "2" }] },
      { query: "a=1&a=2" },
      false,
    ],
    ["a parameter's name by its case", { queryParams: [{ name: "A", value: "1" }] }, { query: "a=1" }, false],
    ["all of it", { method: "GET", ...canary }, { method: "POST", headers: { "x-canary": "yes" } }, false],
  ])("%s", (_what, match, facts, expected) => {
    expect(found([rule("", match)], { host: "a", path: "/", ...facts }) !== undefined).toBe(expected);
  });

  it.each<[string, string, boolean]>([
    ["/v[0-9]+/.*", "/v12/x", true],
    ["/v[0-9]+", "/v12/x", false],
    ["/(a|b)", "/b", true],
    // It cannot be read: it fits nothing, and hurts nobody.
    ["/(", "/(", false],
    ["/(a*)*b", `/${"a".repeat(5_000)}`, false],
  ])("the expression %s: %s", (pattern, path, expected) => {
    expect(found([rule(` ~${pattern}`)], { host: "", path }) !== undefined).toBe(expected);
  });
});

it("prefers, in turn: exact, expression, longer prefix, method, more headers, more parameters, the first", () => {
  const header = (name: string) => ({ name, value: "1" });
  const best: HttpRule<string>[] = [
    rule(" =/a/b"),
    rule(" ~/a/.*"),
    rule(" /a/b"),
    rule(" /a", { method: "GET" }),
    rule(" /a", { headers: [header("x"), header("y")] }),
    rule(" /a", { headers: [header("x")], queryParams: [header("q")] }),
    rule(" /a", { headers: [header("x")] }),
    rule(" /a", { queryParams: [header("q")] }),
    rule(" /a"),
    { ...rule(" /a"), backends: [] },
  ];
  const facts = { host: "h", path: "/a/b", query: "q=1", headers: { x: "1", y: "1" } };
  fc.assert(
    fc.property(fc.shuffledSubarray(best.slice(0, -1), { minLength: 1 }), given => {
      const expected = best.find(each => given.includes(each));
      expect(new HttpRoutes(given).find(facts)?.rule).toBe(expected);
    }),
  );
  expect(new HttpRoutes(best.slice(-2)).find(facts)?.rule).toBe(best.at(-2));
});

it.each<[string, string, string]>([
  ["a /x", "a =/x", "a =/x"],
  ["*.a /x", "a /", "a /"],
  [" /longer", "a /", "a /"],
  ["a /x", "a /x/y", "a /x/y"],
  ["a /x", "a /x", "a /x"],
])("of %s and %s in two tables the more specific comes first", (one, other, expected) => {
  const asFound = (text: string) => {
    const of = rule(text);
    return { rule: of, host: of.hosts[0] ?? { name: "" }, match: of.matches[0] ?? {} };
  };
  const [first, second] = [asFound(one), asFound(other)];
  expect(moreSpecific(first, second)?.rule.backends[0]?.backend).toBe(expected);
  expect(moreSpecific(undefined, second)).toBe(second);
  expect(moreSpecific(first, undefined)).toBe(first);
});
