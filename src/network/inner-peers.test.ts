import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { frameOf } from "../messages/index.ts";
import { VirtualClock } from "../outside/index.ts";
import { innerPath } from "../worker/index.ts";
import { InnerPeers } from "./inner-peers.ts";
import { Town } from "./town.suite.ts";

let folder: string;
let path: string;
let clock: VirtualClock;
let town: Town;
let inner: InnerPeers;
let uid: string;
let served: (() => void)[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "k4s-inner-"));
  clock = new VirtualClock();
  town = new Town();
  await town.write({ kind: "Pod", metadata: { name: "web" }, spec: { containers: [] } });
  uid = town.store.get("Pod", "default", "web")?.metadata.uid ?? "";
  served = [];
  inner = new InnerPeers(town.store, clock, () => served.shift()?.());
  const name = join(folder, "c-");
  path = innerPath(process.platform === "win32" ? `\\\\.\\pipe\\${name.replaceAll(/\W/g, "-")}` : name);
  inner.listen(path, "");
});
afterEach(() => {
  inner.stop();
  town.network.stop();
  rmSync(folder, { recursive: true });
});

/** What has connected before it is known to be there, too. */
async function known(): Promise<Socket> {
  const isServed = new Promise<void>(done => served.push(done));
  const { socket } = await connected();
  socket.write(hello());
  await isServed;
  return socket;
}

async function connected(): Promise<{ socket: Socket; closed: Promise<unknown> }> {
  const socket = connect({ path }).on("error", () => {});
  const closed = once(socket, "close");
  await once(socket, "connect");
  socket.resume();
  return { socket, closed };
}

const announcing = (bytes: number) => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes);
  return length;
};
const hello = () => frameOf({ uid });

it("ends who does not say in time which pod it is of", async () => {
  const silent = await connected();
  const slow = await connected();
  slow.socket.write(hello().subarray(0, 6));
  const other = await known();
  await clock.advance(10_000);
  await Promise.all([silent.closed, slow.closed]);
  expect(other.destroyed).toBe(false);
  other.destroy();
});

it.each([
  ["before it says who it is", false, 1_025],
  ["a question", true, 64 * 1024 + 1],
])("ends who announces too much: %s", async (_, isKnown, bytes) => {
  const { socket, closed } = await connected();
  if (isKnown) socket.write(hello());
  socket.write(announcing(bytes));
  await closed;
});

it.each([
  ["nothing that is a value", Buffer.concat([announcing(3), Buffer.from("abc")])],
  ["a pod that there is not", frameOf({ uid: "none" })],
  ["no pod", frameOf(null)],
])("ends who says %s, or waits for more", async (_, bytes) => {
  const { socket, closed } = await connected();
  socket.write(bytes);
  const other = await known();
  await clock.advance(10_000);
  await closed;
  other.destroy();
});

it("ends who begins a question and does not go on, however slowly it sends", async () => {
  const { socket, closed } = await connected();
  const heard = new Promise<void>(done => served.push(done));
  socket.write(Buffer.concat([hello(), announcing(1_000), Buffer.alloc(10)]));
  await heard;
  const other = await known();
  await clock.advance(5_000);
  socket.write(Buffer.alloc(10));
  // What it has sent has come when what is sent after it has.
  (await known()).destroy();
  await clock.advance(5_000);
  await closed;
  // One that has nothing to say is left.
  expect(other.destroyed).toBe(false);
  other.destroy();
});

it("hears nothing more from whom it has ended, in the same piece either", async () => {
  const { socket, closed } = await connected();
  let isServed = false;
  served.push(() => {
    isServed = true;
  });
  socket.write(Buffer.concat([frameOf({ uid: "none" }), hello()]));
  await closed;
  expect(isServed).toBe(false);
});
