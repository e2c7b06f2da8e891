/** What a request says: its path, its query, what it accepts, keys that stand twice. */
import { describe, expect, test } from "vitest";
import { duplicateKeys } from "./duplicate-keys.ts";
import { isTrue, listOptionsOf, watchOptionsOf, writeOptionsOf } from "./query.ts";
import { representationFor } from "./representation.ts";
import { routeOf } from "./route.ts";

const core = {
  type: "resource",
  group: "",
  version: "v1",
  namespace: "",
  name: "",
  rest: "",
  isWatch: false,
};

describe("a path", () => {
  test.each<[string, object]>([
    ["/api", { type: "discovery", root: "api", group: "" }],
    ["/api/v1/", { type: "discovery", root: "api", group: "", version: "v1" }],
    ["/apis/apps", { type: "discovery", root: "apis", group: "apps" }],
    ["/apis/apps/v1", { type: "discovery", root: "apis", group: "apps", version: "v1" }],
    ["/api/v1/pods", { ...core, plural: "pods" }],
    ["/api/v1/namespaces", { ...core, plural: "namespaces" }],
    ["/api/v1/namespaces/x", { ...core, plural: "namespaces", name: "x" }],
    ["/api/v1/namespaces/x/status", { ...core, plural: "namespaces", name: "x", subresource: "status" }],
    ["/api/v1/namespaces/x/pods", { ...core, plural: "pods", namespace: "x" }],
    [
      "/api/v1/namespaces/x/pods/a/log",
      { ...core, plural: "pods", namespace: "x", name: "a", subresource: "log" },
    ],
    [
      "/api/v1/namespaces/x/services/a:80/proxy/b/c",
      { ...core, plural: "services", namespace: "x", name: "a:80", subresource: "proxy", rest: "/b/c" },
    ],
    ["/api/v1/watch/pods", { ...core, plural: "pods", isWatch: true }],
    ["/apis/a.b/v2/things/x%2Fy", { ...core, group: "a.b", version: "v2", plural: "things", name: "x/y" }],
    ["/version/", { type: "document", path: "/version" }],
    ["/openapi/v3/apis/apps/v1", { type: "document", path: "/openapi/v3/apis/apps/v1" }],
  ])("%s", (path, route) => {
    expect(routeOf(path)).toEqual(route);
  });

  test("that is not encoded as it should be", () => {
    expect(() => routeOf("/api/v1/pods/%zz")).toThrow("invalid URL escape");
  });
});

describe("a query", () => {
  const query = (text: string) => new URLSearchParams(text);

  test.each<[string, boolean]>([
    ["watch=true", true],
    ["watch=True", true],
    ["watch=1", true],
    ["watch", true],
    ["watch=false", false],
    ["watch=0", false],
    ["", false],
  ])("%s", (text, isWatch) => {
    expect(isTrue(query(text), "watch")).toBe(isWatch);
  });

  test("of a list, a watch and a write", () => {
    expect(listOptionsOf(query("limit=5&labelSelector=a%3Db&resourceVersion=7"))).toEqual({
      limit: 5,
      labelSelector: "a=b",
      resourceVersion: "7",
    });
    expect(watchOptionsOf(query("allowWatchBookmarks=true&timeoutSeconds=3"))).toEqual({
      allowWatchBookmarks: true,
      timeoutSeconds: 3,
    });
    expect(writeOptionsOf(query("dryRun=All&fieldManager=me"))).toEqual({
      dryRun: "All",
      fieldManager: "me",
      fieldValidation: "Warn",
    });
  });

  test("that cannot be read is refused in Kubernetes' words", () => {
    for (const none of ["limit=0", "limit=-1"]) expect(listOptionsOf(query(none))).toEqual({});
    expect(() => listOptionsOf(query("limit=many"))).toThrow(
      'strconv.ParseInt: parsing "many": invalid syntax',
    );
  });
});

describe("what a client accepts", () => {
  const table = "application/json;as=Table;v=v1;g=meta.k8s.io";
  test.each<[string | undefined, string, string]>([
    [undefined, "application/json", "object"],
    ["*/*", "application/json", "object"],
    ["application/json; charset=utf-8", "application/json", "object"],
    ["application/yaml", "application/yaml", "object"],
    ["application/vnd.kubernetes.protobuf,application/json", "application/json", "object"],
    [
      `${table},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`,
      "application/json",
      "Table",
    ],
    [
      "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
      "application/json",
      "PartialObjectMetadata",
    ],
  ])("%s", (accept, mediaType, as) => {
    expect(representationFor(accept)).toMatchObject({ mediaType, as, version: "v1" });
  });

  test("nothing that is there", () => {
    expect(() => representationFor("application/xml")).toThrow("406: Not Acceptable");
  });
});

test.each<[string, string[]]>([
  ["{}", []],
  ['{"a":1,"b":{"a":1}}', []],
  ['{"a":1,"a":2}', ["a"]],
  ['{"a":[{"b":"{,","b":1},[{"c":1,"c":2}]]}', ["a[0].b", "a[1][0].c"]],
  ['{"a\\"b":1,"a\\u0022b":2}', ['a"b']],
])("keys that stand twice in %s", (text, found) => {
  expect(duplicateKeys(text)).toEqual(found);
});
