/** So many at once, and in the order in which they came. */
import { expect, test } from "vitest";
import { Deferred, VirtualClock } from "../../../outside/index.ts";
import { author, draft, key, rethrow, unjudged } from "../../test-worlds.ts";
import type { EtcdConnection } from "./connection.ts";
import { EtcdStore } from "./etcd-store.ts";
import { encoded } from "./messages.ts";
import { WriteTurns } from "./write-turns.ts";

test("two at once, the others in their order, however those before them end", async () => {
  const turns = new WriteTurns(2);
  const begun: number[] = [];
  const ends = Array.from({ length: 5 }, () => new Deferred<void>());
  const all = ends.map((end, i) =>
    turns.take(async () => {
      begun.push(i);
      await end.promise;
      if (i === 1) throw new Error("refused");
      return i;
    }),
  );
  const settled = Promise.allSettled(all);
  expect(begun).toEqual([0, 1]);
  ends[1]?.resolve();
  await expect(all[1]).rejects.toThrow("refused");
  expect(begun).toEqual([0, 1, 2]);
  ends[0]?.resolve();
  ends[2]?.resolve();
  await all[2];
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  ends[3]?.resolve();
  ends[4]?.resolve();
  expect((await settled).map(each => ("value" in each ? each.value : "refused"))).toEqual([
    0,
    "refused",
    2,
    3,
    4,
  ]);
  expect(await turns.take(async () => "free again")).toBe("free again");
});

/** It says what lies there, and answers no write: so an etcd whose disk stands still. */
const silent: EtcdConnection = {
  async call<T>(path: string, body: object): Promise<T> {
    if (!path.endsWith("/range")) return new Promise<T>(() => {});
    const { key: asked = "" } = body as { readonly key?: string };
    const value = encoded(asked === encoded("/registry/k4s/layout") ? "1" : "{}");
    const kvs = [{ key: asked, value, mod_revision: "2" }];
    return { header: { revision: "5", cluster_id: "1" }, kvs } as T;
  },
  stream: () => new Promise(() => {}),
  close() {},
};

test("while etcd is silent no write waits for longer than one may take, however many wait their turn", async () => {
  const clock = new VirtualClock();
  const store = new EtcdStore({
    clock,
    onFault: rethrow,
    onEtcdFault: () => {},
    identity: "a",
    etcd: { endpoints: ["http://a"] },
    kinds: { folderOf: kind => `${kind.toLowerCase()}s`, kindOf: () => undefined, ...unjudged },
    connect: () => silent,
  });
  await store.open();
  const said: string[] = [];
  const add = (i: number) => {
    const pod = { ...draft(), metadata: { ...draft().metadata, name: `p${i}`, uid: `p${i}` } };
    store.add(key("Pod", "a", `p${i}`), pod, author).catch(({ message }) => said.push(message));
  };
  for (let i = 0; i < 200; i++) add(i);
  await clock.advance(10_000);
  add(200);
  await clock.advance(5_500);
  expect(said.length).toBe(200);
  expect(said.filter(each => each.includes("is not known")).length).toBe(48);
  expect(said.at(-1)).toMatch(/^Pod "p199" was not written: etcd answers no write/);
  // This one had its turn, and no more time than what was left to it.
  await clock.advance(10_000);
  expect(said.slice(200)).toEqual([expect.stringContaining('whether Pod "p200" was written is not known')]);
});
