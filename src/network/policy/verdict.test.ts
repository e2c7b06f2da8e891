/** Kubernetes' own tests of NetworkPolicy (test/e2e/network/netpol/network_policy.go), each as the matrix of nine pods that it expects. */
import { expect, test } from "vitest";
import type { NetworkPolicySpec } from "../../resources/index.ts";
import { NinePods, pairs } from "./nine-pods.suite.ts";
import type { Protocol } from "./verdict.ts";

type Pair = readonly [from: string, to: string];
type Case = readonly [
  title: string,
  policies: Readonly<Record<string, NetworkPolicySpec>>,
  isDenied: (pair: Pair) => boolean,
  port?: number,
  protocol?: Protocol,
];

const pod = (...names: string[]) => ({ matchExpressions: [{ key: "pod", operator: "In", values: names }] });
const ns = (...names: string[]) => ({ matchExpressions: [{ key: "ns", operator: "In", values: names }] });
const toA = { podSelector: { matchLabels: { pod: "a" } } };
const ingress = (rules: NetworkPolicySpec["ingress"], from: NetworkPolicySpec = toA): NetworkPolicySpec => ({
  ...from,
  ingress: rules,
  policyTypes: ["Ingress"],
});
const egress = (rules: NetworkPolicySpec["egress"], from: NetworkPolicySpec = toA): NetworkPolicySpec => ({
  ...from,
  egress: rules,
  policyTypes: ["Egress"],
});
const in_ = (end: string, namespace: string) => end.startsWith(`${namespace}/`);
const is = (end: string, ...names: string[]) => names.includes(end.slice(2));
const port80 = [{ port: 80, protocol: "TCP" as const }];
const port81 = [{ port: 81, protocol: "TCP" as const }];

