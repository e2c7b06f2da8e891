/** A watch of etcd that ends at once, however it ends, is begun again ever more seldom, harms nobody, and is told once. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { realClock, VirtualClock } from "../../../outside/index.ts";
import { EtcdClient } from "./client.ts";
import { Following } from "./following.ts";
import type { WatchAnswer } from "./messages.ts";

type Watch = (tell: (answer: WatchAnswer) => void) => Promise<void>;

/** How often it watches within a minute, and what it is told meanwhile. */
async function playedMinute(watch: Watch) {
  const clock = new VirtualClock();
  const played = { watches: 0, faults: [] as unknown[] };
  const client = {
    watch: (_asked: object, _signal: AbortSignal, tell: (answer: WatchAnswer) => void) => {
      played.watches++;
      return watch(tell);
    },
    range: async () => ({ header: { revision: "1000" } }),
    turnAway() {},
  } as unknown as EtcdClient;
  const following = new Following(
    {
      client,
      clock,
      prefix: "/registry/",
      lastWrite: "/registry/k4s/author",
      changed() {},
      listed() {},
      onFault: fault => void played.faults.push(fault),
    },
    1,
  );
  following.start();
  await clock.advance(60_000);
  following.stop();
  return { ...played, broken: following.broken };
}

test.each<[string, Watch, number]>([
  ["ends", async tell => tell({ created: true }), 0],
  ["is cancelled", async tell => [{ created: true }, { canceled: true }].forEach(tell), 0],
  [
    "fails",
    async tell => {
      tell({ created: true });
      throw new Error("no leader");
    },
    1,
  ],
])("a watch that is created and %s at once", async (_, watch, faults) => {
  const played = await playedMinute(watch);
  expect(played.watches).toBeGreaterThan(25);
  expect(played.watches).toBeLessThan(50);
  expect(played.faults.length).toBe(faults);
});

test.each<[string, { revision: string; cluster_id: string }, RegExp]>([
  ["is set back", { revision: "3", cluster_id: "a" }, /set back.*at revision 3 and was at 5.*anew/],
  ["is another", { revision: "9", cluster_id: "b" }, /its cluster is b and was a/],
])("an etcd that %s is followed no more, and that is told once", async (_, later, problem) => {
  const clock = new VirtualClock();
  const faults: unknown[] = [];
  let header = { revision: "5", cluster_id: "a" };
  let watches = 0;
  const client = {
    watch: (_asked: object, signal: AbortSignal) => {
      watches++;
      return new Promise<void>((_, reject) =>
        signal.addEventListener("abort", () => reject(new Error("ended"))),
      );
    },
    range: async () => ({ header }),
    turnAway() {},
  } as unknown as EtcdClient;
  const told = { changed() {}, listed() {}, onFault: (fault: unknown) => void faults.push(fault) };
  const following = new Following({ client, clock, prefix: "/r/", lastWrite: "/r/k4s/author", ...told }, 5);
  following.start();
  await clock.advance(10_000);
  expect([following.lost, faults]).toEqual([undefined, []]);
  header = later;
  await clock.advance(60_000);
  expect(faults.map(String)).toEqual([expect.stringMatching(problem)]);
  expect(following.lost).toBe(faults[0]);
  expect(following.broken).toBe(faults[0]);
  expect(watches).toBe(1);
});

test("a watch that tells something begins again at once", async () => {
  let revision = 1;
  const played = await playedMinute(async tell => {
    if (revision > 100) return new Promise(() => {});
    tell({ events: [{ kv: { key: "", mod_revision: String(++revision) } }] });
  });
  expect(played.watches).toBe(101);
  expect(played.broken).toBeUndefined();
});

test("a watch that ends in the same packet that cancels it leaves no socket behind that fails later", async () => {
  const server = createServer((request, answer) => {
    request.resume();
    const lines = [{ result: { created: true } }, { result: { canceled: true } }];
    answer.end(lines.map(line => `${JSON.stringify(line)}\n`).join(""));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = new EtcdClient({ endpoints: [`http://127.0.0.1:${port}`] }, realClock);
  for (let i = 0; i < 5; i++) {
    const watch = new AbortController();
    const told: WatchAnswer[] = [];
    // An error that nobody listens to would end the process, and fails this file.
    await client
      .watch({}, watch.signal, answer => {
        told.push(answer);
        if (answer.canceled) watch.abort();
      })
      .catch(() => {});
    expect(told.length).toBe(2);
  }
  client.close();
  server.closeAllConnections();
  server.close();
});
