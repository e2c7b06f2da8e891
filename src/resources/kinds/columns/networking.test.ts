/** What `kubectl get` prints of services, endpoints and ingresses, in states that no recording shows; facts of Kubernetes 1.35's printers.go. */
import { printed, selector, selectorText } from "./test-cells.ts";

const port = (port: number, more = {}) => ({ port, protocol: "TCP", ...more });

const addresses = (...all: string[]) => all.map(ip => ({ ip }));

const hosts = (...all: string[]) => ({ spec: { rules: all.map(host => (host ? { host } : {})) } });

const parentRef = { group: "MyGroup", resource: "things", namespace: "ns", name: "n" };

printed(
  "Service",
  ["Type", "Cluster-IP", "External-IP", "Port(s)", "Selector"],
  [
    [
      "ClusterIP",
      {
        spec: {
          type: "ClusterIP",
          clusterIP: "10.9.8.7",
          ports: [port(80, { protocol: "UDP" }), port(443)],
          selector: { b: "2", a: "1" },
        },
      },
      ["ClusterIP", "10.9.8.7", "<none>", "80/UDP,443/TCP", "a=1,b=2"],
    ],
    [
      "headless without a port",
      { spec: { type: "ClusterIP", clusterIP: "None" } },
      ["ClusterIP", "None", "<none>", "<none>", "<none>"],
    ],
    [
      "NodePort with external addresses",
      {
        spec: {
          type: "NodePort",
          clusterIP: "10.9.8.7",
          externalIPs: ["1.1.1.1", "2.2.2.2"],
          ports: [port(80, { nodePort: 30001 })],
        },
      },
      ["NodePort", "10.9.8.7", "1.1.1.1,2.2.2.2", "80:30001/TCP", "<none>"],
    ],
    [
      "LoadBalancer that waits for an address",
      { spec: { type: "LoadBalancer", clusterIP: "10.9.8.7", ports: [port(80)] } },
      ["LoadBalancer", "10.9.8.7", "<pending>", "80/TCP", "<none>"],
    ],
    [
      "LoadBalancer with external addresses only",
      { spec: { type: "LoadBalancer", clusterIP: "10.9.8.7", externalIPs: ["1.1.1.1"], ports: [port(80)] } },
      ["LoadBalancer", "10.9.8.7", "1.1.1.1", "80/TCP", "<none>"],
    ],
    [
      "LoadBalancer with a long name",
      {
        spec: { type: "LoadBalancer", clusterIP: "10.9.8.7", ports: [port(80)] },
        status: { loadBalancer: { ingress: [{ hostname: "a.very.long.name.example.com" }] } },
      },
      ["LoadBalancer", "10.9.8.7", "a.very.long.name.example.com", "80/TCP", "<none>"],
    ],
    [
      "ExternalName",
      { spec: { type: "ExternalName", externalName: "my.example.com" } },
      ["ExternalName", "<none>", "my.example.com", "<none>", "<none>"],
    ],
  ],
);

printed(
  "Endpoints",
  ["Endpoints"],
  [
    [
      "three are told",
      { subsets: [{ addresses: addresses("1.1.1.1", "2.2.2.2", "3.3.3.3"), ports: [{ port: 1 }] }] },
      ["1.1.1.1:1,2.2.2.2:1,3.3.3.3:1"],
    ],
    [
      "of five, two are left out",
      {
        subsets: [
          { addresses: addresses("1.1.1.1", "2.2.2.2"), ports: [{ port: 1 }, { port: 2 }] },
          { addresses: addresses("fd00::1"), ports: [{ port: 3 }] },
        ],
      },
      ["1.1.1.1:1,2.2.2.2:1,1.1.1.1:2 + 2 more..."],
    ],
    ["without a port", { subsets: [{ addresses: addresses("1.1.1.1") }] }, ["1.1.1.1"]],
    [
      "of version 6",
      { subsets: [{ addresses: addresses("fd00::1"), ports: [{ port: 3 }] }] },
      ["[fd00::1]:3"],
    ],
  ],
);

printed(
  "EndpointSlice",
  ["AddressType", "Ports", "Endpoints"],
  [
    ["empty", { addressType: "IPv4", endpoints: [], ports: [] }, ["IPv4", "<unset>", "<unset>"]],
    [
      "more than three",
      {
        addressType: "IPv6",
        ports: [{ port: 1 }, { name: "b" }, {}, { port: 4 }, { port: 5 }],
        endpoints: [{ addresses: ["a", "b"] }, { addresses: ["c"] }, { addresses: ["d"] }],
      },
      ["IPv6", "1,b,* + 2 more...", "a,b,c + 1 more..."],
    ],
  ],
);

printed(
  "Ingress",
  ["Class", "Hosts", "Address", "Ports"],
  [
    ["for all hosts", { spec: { ingressClassName: "nginx", tls: [{}] } }, ["nginx", "*", "", "80, 443"]],
    ["three hosts", hosts("", "a", "b", "c"), ["<none>", "a,b,c", "", "80"]],
    [
      "a rule without a host after the third",
      hosts("a", "b", "c", ""),
      ["<none>", "a,b,c + 1 more...", "", "80"],
    ],
    ["five rules, four hosts", hosts("a", "", "b", "c", "d"), ["<none>", "a,b,c + 2 more...", "", "80"]],
    ["the same host twice", hosts("a", "a"), ["<none>", "a,a", "", "80"]],
  ],
);

printed(
  "IngressClass",
  ["Controller", "Parameters"],
  [
    ["alone", { spec: { controller: "example.com/c" } }, ["example.com/c", "<none>"]],
    ["with parameters", { spec: { controller: "c", parameters: { kind: "K", name: "n" } } }, ["c", "K/n"]],
    [
      "with parameters of a group",
      { spec: { controller: "c", parameters: { apiGroup: "g.example", kind: "K", name: "n" } } },
      ["c", "K.g.example/n"],
    ],
  ],
);

printed(
  "IPAddress",
  ["ParentRef"],
  [
    [
      "of a Service",
      { spec: { parentRef: { group: "", resource: "services", namespace: "ns", name: "n" } } },
      ["services/ns/n"],
    ],
    ["of a group", { spec: { parentRef } }, ["things.mygroup/ns/n"]],
    ["of what has no namespace", { spec: { parentRef: { resource: "nodes", name: "n" } } }, ["nodes/n"]],
    ["of nothing", { spec: {} }, ["<none>"]],
  ],
);

printed(
  "ServiceCIDR",
  ["CIDRs"],
  [
    [
      "of both versions",
      { spec: { cidrs: ["10.1.0.0/16", "fd00:1:1::/64"] } },
      ["10.1.0.0/16,fd00:1:1::/64"],
    ],
  ],
);

printed(
  "NetworkPolicy",
  ["Pod-Selector"],
  [
    ["for all pods", { spec: { podSelector: {} } }, ["<none>"]],
    ["for some", { spec: { podSelector: selector } }, [selectorText]],
  ],
);
