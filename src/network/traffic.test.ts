/** Endpoints that fail are left out, and what is too much waits: for messages between threads. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Message } from "../messages/index.ts";
import { name, Town } from "./town.suite.ts";

let town: Town;
beforeEach(() => {
  town = new Town();
});
afterEach(() => town.stop());

const times = (count: number) => Array.from({ length: count });
const fails = (message: Message) => message.fail(new Error("it is broken"));
const counted = () =>
  vi.waitFor(() => {
    const all = town.network.trafficCounts.all();
    expect(all.reduce((sum, { total }) => sum + total, 0)).toBeGreaterThan(0);
    return all;
  }, 5_000);

it("an endpoint that fails is left out, and the others get all", async () => {
  await town.service("calc", {
    annotations: { "k4s.dev/consecutive-errors": "3", "k4s.dev/balancing": "round-robin" },
  });
  await town.resident("bad", fails);
  await town.resident("good", name("good"));
  await town.ready("calc", "bad", "good");
  const sender = await town.resident("sender");
  const first = await Promise.allSettled(times(20).map(() => sender.peer.api.request("calc")));
  expect(first.filter(({ status }) => status === "rejected").length).toBeGreaterThanOrEqual(3);
  for (const _ of times(20)) expect(await sender.peer.api.request("calc")).toBe("good");
  await vi.waitFor(() => expect(town.ejections).toHaveLength(1), 5_000);
  expect(town.ejections[0]).toMatchObject({
    service: "default/calc",
    port: "messages",
    ejected: { why: "3 consecutive errors" },
  });
  const bad = (await counted()).find(({ ejections }) => ejections > 0);
  expect(bad).toMatchObject({ endpoint: town.uidOf("bad"), ejectedBy: 1 });
});

it("where all fail all are asked still, and the error is the worker's", async () => {
  const annotations = { "k4s.dev/consecutive-errors": "1", "k4s.dev/max-ejection-percent": "100" };
  await town.service("calc", { annotations });
  for (const pod of ["a", "b"]) await town.resident(pod, fails);
  await town.ready("calc", "a", "b");
  for (const _ of times(20)) await expect(town.api.request("calc")).rejects.toThrow("it is broken");
});

it("what is more than the limit waits, and what is more than may wait fails at once", async () => {
  const annotations = { "k4s.dev/max-requests": "2", "k4s.dev/max-pending-requests": "3" };
  await town.service("calc", { annotations });
  const got: Message[] = [];
  await town.resident("a", message => got.push(message));
  await town.ready("calc", "a");
  const sent = times(2).map(() => town.api.request("calc"));
  await vi.waitFor(() => expect(got).toHaveLength(2), 10_000);
  sent.push(...times(6).map(() => town.api.request("calc")));
  const outcomes = Promise.allSettled(sent);
  for (let answered = 0; answered < 5; answered++) {
    await vi.waitFor(() => expect(got.length).toBeGreaterThan(answered), 10_000);
    expect(got.length - answered).toBeLessThanOrEqual(2);
    got[answered]?.reply(answered);
  }
  const rejected = (await outcomes).flatMap(each => (each.status === "rejected" ? [each.reason] : []));
  expect(rejected).toHaveLength(3);
  expect(rejected[0]).toMatchObject({ reason: "TooManyWaiting", handled: "no" });
});

it("what waits for room and is given up lets the next one go", async () => {
  await town.service("calc", { annotations: { "k4s.dev/max-requests": "1" } });
  const got: Message[] = [];
  await town.resident("a", message => got.push(message));
  await town.ready("calc", "a");
  const first = town.api.request("calc", 1);
  await vi.waitFor(() => expect(got).toHaveLength(1), 10_000);
  const given = new AbortController();
  const second = town.api.request("calc", 2, { signal: given.signal });
  const third = town.api.request("calc", 3);
  given.abort();
  await expect(second).rejects.toMatchObject({ reason: "Aborted", handled: "no" });
  got[0]?.reply(1);
  await first;
  await vi.waitFor(() => expect(got).toHaveLength(2), 10_000);
  expect(got[1]?.body).toBe(3);
  got[1]?.reply(3);
  expect(await third).toBe(3);
});

it("what was given up takes no place in the queue", async () => {
  const annotations = { "k4s.dev/max-requests": "1", "k4s.dev/max-pending-requests": "2" };
  await town.service("calc", { annotations });
  const got: Message[] = [];
  await town.resident("a", message => got.push(message));
  await town.ready("calc", "a");
  const first = town.api.request("calc", "first");
  await vi.waitFor(() => expect(got).toHaveLength(1), 10_000);
  for (const _ of times(5)) {
    const given = new AbortController();
    const waiting = town.api.request("calc", "given up", { signal: given.signal });
    given.abort();
    await expect(waiting).rejects.toMatchObject({ reason: "Aborted", handled: "no" });
  }
  const last = town.api.request("calc", "last");
  got[0]?.reply("done");
  await first;
  await vi.waitFor(() => expect(got).toHaveLength(2), 10_000);
  got[1]?.reply("done too");
  expect(await last).toBe("done too");
});
