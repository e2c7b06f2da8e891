import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { VirtualClock } from "../../outside/index.ts";
import { hearFirst, type Spoken, spokenBy } from "./first-bytes.ts";

it.each<[first: string, Spoken | undefined]>([
  ["GET / HTTP/1.1\r\nHost: web\r\n\r\n", "http/1.1"],
  ["M-SEARCH * HTTP/1.1\r\n", "http/1.1"],
  ["GET /old HTTP/1.0\n", "http/1.1"],
  [`GET /${"x".repeat(20_000)}`, "http/1.1"],
  ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "h2"],
  ["", undefined],
  ["G", undefined],
  ["GET", undefined],
  ["GET /half-a-line", undefined],
  ["PRI * HTT", undefined],
  ["PING\r\n", "other"],
  ["*1\r\n$4\r\nPING\r\n", "other"],
  ["GET key\r\n", "other"],
  ["get / HTTP/1.1\r\n", "other"],
  ["GETTING / HTTP/1.1\r\n", "other"],
  ["\x16\x03\x01", "other"],
  ["\x00\x00\x00\x08\x04\xd2\x16\x2f", "other"],
  ["RTSP rtsp://camera/1 RTSP/1.0\r\n", "other"],
  ["OPTIONS rtsp://camera/1 RTSP/1.0\r\n", "other"],
])("%j is %s", (first, expected) => {
  expect(spokenBy(Buffer.from(first, "latin1"))).toBe(expected);
});

const open: { destroy(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.destroy();
});

async function connected() {
  const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [taken] = (await once(server, "connection")) as [Socket];
  server.close();
  open.push(client, taken);
  const clock = new VirtualClock();
  const heard: Spoken[] = [];
  const first = new Promise<Spoken>(resolve => {
    hearFirst(taken, clock, spoken => {
      heard.push(spoken);
      resolve(spoken);
    });
  });
  return { client, taken, clock, heard, first };
}

it("waits for a whole line, and all that has come is still to be read", async () => {
  const { client, taken, first } = await connected();
  const text = "GET /slow HTTP/1.1\r\nHost: web\r\n\r\n";
  client.setNoDelay(true);
  for (const letter of text) {
    client.write(letter);
    await new Promise(resolve => setImmediate(resolve));
  }
  client.end();
  expect(await first).toBe("http/1.1");
  let read = "";
  for await (const piece of taken) read += String(piece);
  expect(read).toBe(text);
});

it("lets a client go that hangs up before it has sent anything", async () => {
  const { client, taken, heard } = await connected();
  client.end();
  await once(taken, "close");
  expect(heard).toEqual([]);
});

it.each<[sent: string, Spoken]>([
  ["", "other"],
  ["GET /unfin", "http/1.1"],
])("who is silent after %j speaks %s", async (sent, expected) => {
  const { client, taken, clock, first } = await connected();
  if (sent !== "") {
    client.write(sent);
    await once(taken, "data");
  }
  await clock.advance(5_000);
  expect(await first).toBe(expected);
});
