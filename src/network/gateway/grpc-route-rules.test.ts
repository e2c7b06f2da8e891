import { expect, it } from "vitest";
import type { GrpcRoute, GrpcRouteMatch } from "../../resources/index.ts";
import { HttpRoutes } from "../http/index.ts";
import { grpcFault, grpcMatchOf } from "./grpc-route-rules.ts";

const call = (path: string, headers: Readonly<Record<string, string>> = {}) => ({
  host: "calls.test",
  path,
  method: "POST",
  headers: { "content-type": "application/grpc+proto", ...headers },
});

const all: Readonly<Record<string, GrpcRouteMatch>> = {
  "any call": {},
  "a method": { method: { method: "Say" } },
  "a service": { method: { service: "shop.Greeter" } },
  "a service with metadata": {
    method: { service: "shop.Greeter" },
    headers: [{ name: "x-new", value: "yes" }],
  },
  "a service's method": { method: { service: "shop.Greeter", method: "Say" } },
  "a longer service": { method: { service: "shop.Greeters" } },
  "an expression": { method: { type: "RegularExpression", service: "store\\..*", method: "Get[A-Z].*" } },
};
const routes = new HttpRoutes(
  Object.entries(all).map(([backend, match]) => ({
    hosts: [],
    matches: [grpcMatchOf(match)],
    backends: [{ backend, weight: 1 }],
  })),
);
const found = (facts: Parameters<typeof routes.find>[0]) => routes.find(facts)?.rule.backends[0]?.backend;

it.each([
  ["/shop.Greeter/Say", {}, "a service's method"],
  ["/shop.Greeter/Count", {}, "a service"],
  ["/shop.Greeter/Count", { "x-new": "yes" }, "a service with metadata"],
  ["/shop.Greeters/Say", {}, "a longer service"],
  ["/other.Greeter/Say", {}, "a method"],
  ["/other.Greeter/Count", {}, "any call"],
  ["/store.v1.Books/GetBook", {}, "an expression"],
  ["/store.v1.Books/getBook", {}, "any call"],
])("%s with %o is led by %s", (path, headers, expected) => {
  expect(found(call(path, headers))).toBe(expected);
});

it.each([
  ["another method of HTTP", { ...call("/shop.Greeter/Say"), method: "GET" }],
  ["other content", call("/shop.Greeter/Say", { "content-type": "application/json" })],
  ["no content that is named", { host: "calls.test", path: "/shop.Greeter/Say", method: "POST" }],
])("%s is no call", (_, facts) => {
  expect(found(facts)).toBeUndefined();
});

it("says which expression cannot be read", () => {
  const route = (match: GrpcRouteMatch) =>
    ({ spec: { rules: [{ matches: [match] }] } }) as unknown as GrpcRoute;
  expect(grpcFault(route({ method: { service: "(" } }))).toBeUndefined();
  expect(grpcFault(route({ method: { type: "RegularExpression", method: "(" } }))).toContain('"("');
});
