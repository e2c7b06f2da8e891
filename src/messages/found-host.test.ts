import { expect, it } from "vitest";
import { seededRandom } from "../outside/index.ts";
import { endpointFor, type FoundHost } from "./found-host.ts";

const endpoints = [1, 2, 3].map(n => ({ address: `127.1.0.${n}`, port: 8080, node: `node-${n % 2}` }));
const service: FoundHost = {
  name: "web.shop.svc.cluster.local",
  addresses: ["10.96.0.7"],
  ports: [
    { name: "http", port: 80, endpoints },
    { name: "none", port: 81, endpoints: [] },
  ],
};
const client = { address: "127.1.0.9", node: "node-0", random: seededRandom(1) };
const chosen = (found: FoundHost, port = 80, address = client.address) =>
  endpointFor(found, "10.96.0.7", port, { ...client, address })?.address;
const many = (found: FoundHost, address?: string) =>
  new Set(Array.from({ length: 100 }, () => chosen(found, 80, address)));

it("chooses any ready endpoint, one for each connection", () => {
  expect(many(service)).toEqual(new Set(endpoints.map(({ address }) => address)));
});

it("keeps a client to one endpoint, and spreads the clients", () => {
  const sticky = { ...service, isSticky: true };
  expect(many(sticky).size).toBe(1);
  const clients = Array.from({ length: 100 }, (_, n) => chosen(sticky, 80, `127.1.1.${n}`));
  const counts = endpoints.map(({ address }) => clients.filter(each => each === address).length);
  expect(Math.min(...counts)).toBeGreaterThan(20);
});

it("stays with the endpoint of a client when another comes", () => {
  const [first = "", ...others] = [...many({ ...service, isSticky: true })];
  expect(others).toEqual([]);
  const more = endpoints.filter(({ address }) => address !== first);
  const without = { ...service, isSticky: true, ports: [{ name: "", port: 80, endpoints: more }] };
  expect(many(without).has(first)).toBe(false);
});

it("takes only endpoints of its node where the Service says so", () => {
  expect(many({ ...service, isLocal: true })).toEqual(new Set(["127.1.0.2"]));
});

it.each([
  ["nothing is ready", 81],
  ["the Service has no such port", 82],
])("refuses where %s", (_, port) => {
  expect(chosen(service, port)).toBeUndefined();
});

it("connects to a pod itself on any port", () => {
  const pod = { name: "127.1.0.3", addresses: ["127.1.0.3"] };
  expect(endpointFor(pod, "127.1.0.3", 5432, client)).toEqual({ address: "127.1.0.3", port: 5432 });
});
