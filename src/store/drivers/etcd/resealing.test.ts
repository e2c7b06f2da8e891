/** While etcd is away nothing is written anew, and that is told once, however much there is to do. */
import { expect, test } from "vitest";
import { VirtualClock } from "../../../outside/index.ts";
import type { EtcdClient } from "./client.ts";
import { Layout } from "./layout.ts";
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
    layout: new Layout("/r", { folderOf: () => "pods", kindOf: () => "Pod" }),
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
