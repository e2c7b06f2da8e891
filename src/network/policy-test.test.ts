/** What `policy test` says: of pods, Services and addresses, by number and name of port, and where something is not there. */
import { expect, test } from "vitest";
import type { Service } from "../resources/index.ts";
import { NinePods } from "./policy/nine-pods.suite.ts";
import { type PolicyTestOptions, policyTest } from "./policy-test.ts";

async function town() {
  const world = await new NinePods().start();
  await world.write("Service", "x", "web", {
    spec: {
      clusterIP: "10.96.0.7",
      ports: [
        { name: "http", port: 8080 },
        { name: "dns", port: 53, protocol: "UDP" },
      ],
    },
  });
  await world.write("EndpointSlice", "x", "web-1", {
    metadata: { labels: { "kubernetes.io/service-name": "web" } },
    addressType: "IPv4",
    endpoints: [
      { addresses: ["10.0.0.1"], conditions: { ready: true } },
      { addresses: ["10.0.0.2"], conditions: { ready: false } },
    ],
    ports: [
      { name: "http", port: 80 },
      { name: "dns", port: 81, protocol: "UDP" },
    ],
  });
  await world.write("Service", "x", "nobody", { spec: { clusterIP: "10.96.0.8", ports: [{ port: 80 }] } });
  await world.write("Service", "x", "away", { spec: { type: "ExternalName", externalName: "example.com" } });
  await world.write("Service", "x", "headless", { spec: { clusterIP: "None" } });
  const servicesAt = (address: string): Service[] =>
    world.store.list("Service").filter(({ spec }) => spec.clusterIP === address);
  const { store, policies } = world;
  const ask = (from: string, to: string, options: PolicyTestOptions = {}) =>
    policyTest(from, to, { namespace: "x", ...options }, { store, policies, servicesAt });
  return { world, ask };
}

const onlyHttp = {
  podSelector: { matchLabels: { pod: "a" } },
  ingress: [
    { from: [{ podSelector: { matchLabels: { pod: "c" } } }] },
    { from: [{ namespaceSelector: { matchLabels: { ns: "y" } } }], ports: [{ port: "serve-80-tcp" }] },
  ],
};

test("it names the policies and the rule that decides, at both ends", async () => {
  const { world, ask } = await town();
  await world.policy("x", "only-http", onlyHttp);
  await world.policy("y", "out", { podSelector: {}, policyTypes: ["Egress"], egress: [{}] });
  expect(ask("pod/y/b", "pod/a:80")).toEqual({
    allowed: true,
    ways: [
      {
        from: "pod y/b",
        to: "pod x/a",
        port: 80,
        protocol: "TCP",
        allowed: true,
        isAlways: false,
        egress: { direction: "Egress", selectedBy: ["y/out"], allowedBy: { policy: "y/out", rule: 0 } },
        ingress: {
          direction: "Ingress",
          selectedBy: ["x/only-http"],
          allowedBy: { policy: "x/only-http", rule: 1 },
        },
      },
    ],
    text: `allowed: pod y/b -> pod x/a, port 80/TCP
  egress of pod y/b: allowed by NetworkPolicy y/out, spec.egress[0]
  ingress of pod x/a: allowed by NetworkPolicy x/only-http, spec.ingress[1]
`,
  });
  expect(ask("pod/b", "pod/a:80").text).toBe(`denied: pod x/b -> pod x/a, port 80/TCP
  egress of pod x/b: open, no NetworkPolicy selects it
  ingress of pod x/a: denied, no rule of NetworkPolicy x/only-http allows it
`);
  expect(ask("pod/a", "pod/a:80").text).toContain("a pod reaches itself");
});

test.each<[string, string, string, PolicyTestOptions, boolean, readonly (number | undefined)[]]>([
  ["a pod's port by its name", "pod/y/b", "pod/a", { port: "serve-80-tcp" }, true, [80]],
  ["another port", "pod/y/b", "pod/a:81", {}, false, [81]],
  [
    "a Service by its port, at the port of its pods, also those that are not ready",
    "pod/y/b",
    "web:8080",
    {},
    true,
    [80, 80],
  ],
  ["a Service by the port's name, of one pod that denies it", "pod/b", "web:http", {}, false, [80, 80]],
  ["the protocol behind the port", "pod/y/b", "service/web:53/UDP", {}, false, [81, 81]],
  ["the protocol as an option", "pod/y/b", "web", { port: "dns", protocol: "UDP" }, false, [81, 81]],
  ["a Service's address", "pod/y/b", "10.96.0.7:8080", {}, true, [80, 80]],
  ["a pod's address", "10.0.1.2", "10.0.0.1:80", {}, true, [80]],
  ["a pod's address as a socket of IPv6 tells it", "::ffff:10.0.1.2", "[::ffff:10.0.0.1]:80", {}, true, [80]],
  ["an address outside", "203.0.113.7", "pod/a:80", {}, false, [80]],
  ["to an address outside", "pod/a", "203.0.113.7:443", {}, true, [443]],
  ["a message, whatever ports rules list", "pod/y/b", "pod/a", {}, true, [undefined]],
  ["the pods behind a Service as those who connect", "web", "pod/a:80", {}, false, [80, 80]],
  ["a Service of another namespace", "pod/b", "web.x:8080", { namespace: "z" }, false, []],
])("%s", async (_, from, to, options, allowed, ports) => {
  const { world, ask } = await town();
  await world.policy("x", "only-http", onlyHttp);
  if (options.namespace) await world.pod("z", "b", { address: "10.0.2.2" });
  const told = ask(from, to, options);
  expect(told.allowed).toBe(allowed);
  if (ports.length > 0) expect(told.ways.map(({ port }) => port)).toEqual(ports);
});

test("a Service without an endpoint is no way: that is told, and is not allowed", async () => {
  const { ask } = await town();
  expect(ask("pod/a", "nobody:80")).toEqual({
    allowed: false,
    ways: [],
    text: "nothing to test: Service x/nobody has no endpoint\n",
  });
  expect(ask("pod/a", "headless:80").text).toBe("nothing to test: Service x/headless has no endpoint\n");
});

test.each<[string, string, PolicyTestOptions, string, RegExp]>([
  ["pod/nobody", "web:8080", {}, "NotFound", /^there is no pod and no Service "pod\/nobody" .*namespace "x"/],
  ["pod/a", "x/b", {}, "NotFound", /pod\/NAMESPACE\/NAME/],
  [
    "pod/a",
    "web:81",
    {},
    "NotFound",
    /^Service x\/web has no port 81\/TCP: it has 8080 \(http\)\/TCP, 53 \(dns\)\/UDP$/,
  ],
  ["pod/a", "pod/b:nope", {}, "NotFound", /^pod x\/b has no port of the name "nope" for TCP$/],
  ["pod/a", "10.9.9.9:nope", {}, "NotFound", /^10.9.9.9 has no port of the name/],
  ["pod/a", "away:443", {}, "BadRequest", /stands for example.com/],
  ["pod/a", "web:80", { port: 80 }, "BadRequest", /given twice/],
  ["pod/a", "web:70000", {}, "BadRequest", /from 1 to 65535/],
  ["pod/a", "../../etc", {}, "NotFound", /no pod/],
])("%s to %s is %j: %s", async (from, to, options, reason, message) => {
  const { ask } = await town();
  expect(() => ask(from, to, options)).toThrow(
    expect.objectContaining({ reason, message: expect.stringMatching(message) }),
  );
});
