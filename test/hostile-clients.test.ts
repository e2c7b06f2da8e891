/**
 * Clients that mean harm, or are broken, over the wire: whatever they do with their connections, the server stays up, others are
 * answered, controllers go on, memory is bounded and `stop()` ends soon. What single requests can say that is wrong is
 * src/server/hostile.test.ts's subject.
 */
import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2, constants as http2 } from "node:http2";
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { Cluster } from "k4s";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";

const cluster = new Cluster({ runtime: "hollow", unknownImages: "hollow" });
let place: { readonly host: string; readonly port: number; readonly ca: string | undefined };
let url = "";
let token = "";
const sockets = new Set<Socket>();
const sessions = new Set<ClientHttp2Session>();

beforeAll(async () => {
  await cluster.start();
  const serving = await cluster.serve();
  ({ url, token } = serving);
  place = { host: "127.0.0.1", port: Number(new URL(url).port), ca: serving.ca };
});
afterAll(async () => {
  for (const session of sessions) session.destroy();
  for (const socket of sockets) socket.destroy();
  await cluster.stop();
});

function kept<S extends Socket>(socket: S): S {
  sockets.add(socket);
  socket.on("error", () => {}).once("close", () => sockets.delete(socket));
  return socket;
}

/** An encrypted connection for HTTP/1.1. */
function secured(): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = kept(connectTls({ ...place, ALPNProtocols: ["http/1.1"] }));
    socket.once("secureConnect", () => resolve(socket)).once("error", reject);
  });
}

function session(): ClientHttp2Session {
  const made = connectHttp2(url, { ca: place.ca });
  sessions.add(made);
  made.on("error", () => {}).once("close", () => sessions.delete(made));
  return made;
}

const authorization = () => ({ authorization: `Bearer ${token}` });

/** A request over HTTP/2, and its whole answer. */
function ask(
  over: ClientHttp2Session,
  path: string,
  method = "GET",
  body?: object,
): Promise<{ readonly code: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const asked = over.request({ ":path": path, ":method": method, ...authorization() });
    let code = 0;
    let text = "";
    asked.setEncoding("utf8");
    asked.on("response", headers => {
      code = Number(headers[":status"]);
    });
    asked.on("data", part => {
      text += part;
    });
    asked.on("end", () => resolve({ code, text })).on("error", reject);
    asked.end(body && JSON.stringify(body));
  });
}

/** The head of a request in HTTP/1.1. */
function head(method: string, path: string, ...more: string[]): string {
  const lines = [`${method} ${path} HTTP/1.1`, "Host: k4s", `Authorization: Bearer ${token}`, ...more];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

let round = 0;

/** Others are answered, and what controllers do is done: a Deployment becomes available and goes again. */
async function isWell(): Promise<void> {
  const over = session();
  const name = `well-${round++}`;
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "anything" }] } };
  const made = await ask(over, "/apis/apps/v1/namespaces/default/deployments", "POST", {
    metadata: { name },
    spec: { replicas: 3, selector: { matchLabels: labels }, template },
  });
  expect(made.code).toBe(201);
  await cluster.waitFor(`Deployment/${name}`, "Available", { timeoutMs: 15_000 });
  await cluster.delete("Deployment", name);
  over.destroy();
}

/** What has come is thrown away: an end is only seen by who reads up to it. */
function closed(socket: Socket): Promise<void> {
  return new Promise(resolve => socket.resume().once("close", () => resolve()));
}

/** Waits for some turns of the event loop, in which the server can do what it would do. */
async function turns(count = 50): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(resolve => setImmediate(resolve));
}

const configmaps = "/api/v1/namespaces/default/configmaps";

