import { BroadcastChannel } from "node:worker_threads";
import { expect, it } from "vitest";
import type { Identity } from "./attachment.ts";
import { FarewellRelay } from "./farewell-relay.ts";

const farewell = { address: "127.1.0.5", port: 40_000, received: 10, sent: 20 };
const question = { asks: "127.1.0.9", ports: [40_001] };

/** Two processes that take part, of this and of another cluster, and the threads of this one. */
function relayed() {
  const relay = new FarewellRelay();
  const farewells = `farewell-relay-${process.pid}-${Math.random()}`;
  const who = (name: string | undefined) =>
    ({ namespace: "default", pod: "web", uid: "u", account: "", container: "", farewells: name }) as Identity;
  const heard: unknown[] = [];
  const listen = async (address: string, identity: Identity, signal: AbortSignal) => {
    for await (const told of relay.subscribe(identity, "farewells", [address], signal)) heard.push(...told);
  };
  const threads = new BroadcastChannel(farewells);
  const say = (...told: unknown[]) => relay.call(who(farewells), "farewell", [told]);
  return { relay, own: who(farewells), other: who(`${farewells}-other`), heard, listen, threads, say };
}

it("tells a process what is said to its pod, whoever says it, and what servers are asked", async () => {
  const { relay, own, heard, listen, threads, say } = relayed();
  const stop = new AbortController();
  const listening = listen(farewell.address, own, stop.signal);
  for (const garbage of [null, "garbage", { address: farewell.address }]) threads.postMessage(garbage);
  threads.postMessage(farewell);
  threads.postMessage({ ...farewell, address: "127.1.0.6" });
  threads.postMessage(question);
  await expect.poll(() => heard).toEqual([farewell, question]);
  await say({ ...farewell, port: 1 }, { ...farewell, address: "127.1.0.6" });
  await expect.poll(() => heard).toEqual([farewell, question, { ...farewell, port: 1 }]);
  stop.abort();
  await listening;
  relay.stop();
  threads.close();
});

it("tells threads what a process says", async () => {
  const { relay, threads, say } = relayed();
  const told: unknown[] = [];
  threads.onmessage = event => told.push((event as MessageEvent).data);
  await say(farewell, question);
  await expect.poll(() => told).toEqual([farewell, question]);
  relay.stop();
  threads.close();
});

it("passes on nothing of another cluster, and nothing that is no farewell", async () => {
  const { relay, own, other, heard, listen, threads, say } = relayed();
  const stop = new AbortController();
  const both = [
    listen(farewell.address, own, stop.signal),
    listen(farewell.address, { ...other, farewells: undefined } as never, stop.signal),
  ];
  await relay.call(other, "farewell", [[farewell]]);
  await say(
    null,
    1,
    {},
    { ...farewell, port: -1 },
    { asks: "x".repeat(46), ports: [] },
    { asks: "a", ports: "b" },
  );
  await expect(relay.call(own, "farewell", ["no list"])).rejects.toMatchObject({ reason: "BadRequest" });
  await say(question);
  await expect.poll(() => heard).toEqual([question]);
  stop.abort();
  await Promise.all(both);
  relay.stop();
  threads.close();
});
