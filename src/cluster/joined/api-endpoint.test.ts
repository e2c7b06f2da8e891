import { expect, test } from "vitest";
import type { EndpointSlice } from "../../resources/index.ts";
import { withServerAt } from "./api-endpoint.ts";

const slice = (name: string, address: string) =>
  ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, namespace: "default" },
    addressType: address.includes(":") ? "IPv6" : "IPv4",
    endpoints: [{ addresses: [address] }],
    ports: [{ name: "https", port: 6443 }],
  }) as unknown as EndpointSlice;

test.each<[string, string, string, readonly [string, number]]>([
  ["loopback is what the node has reached", "kubernetes", "127.0.0.1", ["10.0.0.5", 7443]],
  ["an address that all see stays", "kubernetes", "10.9.9.9", ["10.9.9.9", 6443]],
  ["other slices stay", "web", "127.1.0.7", ["127.1.0.7", 6443]],
  ["one of the other family stays", "kubernetes", "::1", ["::1", 6443]],
])("%s", (_, name, address, [wanted, port]) => {
  const seen = withServerAt("10.0.0.5", 7443)(slice(name, address)) as EndpointSlice;
  expect([seen.endpoints?.[0]?.addresses[0], seen.ports?.[0]?.port]).toEqual([wanted, port]);
});
