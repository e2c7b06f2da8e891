/** What is told between two nodes of connections that are about to end, and what is not believed. */
import { Duplex } from "node:stream";
import { describe, expect, it } from "vitest";
import type { FarewellEnd } from "../../network/index.ts";
import { FarFarewells } from "./far-farewells.ts";

/** One process: what it is told, and how something is said in it. */
function place() {
  const told: unknown[] = [];
  let heard: Parameters<FarewellEnd["listen"]>[0] | undefined;
  const end: FarewellEnd = {
    listen: hear => {
      heard = hear;
      return () => {
        heard = undefined;
      };
    },
    tell: all => void told.push(...all),
  };
  return { end, told, say: (...all: never[]) => heard?.(all), isHeard: () => heard !== undefined };
}

/** Two ends of one stream of bytes. */
function pair(): readonly [Duplex, Duplex] {
  const ends: Duplex[] = [0, 1].map(
    own =>
      new Duplex({
        read() {},
        write(piece, _encoding, done) {
          ends[1 - own]?.push(piece);
          done();
        },
        final(done) {
          ends[1 - own]?.push(null);
          done();
        },
      }),
  );
  return ends as unknown as readonly [Duplex, Duplex];
}

function connected() {
  const [one, other] = pair();
  const here = place();
  const there = place();
  const clients = new FarFarewells(here.end, "clients");
  const servers = new FarFarewells(there.end, "servers");
  clients.begin({ heard: one, said: one });
  servers.begin({ heard: other, said: other });
  const connect = (address: string, port: number) => {
    const connection = {};
    for (const each of [clients, servers]) each.add({ address, port }, connection);
    return () => clients.delete({ address, port }, connection);
  };
  return { here, there, clients, servers, connect, toClients: other, toServers: one };
}

const farewell = { address: "127.1.0.1", port: 40_000, received: 1, sent: 2 };
const turn = () => new Promise(resolve => setImmediate(resolve));
async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await turn();
}

describe("farewells of two nodes", () => {
  it("go to who has the connection, in both directions, and to nobody else", async () => {
    const { here, there, connect } = connected();
    connect("127.1.0.1", 40_000);
    there.say(farewell as never, { ...farewell, port: 40_001 } as never);
    here.say(
      { asks: "127.1.0.1", ports: [39_999, 40_000] } as never,
      { asks: "127.1.0.2", ports: [40_000] } as never,
    );
    // What is of the other end's to say is not passed on at all.
    here.say(farewell as never);
    there.say({ asks: "127.1.0.1", ports: [40_000] } as never);
    await turns();
    expect(here.told).toEqual([farewell]);
    expect(there.told).toEqual([{ asks: "127.1.0.1", ports: [40_000] }]);
  });

  it("are not told of a connection that is over, unless another has its place", async () => {
    const { here, there, connect } = connected();
    const end = connect("127.1.0.1", 40_000);
    connect("127.1.0.1", 40_000);
    end();
    there.say(farewell as never);
    await turns();
    expect(here.told).toEqual([farewell]);
  });

  it.each([
    ["of a connection that is another's", { ...farewell, address: "127.1.0.9" }],
    ["that only a client has to say", { asks: "127.1.0.1", ports: [40_000] }],
    ["that is nothing", null],
    ["that is a text", "farewell"],
  ])("are not believed %s", async (_, told) => {
    const { here, connect, toClients } = connected();
    connect("127.1.0.1", 40_000);
    toClients.write(`${JSON.stringify([told])}\n${JSON.stringify(told)}\n${JSON.stringify([farewell])}\n`);
    await turns();
    expect(here.told).toEqual([farewell]);
  });

  it.each([
    ["no JSON", "farewell\n"],
    ["a line that has no end", "x".repeat(1024 * 1024 + 1)],
  ])("end with %s, and with the stream", async (_, text) => {
    const { here, there, toClients } = connected();
    expect([here.isHeard(), there.isHeard()]).toEqual([true, true]);
    toClients.write(text);
    await turns();
    expect([here.isHeard(), there.isHeard()]).toEqual([false, false]);
  });
});
