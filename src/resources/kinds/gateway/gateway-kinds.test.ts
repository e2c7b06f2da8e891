import { describe, expect, it } from "vitest";
import { accepted } from "../../accept.ts";
import { allFaults } from "../../all-faults.ts";
import type { KindDefinition } from "../../definition/index.ts";
import type { Draft } from "../../object.ts";
import { builtInKinds } from "../built-in-kinds.ts";
import { gatewayDefinitions } from "./definitions.ts";
import type { Gateway, GrpcRoute, HttpRoute } from "./types.ts";

function kind(name: string): KindDefinition {
  const found = builtInKinds.find(each => each.name === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
}

it.each(gatewayDefinitions.map(each => [each.metadata.name, each] as const))(
  "%s could be installed as it is",
  (_name, definition) => {
    const approved = { "api-approved.kubernetes.io": "unapproved, a test" };
    const { name } = definition.metadata;
    const draft = { ...definition, metadata: { name, annotations: approved } };
    expect(allFaults(kind("CustomResourceDefinition"), draft as Draft)).toEqual([]);
  },
);

const group = "gateway.networking.k8s.io";

function routeOf(spec: object): Draft {
  const metadata = { name: "r", namespace: "demo" };
  return { apiVersion: `${group}/v1`, kind: "HTTPRoute", metadata, spec } as Draft;
}

function grpcRouteOf(...rules: object[]): Draft {
  const metadata = { name: "r", namespace: "demo" };
  return { apiVersion: `${group}/v1`, kind: "GRPCRoute", metadata, spec: { rules } } as Draft;
}

function gatewayOf(...listeners: object[]): Draft {
  const metadata = { name: "g", namespace: "demo" };
  const spec = { gatewayClassName: "k4s", listeners };
  return { apiVersion: `${group}/v1`, kind: "Gateway", metadata, spec } as Draft;
}

it("gives an HTTPRoute the defaults of Gateway API", () => {
  const draft = routeOf({
    parentRefs: [{ name: "g" }],
    rules: [{ backendRefs: [{ name: "web", port: 80 }] }],
  });
  const { spec } = accepted(kind(`HTTPRoute.${group}`), draft) as HttpRoute;
  expect(spec).toEqual({
    parentRefs: [{ group, kind: "Gateway", name: "g" }],
    rules: [
      {
        matches: [{ path: { type: "PathPrefix", value: "/" } }],
        backendRefs: [{ group: "", kind: "Service", name: "web", port: 80, weight: 1 }],
      },
    ],
  });
  const gateway = accepted(
    kind(`Gateway.${group}`),
    gatewayOf({ name: "a", port: 80, protocol: "HTTP" }),
  ) as Gateway;
  expect(gateway.spec.listeners[0]?.allowedRoutes).toEqual({ namespaces: { from: "Same" } });
});

it.each([
  ["a time for one attempt without one for all", { timeouts: { backendRequest: "5s" } }],
  ["as much time for one attempt as for all", { timeouts: { request: "1s", backendRequest: "1000ms" } }],
  ["no limit for all", { timeouts: { request: "0s", backendRequest: "5s" } }],
  ["another kind without a port", { backendRefs: [{ group: "example.com", kind: "Store", name: "s" }] }],
])("takes %s", (_, rule) => {
  const draft = routeOf({ rules: [rule] });
  expect(accepted(kind(`HTTPRoute.${group}`), draft)).toBeDefined();
});

it("takes a GRPCRoute as Gateway API's documentation has it", () => {
  const draft = grpcRouteOf({
    matches: [
      { method: { service: "com.example.User", method: "Login" } },
      { headers: [{ name: "env", value: "canary" }] },
    ],
    filters: [{ type: "RequestHeaderModifier", requestHeaderModifier: { add: [{ name: "a", value: "b" }] } }],
    backendRefs: [{ name: "users", port: 50051 }],
  });
  const { spec } = accepted(kind(`GRPCRoute.${group}`), draft) as GrpcRoute;
  expect(spec.rules?.[0]?.matches).toEqual([
    { method: { type: "Exact", service: "com.example.User", method: "Login" } },
    { headers: [{ type: "Exact", name: "env", value: "canary" }] },
  ]);
});

describe("refuses", () => {
  const name = { name: "g" };
  const listener = { name: "a", port: 80, protocol: "HTTP" };
  const redirect = { type: "RequestRedirect", requestRedirect: {} };
  it.each<[string, Draft, string]>([
    [
      "a path without a slash",
      routeOf({ rules: [{ matches: [{ path: { value: "a" } }] }] }),
      "start with '/'",
    ],
    [
      "a filter without its field",
      routeOf({ rules: [{ filters: [{ type: "URLRewrite" }] }] }),
      "filter.urlRewrite",
    ],
    [
      "a filter with the field of another",
      routeOf({ rules: [{ filters: [{ type: "URLRewrite", urlRewrite: {}, requestRedirect: {} }] }] }),
      "filter.requestRedirect",
    ],
    ["two redirects", routeOf({ rules: [{ filters: [redirect, redirect] }] }), "cannot be repeated"],
    [
      "a redirect with a backend",
      routeOf({ rules: [{ filters: [redirect], backendRefs: [name] }] }),
      "must not be used together with backendRefs",
    ],
    ["a host that is an address with a port", routeOf({ hostnames: ["a.test:80"] }), "spec.hostnames[0]"],
    [
      "a time that is none",
      routeOf({ rules: [{ timeouts: { request: "soon" } }] }),
      "spec.rules[0].timeouts.request",
    ],
    [
      "a Service without its port",
      routeOf({ rules: [{ backendRefs: [name] }] }),
      "Must have port for Service reference",
    ],
    [
      "a mirror without its port",
      routeOf({ rules: [{ filters: [{ type: "RequestMirror", requestMirror: { backendRef: name } }] }] }),
      "Must have port for Service reference",
    ],
    [
      "more time for one attempt than for all",
      routeOf({ rules: [{ timeouts: { request: "1s", backendRequest: "5s" } }] }),
      "backendRequest timeout cannot be longer than request timeout",
    ],
    [
      "a method of gRPC that is none",
      grpcRouteOf({ matches: [{ method: { type: "Exact" } }] }),
      "One or both of 'service' or 'method' must be specified",
    ],
    [
      "a service of gRPC that is a path",
      grpcRouteOf({ matches: [{ method: { service: "/shop.Greeter" } }] }),
      "service must only contain valid characters",
    ],
    [
      "a method of gRPC with a slash",
      grpcRouteOf({ matches: [{ method: { method: "Say/it" } }] }),
      "method must only contain valid characters",
    ],
    ["a redirect of calls", grpcRouteOf({ filters: [redirect] }), "spec.rules[0].filters[0].type"],
    ["listeners of one name", gatewayOf(listener, { ...listener, port: 81 }), "must be unique"],
    [
      "listeners that are the same",
      gatewayOf(listener, { ...listener, name: "b" }),
      "must be unique for each listener",
    ],
    ["a certificate for HTTP", gatewayOf({ ...listener, tls: {} }), "tls must not be specified"],
    ["a Gateway without a listener", gatewayOf(), "spec.listeners"],
  ])("%s", (_what, draft, expected) => {
    const found = kind(`${draft.kind}.${group}`);
    const faults = allFaults(found, draft).map(({ field, message }) => `${field}: ${message}`);
    expect(faults.join("\n")).toContain(expected);
  });
});