const cases: readonly Case[] = [
  ["no policy", {}, () => false],
  ["default deny of ingress", { "x/deny": ingress([], { podSelector: {} }) }, ([, to]) => in_(to, "x")],
  [
    "ingress left out denies as an empty list does",
    { "x/deny": { podSelector: {} } },
    ([, to]) => in_(to, "x"),
  ],
  ["no podSelector means all pods", { "x/deny": { policyTypes: ["Ingress"] } }, ([, to]) => in_(to, "x")],
  [
    "default deny of both",
    { "x/deny": { podSelector: {}, policyTypes: ["Ingress", "Egress"] } },
    ([from, to]) => in_(to, "x") || in_(from, "x"),
  ],
  [
    "egress rules without policyTypes deny ingress as well",
    { "x/p": { podSelector: {}, egress: [{}] } },
    ([, to]) => in_(to, "x"),
  ],
  [
    "allow to pod a from pods with a label of the same namespace",
    { "x/p": ingress([{ from: [{ podSelector: { matchLabels: { pod: "b" } } }] }]) },
    ([from, to]) => to === "x/a" && from !== "x/b",
  ],
  [
    "the namespace, by its labels",
    { "x/p": ingress([{ from: [{ namespaceSelector: { matchLabels: { ns: "y" } } }] }]) },
    ([from, to]) => to === "x/a" && !in_(from, "y"),
  ],
  [
    "an empty namespaceSelector means all",
    { "x/p": ingress([{ from: [{ namespaceSelector: {} }] }]) },
    () => false,
  ],
  [
    "an empty podSelector means those of the policy's namespace",
    { "x/p": ingress([{ from: [{ podSelector: {} }] }]) },
    ([from, to]) => to === "x/a" && !in_(from, "x"),
  ],
  [
    "expressions over pods",
    { "x/p": ingress([{ from: [{ podSelector: pod("b", "d") }] }]) },
    ([from, to]) => to === "x/a" && from !== "x/b",
  ],
  [
    "expressions over namespaces: NotIn",
    {
      "x/p": ingress([
        {
          from: [
            { namespaceSelector: { matchExpressions: [{ key: "ns", operator: "NotIn", values: ["x"] }] } },
          ],
        },
      ]),
    },
    ([from, to]) => to === "x/a" && in_(from, "x"),
  ],
  [
    "two peers: the one or the other",
    { "x/p": ingress([{ from: [{ podSelector: pod("b") }, { namespaceSelector: ns("y") }] }]) },
    ([from, to]) => to === "x/a" && !(from === "x/b" || in_(from, "y")),
  ],
  [
    "one peer with both selectors: both",
    { "x/p": ingress([{ from: [{ namespaceSelector: ns("y", "z"), podSelector: pod("b") }] }]) },
    ([from, to]) => to === "x/a" && !(is(from, "b") && !in_(from, "x")),
  ],
  [
    "several selectors of both",
    {
      "x/p": ingress([
        { from: [{ namespaceSelector: ns("y", "z"), podSelector: pod("b", "c") }] },
        { from: [{ podSelector: pod("c") }] },
      ]),
    },
    ([from, to]) => to === "x/a" && !(is(from, "b", "c") && !in_(from, "x")) && from !== "x/c",
  ],
  [
    "a rule for port 81: port 80 is closed",
    { "x/p": ingress([{ ports: port81 }]) },
    ([, to]) => to === "x/a",
  ],
  ["a rule for port 81: port 81 is open", { "x/p": ingress([{ ports: port81 }]) }, () => false, 81],
  [
    "policies add up",
    { "x/p": ingress([{ ports: port81 }]), "x/q": ingress([{ ports: port80 }]) },
    () => false,
  ],
  ["allow all", { "x/deny": ingress([]), "x/allow": ingress([{}]) }, () => false],
  ["a named port", { "x/p": ingress([{ ports: [{ port: "serve-81-tcp" }] }]) }, () => false, 81],
  [
    "another port than the named one",
    { "x/p": ingress([{ ports: [{ port: "serve-81-tcp" }] }]) },
    ([, to]) => to === "x/a",
  ],
  [
    "a named port of another protocol",
    { "x/p": ingress([{ ports: [{ port: "serve-80-udp" }] }]) },
    ([, to]) => to === "x/a",
  ],
  [
    "egress to a named port, which is one of the receiver",
    { "x/p": egress([{ ports: [{ port: "serve-80-tcp" }] }]) },
    () => false,
  ],
  ["a range of ports", { "x/p": ingress([{ ports: [{ port: 79, endPort: 81 }] }]) }, () => false],
  ["above a range", { "x/p": ingress([{ ports: [{ port: 70, endPort: 79 }] }]) }, ([, to]) => to === "x/a"],
  ["a protocol without a port", { "x/p": ingress([{ ports: [{ protocol: "TCP" }] }]) }, () => false],
  [
    "TCP is closed where a policy names only UDP",
    { "x/p": ingress([{ ports: [{ port: 80, protocol: "UDP" }] }]) },
    ([, to]) => to === "x/a",
  ],
  [
    "and UDP is open",
    { "x/p": ingress([{ ports: [{ port: 80, protocol: "UDP" }] }]) },
    () => false,
    80,
    "UDP",
  ],
  [
    "and SCTP is closed",
    { "x/p": ingress([{ ports: [{ port: 80 }] }]) },
    ([, to]) => to === "x/a",
    80,
    "SCTP",
  ],
  [
    "SCTP alone is allowed: TCP on the same port is closed",
    { "x/p": ingress([{ ports: [{ port: 80, protocol: "SCTP" }] }]) },
    ([, to]) => to === "x/a",
  ],
  [
    "SCTP alone is allowed: so it is",
    { "x/p": ingress([{ ports: [{ port: 80, protocol: "SCTP" }] }]) },
    () => false,
    80,
    "SCTP",
  ],
  [
    "SCTP alone is allowed: not on another port",
    { "x/p": ingress([{ ports: [{ port: 80, protocol: "SCTP" }] }]) },
    ([, to]) => to === "x/a",
    81,
    "SCTP",
  ],
  [
    "SCTP of a namespace, out",
    {
      "x/p": egress([{ to: [{ namespaceSelector: ns("y") }], ports: [{ port: 80, protocol: "SCTP" }] }]),
    },
    ([from, to]) => from === "x/a" && !in_(to, "y"),
    80,
    "SCTP",
  ],
  [
    "a named port from one namespace: closed to the others",
    {
      "x/p": ingress([{ from: [{ namespaceSelector: ns("y") }], ports: [{ port: "serve-80-tcp" }] }]),
    },
    ([from, to]) => to === "x/a" && !in_(from, "y"),
  ],
  [
    "a named port from one namespace: the other port is closed to all",
    {
      "x/p": ingress([{ from: [{ namespaceSelector: ns("y") }], ports: [{ port: "serve-80-tcp" }] }]),
    },
    ([, to]) => to === "x/a",
    81,
  ],
  [
    "stacked: a named port for one namespace, a second for another: the first",
    {
      "x/p": ingress([{ from: [{ namespaceSelector: ns("y") }], ports: [{ port: "serve-80-tcp" }] }]),
      "x/q": ingress([{ from: [{ namespaceSelector: ns("z") }], ports: [{ port: "serve-81-tcp" }] }]),
    },
    ([from, to]) => to === "x/a" && !in_(from, "y"),
    80,
  ],
  [
    "stacked: a named port for one namespace, a second for another: the second",
    {
      "x/p": ingress([{ from: [{ namespaceSelector: ns("y") }], ports: [{ port: "serve-80-tcp" }] }]),
      "x/q": ingress([{ from: [{ namespaceSelector: ns("z") }], ports: [{ port: "serve-81-tcp" }] }]),
    },
    ([from, to]) => to === "x/a" && !in_(from, "z"),
    81,
  ],
  [
    "stacked selectors: pods of a namespace, then all of it",
    {
      "x/p": ingress([{ from: [{ namespaceSelector: ns("y"), podSelector: pod("a") }] }]),
      "x/q": ingress([{ from: [{ namespaceSelector: ns("y"), podSelector: pod("b") }] }]),
      "x/r": ingress([{ from: [{ namespaceSelector: ns("z") }] }], { podSelector: {} }),
    },
    ([from, to]) =>
      (to === "x/a" && !(in_(from, "z") || from === "y/a" || from === "y/b")) ||
      (is(to, "b", "c") && in_(to, "x") && !in_(from, "z")),
  ],
  [
    "egress to a namespace",
    { "x/p": egress([{ to: [{ namespaceSelector: ns("y") }] }]) },
    ([from, to]) => from === "x/a" && !in_(to, "y"),
  ],
  [
    "ingress and egress of one policy",
    {
      "x/p": {
        ...toA,
        ingress: [{ from: [{ podSelector: pod("b") }] }],
        egress: [{ to: [{ namespaceSelector: ns("y") }] }],
        policyTypes: ["Ingress", "Egress"],
      },
    },
    ([from, to]) => (to === "x/a" && from !== "x/b") || (from === "x/a" && !in_(to, "y")),
  ],
  [
    "egress that is denied, although the receiver allows it",
    { "y/allow": ingress([{}]), "x/deny": egress([]) },
    ([from]) => from === "x/a",
  ],
  [
    "a block of addresses",
    { "x/p": egress([{ to: [{ ipBlock: { cidr: "10.0.1.0/24" } }] }]) },
    ([from, to]) => from === "x/a" && !in_(to, "y"),
  ],
  [
    "but for an exception",
    { "x/p": egress([{ to: [{ ipBlock: { cidr: "10.0.1.0/24", except: ["10.0.1.2/32"] } }] }]) },
    ([from, to]) => from === "x/a" && (!in_(to, "y") || to === "y/b"),
  ],
  [
    "an exception that another block allows",
    {
      "x/p": egress([
        {
          to: [
            { ipBlock: { cidr: "10.0.1.0/24", except: ["10.0.1.2/32"] } },
            { ipBlock: { cidr: "10.0.1.2/32" } },
          ],
        },
      ]),
    },
    ([from, to]) => from === "x/a" && !in_(to, "y"),
  ],
  [
    "a block of ingress",
    { "x/p": ingress([{ from: [{ ipBlock: { cidr: "10.0.2.7/29" } }] }]) },
    ([from, to]) => to === "x/a" && !in_(from, "z"),
  ],
  [
    "a policy of a namespace that selects no pod",
    { "x/p": ingress([], { podSelector: pod("d") }) },
    () => false,
  ],
];

