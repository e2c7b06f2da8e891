import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, expect, it } from "vitest";
import type { FoundEndpoint } from "../../messages/index.ts";
import { realClock } from "../../outside/index.ts";
import { Forwarding, type Sending } from "./forwarding.ts";
import { hasPassed } from "./headers.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(answer: RequestListener): Promise<FoundEndpoint> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { address: "127.0.0.1", port: (server.address() as AddressInfo).port } as FoundEndpoint;
}

async function proxy(sending: Sending): Promise<string> {
  const forwarding = new Forwarding({
    clock: realClock,
    name: "proxy",
    dial: async ({ address, port }) => {
      const socket = connect(port, address);
      await once(socket, "connect");
      return socket;
    },
  });
  closing.push(() => forwarding.close());
  const { port } = await serve((request, response) => void forwarding.answer(sending, request, response));
  return `http://127.0.0.1:${port}/`;
}

it("takes no second endpoint where none is asked", async () => {
  const cutting = await serve(request => request.socket.destroy());
  let taken = 0;
  function* endpoints() {
    for (let i = 0; i < 3; i++) {
      taken++;
      yield cutting;
    }
  }
  const url = await proxy({ endpoints: endpoints(), target: "/" });
  expect((await fetch(url, { method: "POST", body: "once" })).status).toBe(502);
  expect(taken).toBe(1);
});

it("sends one copy to a mirror, however often it tries again", async () => {
  let asked = 0;
  const busy = await serve((_, response) => {
    asked++;
    response.writeHead(503).end();
  });
  let copies = 0;
  const mirror = await serve((_, response) => {
    copies++;
    response.end();
  });
  const retry = { codes: [503], attempts: 2, backoff: 1 };
  const url = await proxy({ endpoints: [busy, busy, busy], target: "/", retry, mirrors: [mirror] });
  expect((await fetch(url)).status).toBe(503);
  expect(asked).toBe(3);
  await expect.poll(() => copies).toBe(1);
});

it("is called in via as the request says, and knows that name only as a whole", async () => {
  const endpoint = await serve((request, response) => response.end(request.headers.via));
  const url = await proxy({ endpoints: [endpoint], target: "/", via: "mesh.demo.web2" });
  const via = await (await fetch(url)).text();
  expect(via).toBe("1.1 mesh.demo.web2");
  const request = { headers: { via: `1.1 other, ${via}` } } as IncomingMessage;
  expect(hasPassed(request, "mesh.demo.web2")).toBe(true);
  expect(hasPassed(request, "mesh.demo.web")).toBe(false);
});
