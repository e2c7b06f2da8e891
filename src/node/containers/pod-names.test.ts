import { expect, it } from "vitest";
import type { Pod, PodSpec } from "../../resources/index.ts";
import { podNamesOf } from "./pod-names.ts";

const namesOf = (spec: Partial<PodSpec>) =>
  podNamesOf({ metadata: { name: "p", namespace: "n" }, spec } as unknown as Pod);
const own = ["n.svc.cluster.local", "svc.cluster.local", "cluster.local"];
const usual = { aliases: {}, isClusters: true, servers: ["10.96.0.10"] };
const machines = { ...usual, isClusters: false, servers: [], search: { domains: [], ndots: 1 } };

it.each<[what: string, spec: Partial<PodSpec>, names: ReturnType<typeof podNamesOf>]>([
  ["as most pods", {}, undefined],
  [
    "as most pods, on the machine's network",
    { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" },
    undefined,
  ],
  ["the machine's", { dnsPolicy: "Default" }, machines],
  ["the machine's, on its network", { hostNetwork: true }, machines],
  [
    "another search domain",
    { dnsConfig: { searches: ["x"] } },
    { ...usual, search: { domains: [...own, "x"], ndots: 5 } },
  ],
  [
    "fewer dots",
    { dnsConfig: { options: [{ name: "ndots", value: "1" }] } },
    { ...usual, search: { domains: own, ndots: 1 } },
  ],
  [
    "a server that is never asked",
    { dnsConfig: { nameservers: ["192.0.2.1"] } },
    { ...usual, servers: ["10.96.0.10", "192.0.2.1"] },
  ],
  [
    "its own",
    { dnsPolicy: "None", dnsConfig: { nameservers: ["192.0.2.1"], searches: ["my.dns"] } },
    { aliases: {}, isClusters: false, servers: ["192.0.2.1"], search: { domains: ["my.dns"], ndots: 1 } },
  ],
  [
    "its own, which is the cluster's",
    { dnsPolicy: "None", dnsConfig: { nameservers: ["10.96.0.10"] } },
    { ...usual, search: { domains: [], ndots: 1 } },
  ],
  [
    "aliases",
    {
      hostAliases: [
        { ip: "192.0.2.1", hostnames: ["Foo", "bar"] },
        { ip: "192.0.2.2", hostnames: ["foo"] },
      ],
    },
    { ...usual, aliases: { foo: ["192.0.2.1", "192.0.2.2"], bar: ["192.0.2.1"] } },
  ],
])("%s", (_, spec, names) => {
  expect(namesOf(spec)).toEqual(names);
});
