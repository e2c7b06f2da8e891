import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ThreadFarewells } from "./farewell-lines.ts";
import { Farewells } from "./farewells.ts";

let server: Server;
let client: Socket;
let served: Socket;
beforeEach(async () => {
  server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[Socket]>;
  client = connect(server.address() as { port: number });
  await once(client, "connect");
  [served] = await accepted;
  served.on("error", () => {});
});
afterEach(() => {
  client.destroy();
  served.destroy();
  server.close();
});

let clusters = 0;
/** A client's and a server's, of one cluster. */
function pair(address = "127.0.0.1"): { readonly client: Farewells; readonly server: Farewells } {
  const name = `farewells-${process.pid}-${++clusters}`;
  const of = (pod: string) => new Farewells(pod, new ThreadFarewells(name));
  return { client: of(address), server: of("127.1.0.1") };
}
/** Resolves when all that was said before has been heard. */
async function heard(name: { readonly client: Farewells; readonly server: Farewells }): Promise<void> {
  const other = connect(server.address() as { port: number });
  await once(other, "connect");
  name.client.add(other, other.localPort ?? 0);
  const closed = once(other, "close");
  const end = { remoteAddress: "127.0.0.1", remotePort: other.localPort, bytesRead: 0, bytesWritten: 0 };
  name.server.say(end as Socket);
  await closed;
}

it("an idle connection is closed by its client", async () => {
  const farewells = pair();
  farewells.client.add(client, client.localPort ?? 0);
  const closed = once(client, "close");
  farewells.server.say(served);
  await closed;
  expect(client.destroyed).toBe(true);
});

it.each<[string, () => unknown]>([
  ["has sent more than the server has received", () => client.write("a request")],
  ["is about to send", () => Object.assign(client, { _httpMessage: {} })],
  [
    "has not read all",
    () => {
      client.pause();
      return new Promise(resolve => served.write("an answer", resolve));
    },
  ],
])("one whose client %s is left", async (_, before) => {
  const farewells = pair();
  farewells.client.add(client, client.localPort ?? 0);
  await before();
  // As the server saw it before that.
  const { remoteAddress, remotePort, bytesWritten } = served;
  farewells.server.say({ remoteAddress, remotePort, bytesRead: 0, bytesWritten } as Socket);
  await heard(farewells);
  expect(client.destroyed).toBe(false);
});

it("one of another pod is left", async () => {
  const farewells = pair("127.1.0.2");
  farewells.client.add(client, client.localPort ?? 0);
  farewells.server.say(served);
  const sure = {
    client: new Farewells("127.0.0.1", new ThreadFarewells(`farewells-${process.pid}-${clusters}`)),
    server: farewells.server,
  };
  await heard(sure);
  expect(client.destroyed).toBe(false);
});
