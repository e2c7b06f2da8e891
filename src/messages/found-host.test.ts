import { expect, it } from "vitest";
import { seededRandom, VirtualClock } from "../outside/index.ts";
import { endpointFor, type FoundHost } from "./found-host.ts";
import { TrafficBook, type TrafficPolicy } from "./traffic/index.ts";

const endpoints = [1, 2, 3].map(n => ({ address: `127.1.0.${n}`, port: 8080, node: `node-${n % 2}` }));
const service: FoundHost = {
  name: "web.shop.svc.cluster.local",
  addresses: ["10.96.0.7"],
  ports: [
    { name: "http", port: 80, endpoints },
    { name: "none", port: 81, endpoints: [] },
  ],
};
const policy: TrafficPolicy = { service: "shop/web", balancing: "random" };
const sticky = { ...service, traffic: { ...policy, affinityMs: 10_800_000 } };
const book = () => new TrafficBook({ clock: new VirtualClock(), random: seededRandom(1), report: () => {} });
const chosen = (found: FoundHost, port = 80, address = "127.1.0.9", traffic = book()) =>
  endpointFor(found, "10.96.0.7", port, { address, traffic })?.endpoint.address;
const many = (found: FoundHost, address?: string, traffic = book()) =>
  new Set(Array.from({ length: 100 }, () => chosen(found, 80, address, traffic)));

it("chooses any ready endpoint, one for each connection", () => {
  expect(many(service)).toEqual(new Set(endpoints.map(({ address }) => address)));
});

it("takes turns where the Service says so", () => {
  const traffic = book();
  const found = { ...service, traffic: { ...policy, balancing: "round-robin" as const } };
  const turns = Array.from({ length: 6 }, () => chosen(found, 80, "127.1.0.9", traffic));
  expect(new Set(turns.slice(0, 3)).size).toBe(3);
  expect(turns.slice(3)).toEqual(turns.slice(0, 3));
});

it("keeps a client to one endpoint, and spreads the clients", () => {
  expect(many(sticky).size).toBe(1);
  const clients = Array.from({ length: 100 }, (_, n) => chosen(sticky, 80, `127.1.1.${n}`));
  const counts = endpoints.map(({ address }) => clients.filter(each => each === address).length);
  expect(Math.min(...counts)).toBeGreaterThan(20);
});

it("leaves an endpoint only when that is gone, and stays with the next one when it comes back", () => {
  const traffic = book();
  const [first = "", ...others] = [...many(sticky, undefined, traffic)];
  expect(others).toEqual([]);
  const more = endpoints.filter(({ address }) => address !== first);
  const without = { ...sticky, ports: [{ name: "http", port: 80, endpoints: more }] };
  const [second = ""] = [...many(without, undefined, traffic)];
  expect(second).not.toBe(first);
  expect(many(sticky, undefined, traffic)).toEqual(new Set([second]));
});

it.each([
  ["nothing is ready", 81],
  ["the Service has no such port", 82],
])("refuses where %s", (_, port) => {
  expect(chosen(service, port)).toBeUndefined();
});

it("connects to a pod itself on any port", () => {
  const pod = { name: "127.1.0.3", addresses: ["127.1.0.3"] };
  expect(endpointFor(pod, "127.1.0.3", 5432, { address: "127.1.0.9", traffic: book() })).toEqual({
    endpoint: { address: "127.1.0.3", port: 5432 },
  });
});
