import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, expect, it } from "vitest";
import type { FoundEndpoint } from "../messages/index.ts";
import { VirtualClock } from "../outside/index.ts";
import { OwnListeners, reachesListener } from "./own-listeners.ts";

const ownAddress = Object.values(networkInterfaces()).flatMap(each => each ?? [])[0]?.address ?? "127.0.0.1";

it.each<[address: string, listener: string, reaches: boolean]>([
  ["127.0.0.1", "127.0.0.1", true],
  ["::ffff:127.0.0.1", "127.0.0.1", true],
  ["localhost", "127.0.0.1", true],
  ["0.0.0.0", "127.0.0.1", true],
  ["127.0.0.1", "0.0.0.0", true],
  ["127.9.9.9", "0.0.0.0", true],
  ["::1", "::", true],
  [ownAddress, "::", true],
  ["0.0.0.0", "192.0.2.7", false],
  ["127.0.0.2", "127.0.0.1", false],
  ["192.0.2.7", "127.0.0.1", false],
  ["192.0.2.7", "0.0.0.0", false],
  ["web.example", "0.0.0.0", false],
])("%s reaches what listens at %s: %s", (address, listener, reaches) => {
  expect(reachesListener(address, listener)).toBe(reaches);
});

const open: { close?(): unknown; destroy?(): unknown }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) (each.destroy ?? each.close)?.call(each);
});

async function started() {
  const server = createServer(socket => open.push(socket)).listen(0, "127.0.0.1");
  open.push(server);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const own = new Set<number>();
  const told: FoundEndpoint[] = [];
  const dialled: string[] = [];
  const made: Socket[] = [];
  const clock = new VirtualClock();
  const listeners = new OwnListeners({
    async dial({ address }) {
      dialled.push(address);
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      open.push(socket);
      made.push(socket);
      return socket;
    },
    findDatagramPort: () => ({ host: "127.0.0.1", port, head: () => new Uint8Array() }),
    hostsAt: (at, protocol) => (own.has(protocol === "UDP" ? -at : at) ? ["127.0.0.1"] : []),
    clock,
    onLoop: endpoint => told.push(endpoint),
  });
  return { listeners, port, own, told, dialled, made, clock };
}

it("does not dial a listener of the cluster itself, and tells of it once a minute", async () => {
  const { listeners, port, own, told, dialled, clock } = await started();
  const endpoint = { address: "127.0.0.1", port };
  await listeners.dial(endpoint);
  own.add(port);
  for (let i = 0; i < 3; i++) await expect(listeners.dial(endpoint)).rejects.toMatchObject({ code: "ELOOP" });
  expect(dialled).toEqual(["127.0.0.1"]);
  expect(told).toEqual([endpoint]);
  await clock.advance(60_000);
  await expect(listeners.dial(endpoint)).rejects.toThrow("would lead in a circle");
  expect(told).toHaveLength(2);
});

it("leaves a connection at once whose name has led to such a listener", async () => {
  const { listeners, port, own, told, dialled, made } = await started();
  own.add(port);
  const endpoint = { address: "loop.example", port };
  await expect(listeners.dial(endpoint)).rejects.toMatchObject({ code: "ELOOP" });
  expect(dialled).toEqual(["loop.example"]);
  expect(made.map(({ destroyed }) => destroyed)).toEqual([true]);
  expect(told).toEqual([endpoint]);
});

it("sends no datagrams to such a listener of UDP, and one of TCP is another", async () => {
  const { listeners, port, own, told } = await started();
  const endpoint = { address: "127.0.0.1", port };
  own.add(port);
  expect(listeners.findDatagramPort(endpoint)).toMatchObject({ port });
  own.add(-port);
  expect(listeners.findDatagramPort(endpoint)).toBeUndefined();
  expect(told).toEqual([endpoint]);
});