for (const [title, policies, isDenied, port = 80, protocol = "TCP"] of cases) {
  test(title, async () => {
    const world = await new NinePods().start();
    for (const [id, spec] of Object.entries(policies)) {
      const [namespace = "", name = ""] = id.split("/");
      await world.policy(namespace, name, spec);
    }
    expect(world.denied(port, protocol)).toEqual(pairs(isDenied));
  });
}

test("a verdict names the policies that decided, and the direction that is denied", async () => {
  const world = await new NinePods().start();
  await world.policy("x", "deny", ingress([], { podSelector: {} }));
  await world.policy("x", "b-to-a", ingress([{ from: [{ podSelector: pod("b") }] }]));
  await world.policy("y", "out", egress([{ to: [{ ipBlock: { cidr: "10.0.0.0/24" } }] }]));
  expect(world.verdict("y/c", "z/a", 80)).toEqual({ allowed: true, policies: [] });
  expect(world.verdict("x/b", "x/a", 80)).toEqual({ allowed: true, policies: ["x/b-to-a"] });
  expect(world.verdict("x/c", "x/a", 80)).toEqual({
    allowed: false,
    direction: "Ingress",
    policies: ["x/deny", "x/b-to-a"],
  });
  expect(world.verdict("y/a", "z/a", 80)).toEqual({
    allowed: false,
    direction: "Egress",
    policies: ["y/out"],
  });
});

