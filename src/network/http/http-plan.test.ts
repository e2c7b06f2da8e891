import { describe, expect, it } from "vitest";
import { seededRandom } from "../../outside/index.ts";
import { changedHeaders } from "./header-changes.ts";
import { type PlannedRequest, planOf } from "./http-plan.ts";
import type { HttpFilters, HttpMatch, HttpRule, RequestRedirect, UrlRewrite } from "./http-rule.ts";

const request: PlannedRequest = { scheme: "http", host: "shop.test", path: "/old/a", query: "q=1" };
const prefix: HttpMatch = { path: { type: "PathPrefix", value: "/old" } };

function plan(
  rule: Partial<HttpRule<string>>,
  asked: Partial<PlannedRequest> = {},
  match = prefix,
  seed = 1,
) {
  const full = { hosts: [], matches: [match], backends: [{ backend: "b", weight: 1 }], ...rule };
  const found = { rule: full, host: { name: "" }, match };
  return planOf(found, { ...request, ...asked }, seededRandom(seed));
}

describe("redirects", () => {
  it.each<[RequestRedirect, Partial<PlannedRequest>, string]>([
    [{}, {}, "http://shop.test/old/a?q=1"],
    [{ scheme: "https" }, {}, "https://shop.test/old/a?q=1"],
    // HTTPS is served at the same port here: who has come by a port goes on by it.
    [{ scheme: "https" }, { port: 8080 }, "https://shop.test:8080/old/a?q=1"],
    [{ scheme: "https", port: 443 }, { port: 8080 }, "https://shop.test/old/a?q=1"],
    [{ port: 80 }, {}, "http://shop.test/old/a?q=1"],
    [{ port: 8080 }, { scheme: "https" }, "https://shop.test:8080/old/a?q=1"],
    [{ hostname: "new.test" }, {}, "http://new.test/old/a?q=1"],
    [
      { path: { type: "ReplaceFullPath", replaceFullPath: "/all" } },
      { query: undefined },
      "http://shop.test/all",
    ],
    [{ path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/new" } }, {}, "http://shop.test/new/a?q=1"],
  ])("%j of %j", (redirect, asked, location) => {
    expect(plan({ filters: { redirect } }, asked)).toMatchObject({ kind: "redirect", status: 302, location });
  });

  it("has the status that is asked for, and changes of headers", () => {
    const responseHeaders = { set: [{ name: "a", value: "b" }] };
    const filters = { redirect: { statusCode: 301 }, responseHeaders };
    expect(plan({ filters })).toMatchObject({ status: 301, responseHeaders: [responseHeaders] });
  });
});

describe("the table of HTTPRoute's documentation of prefixes that are replaced", () => {
  it.each([
    ["/foo/bar", "/foo", "/xyz", "/xyz/bar"],
    ["/foo/bar", "/foo", "/xyz/", "/xyz/bar"],
    ["/foo/bar", "/foo/", "/xyz", "/xyz/bar"],
    ["/foo/bar", "/foo/", "/xyz/", "/xyz/bar"],
    ["/foo", "/foo", "/xyz", "/xyz"],
    ["/foo/", "/foo", "/xyz", "/xyz/"],
    ["/foo/bar", "/foo", "", "/bar"],
    ["/foo/", "/foo", "", "/"],
    ["/foo", "/foo", "", "/"],
    ["/foo/", "/foo", "/", "/"],
    ["/foo", "/foo", "/", "/"],
    // What the prefix was found in is the plain path.
    ["/x/../foo//bar", "/foo", "/xyz", "/xyz/bar"],
  ])("%s, %s by %s: %s", (path, value, replacePrefixMatch, target) => {
    const rewrite: UrlRewrite = { path: { type: "ReplacePrefixMatch", replacePrefixMatch } };
    const match: HttpMatch = { path: { type: "PathPrefix", value } };
    expect(plan({ filters: { rewrite } }, { path, query: undefined }, match)).toMatchObject({ target });
  });
});

it("sends on what was asked for, as it was written, where no filter says otherwise", () => {
  expect(plan({}, { path: "/old//%7ea" })).toEqual({
    kind: "forward",
    backend: "b",
    target: "/old//%7ea?q=1",
    requestHeaders: [],
    responseHeaders: [],
    mirrors: [],
    timeouts: {},
  });
});

it("applies the filters of the rule, then those of the backend that was chosen", () => {
  const set = (value: string): HttpFilters<string> => ({ requestHeaders: { set: [{ name: "a", value }] } });
  const rewrite = { hostname: "inside.test" };
  const filters = { ...set("rule"), rewrite };
  const found = plan({ filters, backends: [{ backend: "b", weight: 1, filters: set("backend") }] });
  if (found.kind !== "forward") throw new Error("it is sent on");
  expect(changedHeaders(["A", "client"], found.requestHeaders)).toEqual(["a", "backend"]);
  expect(found.host).toBe("inside.test");
});

describe("weights", () => {
  const share = (weights: readonly number[]) => {
    const backends = weights.map((weight, i) => ({ backend: String(i), weight }));
    const random = seededRandom(7);
    const counts = weights.map(() => 0);
    for (let i = 0; i < 10_000; i++) {
      const found = planOf(
        { rule: { hosts: [], matches: [], backends }, host: { name: "" }, match: {} },
        request,
        random,
      );
      const backend = found.kind === "forward" ? found.backend : undefined;
      if (backend !== undefined) counts[Number(backend)] = (counts[Number(backend)] ?? 0) + 1;
    }
    return counts.map(count => Math.round(count / 100));
  };
  it.each([
    [[1], [100]],
    [
      [90, 10],
      [90, 10],
    ],
    [
      [1, 1, 2],
      [25, 25, 50],
    ],
    [
      [0, 3, 0],
      [0, 100, 0],
    ],
    [
      [0, 0],
      [0, 0],
    ],
    [[0], [0]],
    [[], []],
  ])("%j gives each its part", (weights, expected) => {
    for (const [i, part] of share(weights).entries())
      expect(Math.abs(part - (expected[i] ?? 0))).toBeLessThan(2);
  });

  it("a mirror gets its part of the requests", () => {
    const filters = {
      mirrors: [{ backend: "all" }, { backend: "half", fraction: 0.5 }, { backend: "none", fraction: 0 }],
    };
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 1_000; seed++) {
      const found = plan({ filters }, {}, prefix, seed);
      for (const each of found.kind === "forward" ? found.mirrors : [])
        counts.set(each, (counts.get(each) ?? 0) + 1);
    }
    expect(counts.get("all")).toBe(1_000);
    expect(Math.abs((counts.get("half") ?? 0) - 500)).toBeLessThan(60);
    expect(counts.get("none")).toBeUndefined();
  });
});

it.each<[string, HttpFilters<never>["requestHeaders"], string[]]>([
  ["replaces", { set: [{ name: "x-a", value: "2" }] }, ["B", "1", "x-a", "2"]],
  ["adds", { add: [{ name: "X-A", value: "2" }] }, ["X-A", "0", "B", "1", "x-A", "1", "X-A", "2"]],
  ["removes", { remove: ["X-a", "none"] }, ["B", "1"]],
  ["does nothing", {}, ["X-A", "0", "B", "1", "x-A", "1"]],
])("a change of headers %s, whatever the case of their names", (_what, modifier = {}, expected) => {
  expect(changedHeaders(["X-A", "0", "B", "1", "x-A", "1"], [modifier])).toEqual(expected);
});
