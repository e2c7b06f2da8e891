import { expect, test } from "vitest";
import type { Pod } from "../../resources/index.ts";
import { fullNameOf, hostnameOf } from "./hostname.ts";

const long = `${"a".repeat(62)}-b`;
test.each<[what: string, spec: object, name: string, own: string, full: string]>([
  ["its name", {}, "p", "p", ""],
  ["the beginning of a long name", {}, long, "a".repeat(62), ""],
  ["hostname", { hostname: "h" }, "p", "h", ""],
  ["a subdomain", { hostname: "h", subdomain: "s" }, "p", "h", "h.s.n.svc.cluster.local"],
  [
    "the full name",
    { subdomain: "s", setHostnameAsFQDN: true },
    "p",
    "p.s.n.svc.cluster.local",
    "p.s.n.svc.cluster.local",
  ],
  ["no full name without a subdomain", { setHostnameAsFQDN: true }, "p", "p", ""],
  [
    "another name altogether",
    { hostnameOverride: "x.example.com", subdomain: "s" },
    "p",
    "x.example.com",
    "",
  ],
])("a pod is called by %s", (_, spec, name, own, full) => {
  const pod = { metadata: { name, namespace: "n" }, spec } as unknown as Pod;
  expect([hostnameOf(pod), fullNameOf(pod)]).toEqual([own, full]);
});
