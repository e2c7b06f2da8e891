/** What Kubernetes refuses in Services and in where they lead, in its words and its order; and what stays once it is given. */
import { describe, expect, test } from "vitest";
import { type Fields, faults, read } from "../../faults.suite.ts";
import type { Service } from "../../generated/kubernetes.gen.ts";

const served = (more: Fields) => ({ spec: { selector: { a: "b" }, ports: [{ port: 80 }], ...more } });
const external = 'spec.externalIPs[0]: Invalid value: "%": ';

describe("an address from outside is none that only one machine knows", () => {
  test.each([
    ["0.0.0.0", "may not be unspecified (0.0.0.0)"],
    ["::", "may not be unspecified (::)"],
    ["127.0.0.1", "may not be in the loopback range (127.0.0.0/8, ::1/128)"],
    ["::1", "may not be in the loopback range (127.0.0.0/8, ::1/128)"],
    ["169.254.1.1", "may not be in the link-local range (169.254.0.0/16, fe80::/10)"],
    ["fe80::1", "may not be in the link-local range (169.254.0.0/16, fe80::/10)"],
    ["224.0.0.5", "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"],
    ["ff02::1", "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"],
    ["x", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"],
  ])("%s", (address, detail) => {
    const expected = external.replace("%", address) + detail;
    expect(faults("Service", served({ externalIPs: [address] }))).toEqual([expected]);
  });

  test.each(["1.2.3.4", "224.1.0.1", "2001:db8::1"])("%s is reached", address =>
    expect(faults("Service", served({ externalIPs: [address] }))).toEqual([]),
  );
});

const two = ["10.96.0.9", "10.96.0.10"];
const three = [...two, "10.96.0.11"];
const balancer = { type: "LoadBalancer" };
const local = { ...balancer, externalTrafficPolicy: "Local" };
const annotated = (annotations: Fields, more: Fields = {}) => ({
  metadata: { name: "x", namespace: "golden", annotations },
  ...served(more),
});
const ranges = "service.beta.kubernetes.io/load-balancer-source-ranges";

describe("what is wrong with a Service is told", () => {
  test.each<[Fields, string[]]>([
    [served({ ipFamilies: ["IPv4", "IPv4"] }), ['spec.ipFamilies[1]: Duplicate value: "IPv4"']],
    [
      served({ ipFamilies: ["IPv5"] }),
      ['spec.ipFamilies[0]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6"'],
    ],
    [
      served({ clusterIP: two[0], clusterIPs: three }),
      [
        `spec.clusterIPs: Invalid value: ${JSON.stringify(three)}: may only hold up to 2 values`,
        `spec.clusterIPs: Invalid value: ${JSON.stringify(three)}: may specify no more than one IP for each IP family`,
      ],
    ],
    [
      served({ clusterIP: two[0], clusterIPs: two }),
      [
        `spec.clusterIPs: Invalid value: ${JSON.stringify(two)}: may specify no more than one IP for each IP family`,
      ],
    ],
    [
      served({ clusterIP: two[0], clusterIPs: [two[0], "2001:db8::1"] }),
      [
        `spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified`,
      ],
    ],
    [
      served({ ipFamilies: ["IPv4", "IPv6"] }),
      [
        `spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified`,
      ],
    ],
    [
      served({ clusterIP: "None", clusterIPs: ["None", "None"] }),
      [
        `spec.clusterIPs: Invalid value: ["None","None"]: 'None' must be the first and only value`,
        'spec.clusterIPs[1]: Invalid value: "None": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    ],
    [
      served({ clusterIPs: [two[0]] }),
      ['spec.clusterIPs: Invalid value: ["10.96.0.9"]: must be empty when `clusterIP` is not specified'],
    ],
    [
      served({ clusterIP: two[0], ipFamilies: ["IPv6"] }),
      [
        'spec.clusterIPs[0]: Invalid value: "10.96.0.9": expected an IPv6 value as indicated by `ipFamilies[0]`',
      ],
    ],
    [
      served({
        type: "NodePort",
        ports: [
          { name: "a", port: 80, nodePort: 30_001 },
          { name: "b", port: 81, nodePort: 30_001 },
        ],
      }),
      ["spec.ports[1].nodePort: Duplicate value: 30001"],
    ],
    [
      served({ type: "ExternalName", externalName: "a.b", externalTrafficPolicy: "Local" }),
      [
        'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
      ],
    ],
    [
      served({ type: "NodePort", healthCheckNodePort: 30_001 }),
      [
        "spec.healthCheckNodePort: Invalid value: 30001: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ],
    ],
    [
      annotated({ [ranges]: "10.0.0.0/8" }),
      [`metadata.annotations[${ranges}]: Forbidden: may only be used when \`type\` is 'LoadBalancer'`],
    ],
    [
      annotated({ [ranges]: "10.0.0.0/8, x" }, balancer),
      [
        `metadata.annotations[${ranges}]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)`,
      ],
    ],
    [
      annotated({
        "service.kubernetes.io/topology-mode": "Auto",
        "service.kubernetes.io/topology-aware-hints": "auto",
      }),
      [
        'metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "Auto": must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified',
      ],
    ],
  ])("%j", (given, expected) => expect(faults("Service", given)).toEqual(expected));

  test.each<[Fields, Fields, string[]]>([
    [
      { ...balancer, loadBalancerClass: "a.b/c" },
      { ...balancer, loadBalancerClass: "a.b/d" },
      ['spec.loadBalancerClass: Invalid value: "a.b/d": may not change once set'],
    ],
    [
      { ...balancer, loadBalancerClass: "a.b/c" },
      balancer,
      ["spec.loadBalancerClass: Invalid value: null: may not change once set"],
    ],
    [
      { ...local, healthCheckNodePort: 30_001 },
      { ...local, healthCheckNodePort: 30_002 },
      ["spec.healthCheckNodePort: Forbidden: field is immutable"],
    ],
    [{ ...local, healthCheckNodePort: 30_001 }, local, []],
    [
      { clusterIP: two[0] },
      { clusterIP: "None" },
      ['spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set'],
    ],
  ])("after %j, %j", (before, given, expected) =>
    expect(faults("Service", served(given), served(before))).toEqual(expected),
  );
});

describe("what a Service does not say is filled in", () => {
  const day = { clientIP: { timeoutSeconds: 10_800 } };
  const filled = (given: Fields) => (read("Service", served(given)) as Service).spec;
  test("how long a client is remembered, and only where clients are", () => {
    const config = { clientIP: {} };
    expect(
      filled({ sessionAffinity: "ClientIP", sessionAffinityConfig: config }).sessionAffinityConfig,
    ).toEqual(day);
    expect(
      filled({ sessionAffinity: "None", sessionAffinityConfig: day }).sessionAffinityConfig,
    ).toBeUndefined();
  });
  test("which nodes take traffic, where it comes from outside", () => {
    expect(filled({ externalIPs: ["1.2.3.4"] }).externalTrafficPolicy).toBe("Cluster");
    expect(filled({}).externalTrafficPolicy).toBeUndefined();
  });
});

describe("what is wrong with endpoints is told", () => {
  const slice = (endpoint: Fields, more: Fields = {}) => ({
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.0.0.1"], ...endpoint }],
    ...more,
  });
  const subset = (more: Fields) => ({ subsets: [{ addresses: [{ ip: "10.0.0.1" }], ...more }] });
  test.each<[string, Fields, string[]]>([
    ["EndpointSlice", slice({}), []],
    // Where a container of k4s is.
    ["EndpointSlice", slice({ addresses: ["127.0.0.1"] }), []],
    ["Endpoints", subset({ addresses: [{ ip: "127.0.0.1" }] }), []],
    [
      "EndpointSlice",
      slice({ addresses: ["0.0.0.0"] }),
      ['endpoints[0].addresses[0]: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)'],
    ],
    [
      "EndpointSlice",
      slice({ hints: { forZones: [{ name: "a" }, { name: "a" }] } }),
      ['endpoints[0].hints.forZones[1].name: Duplicate value: "a"'],
    ],
    [
      "EndpointSlice",
      slice({ hints: { forZones: Array.from({ length: 9 }, (_, i) => ({ name: `z${i}` })) } }),
      ["endpoints[0].hints.forZones: Too many: 9: must have at most 8 items"],
    ],
    [
      "EndpointSlice",
      slice({ addresses: Array.from({ length: 101 }, (_, i) => `10.0.0.${i}`) }),
      ["endpoints[0].addresses: Too many: 101: must have at most 100 items"],
    ],
    ["Endpoints", subset({ ports: [{ port: 80 }] }), []],
    [
      "Endpoints",
      { subsets: [{}] },
      ["subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"],
    ],
    [
      "Endpoints",
      subset({ ports: [{ port: 80 }, { name: "b", port: 0 }] }),
      [
        "subsets[0].ports[0].name: Required value",
        "subsets[0].ports[1].port: Invalid value: 0: must be between 1 and 65535, inclusive",
      ],
    ],
    [
      "Endpoints",
      { subsets: [{ notReadyAddresses: [{ ip: "169.254.0.1" }] }] },
      [
        'subsets[0].notReadyAddresses[0].ip: Invalid value: "169.254.0.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
      ],
    ],
  ])("%s %#", (kind, given, expected) => expect(faults(kind, given)).toEqual(expected));
});