describe("connections", () => {
  test("whose TLS handshake is never finished, or never begun", async () => {
    for (let i = 0; i < 200; i++) {
      const socket = kept(connectPlain(place.port, place.host));
      // The beginning of a ClientHello that promises more.
      if (i % 2) socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00]));
    }
    await isWell();
  });

  test("that bring garbage", async () => {
    const plain = Array.from({ length: 50 }, (_, i) => {
      const socket = kept(connectPlain(place.port, place.host));
      socket.write(Buffer.alloc(1 + i * 97, i));
      return closed(socket);
    });
    const inside = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const socket = await secured();
        socket.write(i % 2 ? "\0\0\0\0garbage\r\n\r\n" : "GET / HTTP/9.9\r\n\r\n");
        return closed(socket);
      }),
    );
    await Promise.all(inside);
    await isWell();
    for (const socket of sockets) socket.destroy();
    await Promise.all(plain);
  });

  test("whose heads and bodies trickle", async () => {
    for (let i = 0; i < 100; i++) {
      const socket = await secured();
      if (i % 2) socket.write("GET /api HTTP/1.1\r\nHost: k4s\r\nX-A: ");
      else socket.write(`${head("POST", configmaps, "Content-Length: 100000")}{"a`);
    }
    await isWell();
  });

  test("that send more requests at once than are answered", async () => {
    const socket = await secured();
    socket.write(head("GET", "/api/v1/pods").repeat(2_000));
    await isWell();
  });
});

describe("an upgrade", () => {
  // What is thrown into the event loop fails the whole run of the tests.
  test("that comes while the request before it is answered ends the connection", async () => {
    const socket = await secured();
    const asks = "GET /nothing HTTP/1.1\r\nHost: k4s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    socket.write(`${head("GET", `${configmaps}?watch=true`)}${asks}`);
    await closed(socket);
    await isWell();
  });

  test.each(["exec?command=cat&stdin=true", "attach?stdin=true", "portforward?ports=80"])(
    "%s takes an empty text message",
    async at => {
      const pod = { metadata: { name: "text" }, spec: { containers: [{ name: "main", image: "anything" }] } };
      await cluster.apply({ apiVersion: "v1", kind: "Pod", ...pod });
      await cluster.waitFor("Pod/text", "Ready");
      const to = `${url.replace("http", "ws")}/api/v1/namespaces/default/pods/text/${at}`;
      const client = new WebSocket(to, ["base64.channel.k8s.io"], { ca: place.ca, headers: authorization() });
      client
        .on("error", () => {})
        .once("open", () => client.send("", () => client.send("0", () => client.close())));
      await once(client, "close");
      await isWell();
    },
  );
});

describe("HTTP/2", () => {
  test("1,000 streams at once over one connection, and a second connection beside it", async () => {
    const over = session();
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, () => ask(over, "/api/v1/namespaces/default")),
    );
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([200]));
    await isWell();
  });

  test("streams that are reset as soon as they are opened leave nothing behind", async () => {
    const over = session();
    for (let burst = 0; burst < 20; burst++) {
      for (let i = 0; i < 100 && !over.destroyed; i++) {
        const asked = over.request({ ":path": `${configmaps}?watch=true`, ...authorization() });
        asked.on("error", () => {});
        asked.close(http2.NGHTTP2_CANCEL);
      }
      await turns(5);
    }
    over.destroy();
    await expect.poll(watches, { timeout: 10_000 }).toBe(0);
    await isWell();
  });

  test("pings and settings without end", async () => {
    const over = session();
    await new Promise(resolve => over.once("connect", resolve));
    for (let i = 0; i < 5_000 && !over.destroyed; i++) {
      over.ping(Buffer.alloc(8, i), () => {});
      if (i % 10 === 0 && !over.destroyed) over.settings({ enablePush: false });
    }
    await isWell();
  });

  test("a body of which nothing comes, a thousand times", async () => {
    const over = session();
    for (let i = 0; i < 900; i++) {
      const asked = over.request({ ":path": configmaps, ":method": "POST", ...authorization() });
      asked.on("error", () => {}).write('{"metadata":');
    }
    await isWell();
    over.destroy();
  });
});

