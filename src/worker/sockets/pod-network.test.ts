import { expect, it } from "vitest";
import { type FoundHost, TrafficBook } from "../../messages/index.ts";
import { realClock, seededRandom } from "../../outside/index.ts";
import { ThreadFarewells } from "./farewell-lines.ts";
import { PodNetwork } from "./pod-network.ts";

const own = "127.1.0.5";
const asked: string[] = [];
const network = new PodNetwork({
  sockets: { prefix: "/run/k4s/", podIP: own },
  hostname: "web-0",
  random: seededRandom(1),
  traffic: new TrafficBook({ clock: realClock, random: seededRandom(1), report: () => {} }),
  records: undefined,
  farewells: new ThreadFarewells("farewells"),
  async *hosts(host) {
    asked.push(host);
    yield host === "web" ? { name: "web.default.svc.cluster.local", addresses: ["10.96.0.7"] } : undefined;
    await new Promise(() => {});
  },
});

it.each([
  ["localhost", "127.0.0.1"],
  ["LOCALHOST", "127.0.0.1"],
  ["a.localhost", "127.0.0.1"],
  ["127.0.0.1", "127.0.0.1"],
  ["127.0.1.1", "127.0.0.1"],
  ["::1", "127.0.0.1"],
  ["[::1]", "127.0.0.1"],
  ["0.0.0.0", "127.0.0.1"],
  ["::ffff:127.0.0.1", "127.0.0.1"],
  ["::ffff:7f00:1", "127.0.0.1"],
  ["web-0", own],
  [own, own],
  [`::ffff:${own}`, own],
])("is itself: %s", (host, address) => {
  expect(network.find(host)).toMatchObject({ addresses: [address] });
});

it.each(["2001:db8::1", "a".repeat(254), "a name with spaces", "bücher.example"])(
  "never asks what cannot be the cluster's: %s",
  host => {
    const before = asked.length;
    expect(network.find(host)).toBeUndefined();
    expect(asked).toHaveLength(before);
  },
);

it("asks the cluster once", async () => {
  const found = await network.find("web");
  expect(found).toMatchObject({ addresses: ["10.96.0.7"] });
  expect(network.find("web")).not.toBeInstanceOf(Promise);
  expect(await network.find("elsewhere.example")).toBeUndefined();
});

it("tries the pod's own sockets before the machine, on loopback", () => {
  const [way] = network.waysTo({ name: "localhost", addresses: ["127.0.0.1"] }, 80);
  expect(way).toMatchObject({ isLoopback: true });
  expect(way?.places).toEqual([
    { path: `/run/k4s/${own}-80`, podIP: "127.0.0.1", port: 80 },
    { path: `/run/k4s/${own}-80-lo`, podIP: "127.0.0.1", port: 80 },
    { host: "127.0.0.1", port: 80 },
  ]);
});

it("leads to pods by their sockets, to all else by its address, and nowhere without an endpoint", () => {
  const service = (...addresses: string[]): FoundHost => ({
    name: "s",
    addresses: ["10.96.0.7"],
    ports: [{ name: "", port: 80, endpoints: addresses.map(address => ({ address, port: 8080 })) }],
  });
  const places = (found: FoundHost) => network.waysTo(found, 80).map(({ places }) => places);
  expect(places(service("127.1.0.9"))).toEqual([
    [{ path: "/run/k4s/127.1.0.9-8080", podIP: "127.1.0.9", port: 8080 }],
  ]);
  expect(places(service("192.0.2.1"))).toEqual([[{ host: "192.0.2.1", port: 8080 }]]);
  expect(places(service())).toEqual([[]]);
});

it.each([
  [undefined, "any"],
  ["", "any"],
  ["::", "any"],
  ["0.0.0.0", "any"],
  ["localhost", "loopback"],
  ["127.0.0.1", "loopback"],
  [own, "pod"],
  ["web-0", "pod"],
  ["192.0.2.1", undefined],
  ["127.1.0.6", undefined],
])("a server may listen on %s: %s", (host, which) => {
  expect(network.ownAddress(host)).toBe(which);
});

it("gives ports as Linux does, one after the other", () => {
  const ports = Array.from({ length: 30_000 }, () => network.clientPort());
  expect(Math.min(...ports)).toBe(32_768);
  expect(Math.max(...ports)).toBe(60_999);
  expect(new Set(ports).size).toBe(28_232);
});