test("a pod reaches itself, and its own node's pods of host network reach it", async () => {
  const world = await new NinePods().start();
  await world.policy("x", "deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  await world.pod("x", "host", { hostNetwork: true, nodeName: "node-0", address: "192.0.2.1" });
  await world.pod("x", "far", { hostNetwork: true, nodeName: "node-1", address: "192.0.2.2" });
  await world.pod("x", "web", { nodeName: "node-0", address: "10.0.0.9" });
  expect(world.verdict("x/a", "x/a", 80).allowed).toBe(true);
  expect(world.verdict("x/host", "x/web", 80).allowed).toBe(true);
  expect(world.verdict("x/far", "x/web", 80).allowed).toBe(false);
  // No policy selects a pod of host network, and only blocks of addresses mean it.
  expect(world.verdict("x/host", "y/a", 80).allowed).toBe(true);
  await world.policy("x", "same", ingress([{ from: [{ podSelector: {} }] }], { podSelector: {} }));
  expect(world.verdict("x/far", "x/web", 80).allowed).toBe(false);
  await world.policy(
    "x",
    "block",
    ingress([{ from: [{ ipBlock: { cidr: "192.0.2.2/32" } }] }], { podSelector: {} }),
  );
  expect(world.verdict("x/far", "x/web", 80).allowed).toBe(true);
});

test("an address outside of the cluster is meant by blocks alone, or by a rule for all", async () => {
  const world = await new NinePods().start();
  await world.policy("x", "in", ingress([{ from: [{ namespaceSelector: {} }] }]));
  expect(world.verdict("203.0.113.7", "x/a", 80).allowed).toBe(false);
  expect(world.verdict("203.0.113.7", "x/b", 80).allowed).toBe(true);
  await world.policy("x", "block", ingress([{ from: [{ ipBlock: { cidr: "203.0.113.0/24" } }] }]));
  expect(world.verdict("203.0.113.7", "x/a", 80).policies).toEqual(["x/block"]);
  await world.policy("x", "six", ingress([{ from: [{ ipBlock: { cidr: "2001:db8::/32" } }] }]));
  expect(world.verdict("2001:db8::7", "x/a", 80).policies).toEqual(["x/six"]);
  expect(world.verdict("2001:db9::7", "x/a", 80).allowed).toBe(false);
});

test("a message has no port: a rule allows it whatever ports it lists", async () => {
  const world = await new NinePods().start();
  await world.policy("x", "p", ingress([{ ports: port81, from: [{ podSelector: pod("b") }] }]));
  expect(world.verdict("x/b", "x/a").allowed).toBe(true);
  expect(world.verdict("x/c", "x/a").allowed).toBe(false);
});