/** How many watches the server has open. */
async function watches(): Promise<number> {
  const over = session();
  const { text } = await ask(over, "/metrics");
  over.destroy();
  return Number(/^apiserver_longrunning_requests (\d+)$/m.exec(text)?.[1]);
}

function configmap(i: number, size = 0) {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `c-${i}`, labels: { of: "hostile" } },
    data: { text: "x".repeat(size) },
  };
}

describe("watches", () => {
  test("2,000 of them are all told", { timeout: 60_000 }, async () => {
    const told = new Set<number>();
    for (let i = 0; i < 4; i++) {
      const over = session();
      for (let j = 0; j < 500; j++) {
        const asked = over.request({
          ":path": `${configmaps}?watch=true&fieldSelector=metadata.name%3Dc-0`,
          ...authorization(),
        });
        asked.on("error", () => {}).on("data", () => told.add(i * 500 + j));
      }
    }
    await expect.poll(watches, { timeout: 20_000 }).toBe(2_000);
    await cluster.create(configmap(0));
    await expect.poll(() => told.size, { timeout: 20_000 }).toBe(2_000);
    await isWell();
    for (const each of sessions) each.destroy();
    await expect.poll(watches, { timeout: 10_000 }).toBe(0);
    await cluster.delete("ConfigMap", "c-0");
  });

  test("that are half open are forgotten with their connection", async () => {
    const socket = await secured();
    socket.write(head("GET", `${configmaps}?watch=true`));
    await expect.poll(watches).toBe(1);
    // It sends no more, and reads no more; then it is gone.
    socket.end();
    socket.pause();
    await turns();
    socket.destroy();
    await expect.poll(watches).toBe(0);
  });

  test("that are never read cost no more than their bound", { timeout: 120_000 }, async () => {
    const over = session();
    const asked = over.request({ ":path": `${configmaps}?watch=true`, ...authorization() });
    asked.on("error", () => {}).pause();
    const socket = await secured();
    socket.pause();
    socket.write(head("GET", `${configmaps}?watch=true`));
    await expect.poll(watches).toBe(2);
    await cluster.create(configmap(1, 1_000));
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 20_000; i++)
      await cluster.patch("ConfigMap", "c-1", { data: { text: `${i}`.padEnd(1_000) } });
    // 20,000 events of a kilobyte, in text and as objects, twice, would be far more than that.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(150 * 1024 * 1024);
    await isWell();
    over.destroy();
    socket.destroy();
    await expect.poll(watches).toBe(0);
    await cluster.delete("ConfigMap", "c-1");
  });
});

test("answers that are large and never taken are bounded", { timeout: 60_000 }, async () => {
  for (let i = 0; i < 100; i++) await cluster.create(configmap(i, 200_000));
  const before = process.memoryUsage().arrayBuffers;
  // 20 MB each.
  const greedy = await Promise.all(Array.from({ length: 30 }, secured));
  for (const socket of greedy) {
    socket.pause();
    socket.write(head("GET", configmaps));
  }
  // Whoever reads is answered all the while.
  const over = session();
  for (let i = 0; i < 10; i++) expect((await ask(over, configmaps)).code).toBe(200);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(400 * 1024 * 1024);
  await isWell();
  // The first to be cut off was the first to come.
  const ended = Promise.all(greedy.slice(0, 10).map(closed));
  await ended;
  for (let i = 0; i < 100; i++) await cluster.delete("ConfigMap", `c-${i}`);
});

test("stop() ends soon, whatever is still connected", async () => {
  for (let i = 0; i < 50; i++) {
    kept(connectPlain(place.port, place.host));
    const socket = await secured();
    socket.pause();
    socket.write(i % 2 ? head("GET", `${configmaps}?watch=true`) : "GET / HT");
  }
  const over = session();
  for (let i = 0; i < 50; i++) {
    const asked = over.request({ ":path": `${configmaps}?watch=true`, ...authorization() });
    asked.on("error", () => {});
  }
  await turns();
  const all = [...sockets].map(closed);
  await cluster.stop();
  await Promise.all(all);
});
