/** What becomes of messages when a container ends, is told to stop, or the network stops. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Message } from "../messages/index.ts";
import { name, Town } from "./town.suite.ts";

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
const times = (count: number) => Array.from({ length: count });

describe("the end of a container", () => {
  it("fails what it has not answered, with the reason, at once", async () => {
    const { attachment, peer } = await town.resident("calc", () => {});
    const pending = town.api.request("calc").catch(error => error);
    await new Promise(resolve => setImmediate(resolve));
    peer.close();
    attachment.detach({ exitCode: 137, reason: "OOMKilled" });
    expect(await pending).toMatchObject({
      reason: "ContainerExited",
      handled: "maybe",
      message: expect.stringContaining("calc exited with code 137: OOMKilled"),
    });
  });

  it("leads new requests to its successor in the same pod", async () => {
    await town.service("calc");
    const { attachment, peer } = await town.resident("calc-0", name("first"));
    await town.ready("calc", "calc-0");
    expect(await town.api.request("calc")).toBe("first");
    peer.close();
    attachment.detach({ exitCode: 1, reason: "Error" });
    await town.resident("calc-0", name("second"));
    await vi.waitFor(async () => expect(await town.api.request("calc")).toBe("second"), 10_000);
  });

  it("sends what waited for it to another pod of the service", async () => {
    await town.service("calc");
    const stuck = await town.resident("stuck");
    await town.ready("calc", "stuck");
    const all = times(1_500).map(() => town.api.request("calc").catch(error => error.handled));
    await vi.waitFor(
      () => expect((stuck.peer.inbox as unknown as { length: number }).length).toBe(1_024),
      10_000,
    );
    await town.resident("well", name("well"));
    await town.ready("calc", "well");
    stuck.attachment.detach({ exitCode: 137, reason: "Error" });
    stuck.peer.close();
    // Also what it had in its inbox: nobody has read that, and it comes back.
    expect(new Set(await Promise.all(all))).toEqual(new Set(["well"]));
  });

  it("gives back what was not read, body and all, but never what was", async () => {
    await town.service("calc");
    const first = await town.resident("first");
    await town.ready("calc", "first");
    const bodies = [{ n: 1 }, new Map([[1, new Date(2)]]), "x".repeat(300)];
    const [read, ...unread] = bodies.map(body =>
      town.api.request("calc", body).catch(error => error.handled),
    );
    const reader = first.peer.inbox[Symbol.asyncIterator]();
    await reader.next();
    await vi.waitFor(
      () => expect((first.peer.inbox as unknown as { length: number }).length).toBe(2),
      10_000,
    );
    await town.resident("second", message => message.reply(message.body));
    await town.ready("calc", "second");
    first.peer.close();
    first.attachment.detach({ exitCode: 1, reason: "Error" });
    expect(await Promise.all(unread)).toStrictEqual(bodies.slice(1));
    expect(await read).toBe("maybe");
  });

  it("refuses what was not read where nobody else may have it", async () => {
    const only = await town.resident("only");
    const asked = town.api.request("pod/only").catch(error => error);
    await vi.waitFor(() => expect((only.peer.inbox as unknown as { length: number }).length).toBe(1), 10_000);
    only.peer.close();
    expect(await asked).toMatchObject({ reason: "ContainerStopping", handled: "no" });
  });

  it("knows when all that was read has been answered", async () => {
    const held: Message[] = [];
    const { peer } = await town.resident("calc", message => held.push(message));
    const other = await town.resident("other");
    const all = [town.api.request("calc", 1), town.api.request("calc", 2), other.peer.api.request("calc", 3)];
    const settled = Promise.allSettled(all);
    await vi.waitFor(() => expect(held).toHaveLength(3), 10_000);
    let isDone = false;
    const done = peer.answered().then(() => {
      isDone = true;
    });
    const [one, two] = held.filter(({ from }) => from.cluster);
    one?.reply();
    await all[0];
    expect(isDone).toBe(false);
    two?.fail(new Error("no"));
    // Who has hung up waits for no answer.
    other.peer.close();
    await done;
    await settled;
  });

  it("loses no request when it was asked to stop, however many are under way", async () => {
    await town.service("calc");
    const old = await town.resident("old", message => setImmediate(() => message.reply("old")));
    await town.resident("new", name("new"));
    await town.ready("calc", "old");
    const senders = [town.api, (await town.resident("a")).peer.api, (await town.resident("b")).peer.api];
    const asked: Promise<unknown>[] = [];
    for (let round = 0; round < 40; round++) {
      for (const api of senders) for (const _ of times(20)) asked.push(api.request("calc"));
      // The senders hear of the new endpoints after the container has been told to stop: the worst order.
      if (round === 20) {
        old.peer.drain();
        void town.ready("calc", "new");
      }
      await new Promise(resolve => setImmediate(resolve));
    }
    const answers = await Promise.all(asked);
    expect(answers.filter(answer => answer === "old").length).toBeGreaterThan(0);
    expect(answers.filter(answer => answer === "new").length).toBeGreaterThan(0);
    await old.finished;
    expect(await town.api.request("new")).toBe("new");
    expect(await reasonOf(town.api.request("old"))).toMatch(/ContainerStopping|NoEndpoint/);
  });
});

describe("stopping the network", () => {
  it("fails everything that is pending, everywhere", async () => {
    await town.resident("calc", () => {});
    const { peer } = await town.resident("a");
    await town.api.send("calc");
    const pending = [town.api.request("calc"), peer.api.request("calc"), peer.call("get", [])].map(reasonOf);
    await new Promise(resolve => setImmediate(resolve));
    town.network.stop();
    const [ours, theirs] = await Promise.all(pending);
    expect([ours, theirs]).toEqual(["ClusterStopping", "ClusterStopping"]);
    expect(await reasonOf(town.api.request("calc"))).toBe("ClusterStopping");
  });
});
