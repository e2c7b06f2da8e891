/** What workers ask of the cluster itself: calls and streams. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../errors/index.ts";
import { Town } from "./town.suite.ts";

let town: Town;
beforeEach(() => {
  town = new Town();
});
afterEach(() => town.stop());

const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "none",
    error => error.reason ?? error,
  );

describe("calls to the cluster", () => {
  it("are answered, or fail, as the handler does; streams end with their reader", async () => {
    let hasEnded = false;
    town.stop();
    town = new Town({
      call: async (who, method, args) => {
        if (method === "get") return { who: who.pod, args };
        throw new ApiError("NotFound", "nothing there", { name: "x" });
      },
      async *subscribe(_, _name, [count], signal) {
        try {
          for (let i = 0; i < Number(count); i++) yield i;
          if (count === 3) return;
          await new Promise(resolve => signal.addEventListener("abort", resolve));
        } finally {
          hasEnded = true;
        }
      },
    });
    const { peer } = await town.resident("operator");
    expect(await peer.call("get", ["Pod", "x"])).toEqual({ who: "operator", args: ["Pod", "x"] });
    await expect(peer.call("delete", [])).rejects.toBeInstanceOf(ApiError);
    expect(await reasonOf(peer.call("get", [() => 1]))).toBe("NotCloneable");
    const items: unknown[] = [];
    for await (const item of peer.subscribe("watch", [3])) items.push(item);
    expect(items).toEqual([0, 1, 2]);
    hasEnded = false;
    for await (const item of peer.subscribe("watch", [2])) if (item === 1) break;
    await vi.waitFor(() => expect(hasEnded).toBe(true), 10_000);
  });

  it.each([
    ["small ones", "x", 200, 256],
    ["large ones", "x".repeat(1_000_000), 5, 10],
  ])("a stream goes no further than its reader has room: %s", async (_, text, least, most) => {
    let told = 0;
    town.stop();
    town = new Town({
      call: () => Promise.resolve(),
      async *subscribe() {
        for (; told < 1_000; told++) yield { told, text };
      },
    });
    const { peer } = await town.resident("operator");
    const stream = peer.subscribe("watch", []);
    await vi.waitFor(() => expect(told).toBeGreaterThanOrEqual(least), 10_000);
    await peer.call("get", []);
    expect(told).toBeLessThanOrEqual(most);
    for (let i = 0; i < 1_000; i++) expect(await stream.next()).toMatchObject({ value: { told: i } });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it("what is too large for the worker ends its stream, and is no answer", async () => {
    town.stop();
    const large = Array.from({ length: 1_000_000 }, (_, i) => ({ i }));
    town = new Town({
      call: () => Promise.resolve(large),
      async *subscribe() {
        yield large;
      },
    });
    const { peer } = await town.resident("operator");
    expect(await reasonOf(peer.call("list", []))).toBe("MessageTooLarge");
    expect(await reasonOf(peer.subscribe("watch", []).next())).toBe("MessageTooLarge");
    expect(await reasonOf(peer.call("create", [large]))).toBe("MessageTooLarge");
  });
});
