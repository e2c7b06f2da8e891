/**
 * Who writes anew what is kept otherwise than it should be, and when; and that nothing is written while etcd is away, which is told once,
 * however much there is to do. That it is well what is written is seen at a real etcd (etcd-store.test.ts).
 */
import { expect, test } from "vitest";
import { VirtualClock } from "../../../outside/index.ts";
import { EncryptionAtRest } from "../../encryption-at-rest.ts";
import { unjudged } from "../../test-worlds.ts";
import type { EtcdClient } from "./client.ts";
import { Layout } from "./layout.ts";
import { decoded, encoded } from "./messages.ts";
import { Resealing } from "./resealing.ts";
import { Waiting } from "./waiting.ts";

test("an etcd that is away is asked now and then for one key, and told once", async () => {
  const clock = new VirtualClock();
  let asked = 0;
  const client = {
    range: async () => {
      asked++;
      throw new Error("connection refused");
    },
  } as unknown as EtcdClient;
  const faults: unknown[] = [];
  const resealing = new Resealing({
    client,
    clock,
    layout: new Layout("/r", { folderOf: () => "pods", kindOf: () => "Pod", ...unjudged }),
    waiting: new Waiting(clock, () => {}),
    identity: "one",
    stale: new Map(["a", "b", "c"].map(name => [`/r/secrets/default/${name}`, "secrets"])),
    leads: () => true,
    tell() {},
    onFault: fault => void faults.push(fault),
  });
  resealing.start();
  await clock.advance(61_000);
  resealing.stop();
  expect(faults.length).toBe(1);
  expect(asked).toBe(3);
});

test.each<[string, boolean[], number]>([
  ["who leads does it at once", [true], 0],
  ["who does not lead does it when a minute has gone by, for who leads may have no key", [false], 60_000],
  ["who begins to lead meanwhile does it then", [...Array(20).fill(false), true], 20_000],
])("%s", async (_, leads, ms) => {
  const clock = new VirtualClock();
  const at = "/r/secrets/default/a";
  const stale = new Map([[at, "secrets"]]);
  const waiting = new Waiting(clock, () => {});
  const written: [number, string][] = [];
  const client = {
    range: async () => ({ kvs: [{ key: encoded(at), value: encoded("{}"), mod_revision: "7" }] }),
    transact: async ({ compare, success }: Parameters<EtcdClient["transact"]>[0]) => {
      expect(compare).toEqual([{ target: "MOD", result: "EQUAL", key: encoded(at), mod_revision: "7" }]);
      const [first] = success;
      if (first && "request_put" in first)
        written.push([clock.now() - began, decoded(first.request_put.value).slice(0, 18)]);
      // As our watch tells.
      stale.delete(at);
      waiting.reached(8);
      return { succeeded: true, header: { revision: "8" } };
    },
  } as unknown as EtcdClient;
  const provided = { provider: "aesgcm", name: "k", secret: Buffer.alloc(32) } as const;
  const encryption = new EncryptionAtRest([{ resources: ["secrets"], writes: provided }], [provided]);
  const began = clock.now();
  const told: string[] = [];
  const resealing = new Resealing({
    client,
    clock,
    layout: new Layout(
      "/r",
      { folderOf: () => "secrets", kindOf: () => "Secret", ...unjudged },
      { encryption, resourceOf: () => "secrets" },
    ),
    ...{ waiting, identity: "one", stale },
    leads: () => leads[Math.min(leads.length - 1, Math.floor((clock.now() - began) / 1_000))] === true,
    tell: what => void told.push(what),
    onFault: fault => {
      throw fault;
    },
  });
  resealing.start();
  await clock.advance(Math.max(ms - 1, 0));
  expect(written.length).toBe(ms === 0 ? 1 : 0);
  await clock.advance(2_001);
  resealing.stop();
  expect(written.map(([, value]) => value)).toEqual(["k8s:enc:aesgcm:v1:"]);
  expect(told.length).toBe(2);
});
