/** That what is remembered of verdicts is never older than the store; and the same verdicts by the shortest way that there is. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Labels, NetworkPolicy, NetworkPolicySpec, Pod } from "../../resources/index.ts";
import { NinePods, namespaces, nine } from "./nine-pods.suite.ts";

const onlyFrom = (labels: Labels): NetworkPolicySpec => ({
  podSelector: { matchLabels: { pod: "a" } },
  ingress: [{ from: [{ podSelector: { matchLabels: labels } }] }],
  policyTypes: ["Ingress"],
});

test("a verdict changes with the policies, the labels of pods and of namespaces, and the address", async () => {
  const world = await new NinePods().start();
  const may = (from = "x/b", to = "x/a") => world.verdict(from, to, 80).allowed;
  expect(may()).toBe(true);
  await world.policy("x", "p", onlyFrom({ pod: "c" }));
  expect(may()).toBe(false);
  await world.policy("x", "p", onlyFrom({ pod: "b" }));
  expect(may()).toBe(true);
  await world.pod("x", "b", { labels: { pod: "other" }, address: "10.0.0.2" });
  expect(may()).toBe(false);
  await world.policy("x", "p", {
    podSelector: { matchLabels: { pod: "a" } },
    ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: "green" } } }] }],
  });
  expect(may("y/b")).toBe(false);
  await world.change("Namespace", "", "y", ({ metadata, ...rest }) => ({
    ...rest,
    metadata: { ...(metadata as object), labels: { team: "green" } },
  }));
  expect(may("y/b")).toBe(true);
  await world.policy("x", "p", {
    podSelector: { matchLabels: { pod: "a" } },
    ingress: [{ from: [{ ipBlock: { cidr: "10.9.0.0/16" } }] }],
  });
  expect(may()).toBe(false);
  await world.pod("x", "b", { address: "10.9.0.1" });
  expect(may()).toBe(true);
  expect(may("10.9.0.1")).toBe(true);
  await world.remove("NetworkPolicy", "x", "p");
  expect(may("y/c")).toBe(true);
  expect(world.policies.isPoliced).toBe(false);
});

test("an address is that of the pod that has it now", async () => {
  const world = await new NinePods().start();
  const whoAt = (address: string) => world.policies.endAt(address).pod?.name;
  expect(whoAt("10.0.0.1")).toBe("a");
  await world.remove("Pod", "x", "a");
  expect(whoAt("10.0.0.1")).toBeUndefined();
  await world.pod("x", "d", { address: "10.0.0.1" });
  expect(whoAt("10.0.0.1")).toBe("d");
  await world.change("Pod", "x", "d", pod => ({ ...pod, status: { podIP: "10.0.0.1", phase: "Succeeded" } }));
  expect(whoAt("10.0.0.1")).toBeUndefined();
  await world.pod("x", "e", { address: "10.0.0.1", hostNetwork: true });
  expect(whoAt("10.0.0.1")).toBeUndefined();
});

test("who listens hears what has changed, and nothing of what no verdict depends on", async () => {
  const world = await new NinePods().start();
  const heard: unknown[] = [];
  const stop = world.policies.onChange(change => heard.push(change));
  await world.pod("x", "a", { labels: { pod: "new" }, address: "10.0.0.1" });
  expect(heard).toEqual([]);
  await world.policy("x", "p", onlyFrom({}));
  await world.policy("x", "p", onlyFrom({}));
  expect(heard).toEqual(["all"]);
  await world.change("Pod", "x", "a", pod => ({ ...pod, status: { podIP: "10.0.0.1", phase: "Running" } }));
  expect(heard).toEqual(["all"]);
  await world.pod("x", "a", { address: "10.0.0.1" });
  expect(heard).toEqual(["all", { pod: "Pod x/a" }]);
  stop();
  await world.remove("NetworkPolicy", "x", "p");
  expect(heard).toHaveLength(2);
});

// The same by the shortest way: no index, no memory, addresses as numbers.

const selector = fc.oneof(
  fc.constant({}),
  fc.constantFrom("a", "b", "c", "d").map(pod => ({ matchLabels: { pod } })),
  fc
    .tuple(
      fc.constantFrom("In", "NotIn", "Exists", "DoesNotExist"),
      fc.subarray(["a", "b", "c"], { minLength: 1 }),
    )
    .map(([operator, all]) => ({
      matchExpressions: [{ key: "pod", operator, ...(operator.endsWith("In") && { values: all }) }],
    })),
);
const ofNamespaces = fc.oneof(
  fc.constant({}),
  fc.constantFrom("x", "y", "z", "w").map(ns => ({ matchLabels: { ns } })),
);
const address = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }))
  .map(([third, fourth]) => `10.0.${third}.${fourth}`);
const cidr = fc.tuple(address, fc.integer({ min: 16, max: 32 })).map(([at, length]) => `${at}/${length}`);
const peer = fc.oneof(
  selector.map(podSelector => ({ podSelector })),
  ofNamespaces.map(namespaceSelector => ({ namespaceSelector })),
  fc.record({ podSelector: selector, namespaceSelector: ofNamespaces }),
  fc.record({ cidr, except: fc.array(cidr, { maxLength: 2 }) }).map(ipBlock => ({ ipBlock })),
);
const port = fc.record(
  {
    port: fc.oneof(fc.constantFrom(79, 80, 81), fc.constantFrom("serve-80-tcp", "serve-81-udp")),
    protocol: fc.constantFrom("TCP", "UDP", "SCTP"),
  },
  { requiredKeys: [] },
);
const range = fc.constantFrom({ port: 79, endPort: 80 }, { port: 1, endPort: 65535 });
const ports = fc.array(fc.oneof(port, range), { maxLength: 2 });
const peers = fc.array(peer, { maxLength: 2 });
const spec = fc.record(
  {
    podSelector: selector,
    ingress: fc.array(fc.record({ from: peers, ports }, { requiredKeys: [] }), { maxLength: 2 }),
    egress: fc.array(fc.record({ to: peers, ports }, { requiredKeys: [] }), { maxLength: 2 }),
    policyTypes: fc.subarray(["Ingress", "Egress"], { minLength: 1 }),
  },
  { requiredKeys: ["podSelector"] },
) as fc.Arbitrary<NetworkPolicySpec>;

test("verdicts are those of the shortest way", async () => {
  const policies = fc.array(fc.tuple(fc.constantFrom(...namespaces), spec), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(policies, policies, async (first, second) => {
      const world = await new NinePods().start();
      for (const round of [first, second]) {
        // The second round replaces some of the first, after verdicts have been remembered.
        for (const [i, [ns, each]] of round.entries()) await world.policy(ns, `p${i}`, each);
        const all = world.store.list("NetworkPolicy");
        for (const from of nine)
          for (const to of nine)
            for (const number of [80, 81]) {
              const what = `${from} to ${to}:${number}`;
              const isAllowed = mayConnect(world, all, from, to, number);
              expect(`${what} ${world.verdict(from, to, number).allowed}`).toBe(`${what} ${isAllowed}`);
            }
      }
    }),
    { numRuns: 60 },
  );
});

function mayConnect(
  world: NinePods,
  policies: readonly NetworkPolicy[],
  from: string,
  to: string,
  port: number,
): boolean {
  if (from === to) return true;
  const podOf = (text: string) => world.store.get("Pod", ...(text.split("/") as [string, string])) as Pod;
  const [a, b] = [podOf(from), podOf(to)];
  const open = (side: "Ingress" | "Egress", self: Pod, other: Pod) => {
    const about = policies.filter(({ metadata, spec: { podSelector, policyTypes, egress } = {} }) => {
      const types: readonly string[] = policyTypes ?? (egress ? ["Ingress", "Egress"] : ["Ingress"]);
      return (
        metadata.namespace === self.metadata.namespace && types.includes(side) && selects(podSelector, self)
      );
    });
    const rules = about.flatMap(({ metadata, spec: { ingress = [], egress = [] } = {} }) =>
      side === "Ingress"
        ? ingress.map(rule => ({ ns: metadata.namespace, peers: rule.from, ports: rule.ports }))
        : egress.map(rule => ({ ns: metadata.namespace, peers: rule.to, ports: rule.ports })),
    );
    return (
      about.length === 0 ||
      rules.some(
        ({ ns, peers: listed = [], ports: numbers = [] }) =>
          (listed.length === 0 || listed.some(each => isPeer(each, ns, other))) &&
          (numbers.length === 0 || numbers.some(each => isPort(each, port))),
      )
    );
  };
  return open("Egress", a, b) && open("Ingress", b, a);
}

type Peer = NonNullable<NonNullable<NetworkPolicySpec["ingress"]>[number]["from"]>[number];
type Port = NonNullable<NonNullable<NetworkPolicySpec["ingress"]>[number]["ports"]>[number];

function isPeer(
  { ipBlock, podSelector, namespaceSelector }: Peer,
  ns: string | undefined,
  other: Pod,
): boolean {
  const ip = other.status?.podIP ?? "";
  if (ipBlock) return isWithin(ip, ipBlock.cidr) && !ipBlock.except?.some(each => isWithin(ip, each));
  const theirs = other.metadata.namespace ?? "";
  const wanted = namespaceSelector?.matchLabels?.ns;
  const isTheirs = namespaceSelector ? wanted === undefined || wanted === theirs : ns === theirs;
  return isTheirs && (!podSelector || selects(podSelector, other));
}

function isPort({ port: wanted, endPort, protocol = "TCP" }: Port, port: number): boolean {
  if (protocol !== "TCP") return false;
  if (typeof wanted === "string") return wanted === `serve-${port}-tcp`;
  return (
    wanted === undefined || wanted === port || (endPort !== undefined && wanted <= port && port <= endPort)
  );
}

function selects(wanted: NetworkPolicySpec["podSelector"], { metadata }: Pod): boolean {
  const label = metadata.labels?.pod ?? "";
  const { matchLabels, matchExpressions: [expression] = [] } = wanted ?? {};
  if (matchLabels) return matchLabels.pod === label;
  if (!expression) return true;
  const isListed = expression.values?.includes(label) ?? false;
  const held = { In: isListed, NotIn: !isListed, Exists: true, DoesNotExist: false };
  return held[expression.operator as keyof typeof held];
}

function isWithin(address: string, block: string): boolean {
  const [base = "", length = ""] = block.split("/");
  const number = (text: string) => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(length));
  return Math.floor(number(address) / size) === Math.floor(number(base) / size);
}
