/**
 * The matrix of Kubernetes' own tests of NetworkPolicy on real sockets: the pods a, b and c in each of the namespaces x, y and z, every pair of
 * them, on ports 80 and 81, by the name of a Service. What is allowed connects; what is denied hears nothing, as long as all that is
 * allowed takes and a while longer. The verdicts themselves are tested beside their source, with many more cases.
 */

import type { NetworkPolicySpec } from "k4s";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Scene, scene } from "./scene.ts";

const program = `
const net = require("node:net");
for (const port of [80, 81]) net.createServer(socket => socket.on("error", () => {}).end()).listen(port);
let open = [];
const state = socket => socket.tried ?? "waits";
module.exports = async ({ inbox }) => {
  for await (const { body, reply } of inbox) {
    if (body === "look") reply(open.map(state));
    else {
      for (const socket of open) socket.destroy();
      open = body.map(([host, port]) => {
        const socket = net.connect(port, host);
        socket.on("connect", () => (socket.tried = "open")).on("error", ({ code }) => (socket.tried ??= code)).resume();
        return socket;
      });
      reply("tries");
    }
  }
};
`;

const namespaces = ["x", "y", "z"];
const nine = namespaces.flatMap(ns => ["a", "b", "c"].map(name => `${ns}/${name}`));
type Pair = readonly [from: string, to: string, port: number];
const pairs = nine.flatMap(from =>
  nine.filter(to => to !== from).flatMap(to => [80, 81].map((port): Pair => [from, to, port])),
);

let cluster: Scene;
beforeAll(async () => {
  cluster = await scene({ "program.cjs": program });
  await cluster.apply(
    namespaces.map(name => {
      return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { ns: name } } };
    }),
  );
  const ports = [80, 81].map(port => ({ name: `serve-${port}-tcp`, port }));
  for (const each of nine) {
    const [namespace = "", name = ""] = each.split("/");
    const metadata = { name, namespace, labels: { pod: name } };
    const container = {
      name: "main",
      image: "program",
      ports: ports.map(({ name: portName, port }) => ({ name: portName, containerPort: port })),
      readinessProbe: { tcpSocket: { port: 81 } },
    };
    await cluster.apply([
      { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [container] } },
      { apiVersion: "v1", kind: "Service", metadata, spec: { selector: { pod: name }, ports } },
    ]);
  }
  for (const each of nine) await cluster.waitFor(`Pod/${each}`, "Ready");
}, 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

const ask = (pod: string, body: unknown) => cluster.api.request<string[]>(`pod/${pod}`, body);
const shown = ([from, to, port]: Pair) => `${from}>${to}:${port}`;

/** What became of each pair's connection, tried anew, once all that are to be open are so and the rest has had a while. */
async function outcomes(isDenied: (pair: Pair) => boolean): Promise<string[]> {
  const of = (from: string) => pairs.filter(pair => pair[0] === from);
  await Promise.all(
    nine.map(from =>
      ask(
        from,
        of(from).map(([, to, port]) => [to.split("/").toReversed().join("."), port]),
      ),
    ),
  );
  const look = async () => {
    const states = await Promise.all(nine.map(from => ask(from, "look")));
    return new Map(nine.flatMap((from, i) => of(from).map((pair, j) => [pair, states[i]?.[j]] as const)));
  };
  await expect
    .poll(
      async () => [...(await look())].filter(([pair, state]) => !isDenied(pair) && state === "waits").length,
      {
        timeout: 15_000,
      },
    )
    .toBe(0);
  await new Promise(resolve => setTimeout(resolve, 100));
  return [...(await look())].flatMap(([pair, state]) => {
    const wanted = isDenied(pair) ? "waits" : "open";
    return state === wanted ? [] : [`${shown(pair)} ${state}`];
  });
}

const toA = { podSelector: { matchLabels: { pod: "a" } } };
const from = (...ns: string[]) => [
  { namespaceSelector: { matchExpressions: [{ key: "ns", operator: "In", values: ns }] } },
];
const isOf = (end: string, ns: string) => end.startsWith(`${ns}/`);

it.each<
  [title: string, policies: Readonly<Record<string, NetworkPolicySpec>>, isDenied: (pair: Pair) => boolean]
>([
  ["no policy: all reach all", {}, () => false],
  [
    "default deny of ingress",
    { deny: { podSelector: {}, policyTypes: ["Ingress"] } },
    ([, to]) => isOf(to, "x"),
  ],
  [
    "default deny of both",
    { deny: { podSelector: {}, policyTypes: ["Ingress", "Egress"] } },
    ([one, to]) => isOf(to, "x") || isOf(one, "x"),
  ],
  [
    "pods of one label, of the same namespace",
    { p: { ...toA, ingress: [{ from: [{ podSelector: { matchLabels: { pod: "b" } } }] }] } },
    ([one, to]) => to === "x/a" && one !== "x/b",
  ],
  [
    "a port, from one namespace",
    { p: { ...toA, ingress: [{ from: from("y"), ports: [{ port: 81 }] }] } },
    ([one, to, port]) => to === "x/a" && !(isOf(one, "y") && port === 81),
  ],
  [
    "stacked: a named port for one namespace, the other for another",
    {
      p: { ...toA, ingress: [{ from: from("y"), ports: [{ port: "serve-80-tcp" }] }] },
      q: { ...toA, ingress: [{ from: from("z"), ports: [{ port: "serve-81-tcp" }] }] },
    },
    ([one, to, port]) => to === "x/a" && !(port === 80 ? isOf(one, "y") : isOf(one, "z")),
  ],
  [
    "egress to a named port of one namespace",
    {
      p: { ...toA, policyTypes: ["Egress"], egress: [{ to: from("y"), ports: [{ port: "serve-80-tcp" }] }] },
    },
    ([one, to, port]) => one === "x/a" && !(isOf(to, "y") && port === 80),
  ],
  [
    "a deny, and one that allows all",
    { deny: { podSelector: {} }, all: { podSelector: {}, ingress: [{}] } },
    () => false,
  ],
])("%s", { timeout: 60_000 }, async (_, policies, isDenied) => {
  await cluster.apply(
    Object.entries(policies).map(([name, spec]) => {
      const metadata = { name, namespace: "x" };
      return { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata, spec };
    }),
  );
  try {
    // A thread may not have heard of a policy at once: what it has connected until then is ended.
    let wrong = await outcomes(isDenied);
    for (let tries = 1; wrong.length > 0 && tries < 3; tries++) wrong = await outcomes(isDenied);
    expect(wrong).toEqual([]);
  } finally {
    for (const name of Object.keys(policies)) await cluster.delete("NetworkPolicy", name, { namespace: "x" });
  }
});
