/** What is sent without an answer, and which of several pods gets it. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Message } from "../messages/index.ts";
import { name, Town } from "./town.suite.ts";

let town: Town;
beforeEach(() => {
  town = new Town();
});
afterEach(() => town.stop());

const times = (count: number) => Array.from({ length: count });

describe("a send", () => {
  it("arrives in order, and resolves when it has been taken in", async () => {
    const got: unknown[] = [];
    const sender = await town.resident("a");
    await town.resident("b", message => {
      expect(message.expectsReply).toBe(false);
      expect(message.from).toEqual({ cluster: false, namespace: "default", pod: "a", container: "main" });
      message.reply("ignored");
      got.push(message.body);
    });
    await Promise.all(times(3_000).map((_, i) => sender.peer.api.send("b", i % 7 === 0 ? new Date(i) : i)));
    await vi.waitFor(() => expect(got).toHaveLength(3_000), 10_000);
    expect(got.map(Number)).toEqual(times(3_000).map((_, i) => i));
  });

  it("of large bodies waits sooner, and one may always go", async () => {
    const { peer } = await town.resident("b");
    let taken = 0;
    const large = "x".repeat(9_000_000);
    const sends = times(4).map(() => town.api.send("b", large).then(() => taken++));
    await vi.waitFor(() => expect(taken).toBe(2), 10_000);
    const reader = peer.inbox[Symbol.asyncIterator]();
    for (const _ of times(4)) await reader.next();
    await Promise.all(sends);
  });

  it("waits while the receiver does not read", async () => {
    const { peer } = await town.resident("b");
    let taken = 0;
    const sends = times(2_000).map(() => town.api.send("b", "x").then(() => taken++));
    await vi.waitFor(() => expect(taken).toBe(1_024), 10_000);
    const reader = peer.inbox[Symbol.asyncIterator]();
    for (const _ of times(2_000)) await reader.next();
    await Promise.all(sends);
  });
});

describe("balancing", () => {
  it("round-robin takes turns", async () => {
    await town.service("calc", { annotations: { "k4s.dev/balancing": "round-robin" } });
    for (const pod of ["a", "b", "c"]) await town.resident(pod, name(pod));
    await town.ready("calc", "a", "b", "c");
    await town.api.request("calc");
    const answers = await Promise.all(times(9).map(() => town.api.request<string>("calc")));
    expect(answers.toSorted()).toEqual(["a", "a", "a", "b", "b", "b", "c", "c", "c"]);
  });

  it("least-outstanding avoids the slow one", async () => {
    await town.service("calc", { annotations: { "k4s.dev/balancing": "least-outstanding" } });
    const stuck: Message[] = [];
    await town.resident("slow", message => stuck.push(message));
    await town.resident("quick", name("quick"));
    await town.ready("calc", "slow", "quick");
    const first = times(4).map(() => town.api.request("calc"));
    await vi.waitFor(() => expect(stuck).toHaveLength(2), 10_000);
    for (const _ of times(20)) expect(await town.api.request("calc")).toBe("quick");
    for (const message of stuck) message.reply("slow");
    expect((await Promise.all(first)).toSorted()).toEqual(["quick", "quick", "slow", "slow"]);
  });

  it("with session affinity each sender keeps to one pod while that is there", async () => {
    await town.service("calc", { spec: { sessionAffinity: "ClientIP" } });
    const pods = ["a", "b", "c", "d"];
    for (const pod of pods) await town.resident(pod, name(pod));
    await town.ready("calc", ...pods);
    const first = await town.api.request<string>("calc");
    for (const _ of times(20)) expect(await town.api.request("calc")).toBe(first);
    const rest = pods.filter(pod => pod !== first);
    await town.ready("calc", ...rest);
    await vi.waitFor(async () => expect(rest).toContain(await town.api.request("calc")), 10_000);
    const second = await town.api.request("calc");
    await town.ready("calc", ...pods);
    for (const _ of times(20)) expect(await town.api.request("calc")).toBe(second);
  });
});
