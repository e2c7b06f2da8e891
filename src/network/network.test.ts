import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../errors/index.ts";
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

describe("a request", () => {
  it("to a service is answered by one of its ready pods, each in its turn of chance", async () => {
    await town.service("calc");
    for (const pod of ["calc-0", "calc-1", "calc-2"]) await town.resident(pod, name(pod));
    await town.ready("calc", "calc-0", "calc-1");
    const answers = await Promise.all(times(200).map(() => town.api.request("calc")));
    expect(new Set(answers)).toEqual(new Set(["calc-0", "calc-1"]));
  });

  it("to a pod, a container, a pod of a service finds that one", async () => {
    await town.service("db");
    for (const pod of ["db-0", "db-1"]) await town.resident(pod, name(pod));
    for (const to of ["db-1", "pod/db-1", "container/db-1", "db-1.db", "db-1.db.default.svc.cluster.local"]) {
      expect(await town.api.request(to)).toBe("db-1");
    }
  });

  it("to a bare name means the service first", async () => {
    await town.service("web");
    await town.resident("web", name("the container"));
    await town.resident("web-0", name("the service"));
    await town.ready("web", "web-0");
    expect(await town.api.request("web")).toBe("the service");
    expect(await town.api.request("pod/web")).toBe("the container");
  });

  it("says what is wrong with its target, and finds it as soon as it is there", async () => {
    expect(await reasonOf(town.api.request("calc"))).toBe("NoSuchTarget");
    expect(await reasonOf(town.api.request("../x"))).toBe("NoSuchTarget");
    await town.service("calc");
    expect(await reasonOf(town.api.request("calc"))).toBe("NoEndpoint");
    await town.resident("calc-0", name("calc-0"));
    await town.ready("calc", "calc-0");
    expect(await town.api.request("calc")).toBe("calc-0");
    await town.ready("calc");
    await vi.waitFor(async () => expect(await reasonOf(town.api.request("calc"))).toBe("NoEndpoint"));
  });

  it("to a service whose pods are just getting ready waits a moment for them", async () => {
    await town.service("calc");
    await town.resident("calc-0", name("calc-0"));
    const answer = town.api.request("calc");
    await town.ready("calc", "calc-0");
    expect(await answer).toBe("calc-0");
  });

  it("rejects with the worker's own error", async () => {
    await town.resident("calc", message =>
      message.fail(
        new ApiError("NotFound", "no such sum", { kind: "Sum", name: "x" }, { cause: new TypeError("why") }),
      ),
    );
    const error = (await town.api.request("calc").catch(error => error)) as ApiError;
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ reason: "NotFound", details: { kind: "Sum", name: "x" } });
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  it("is answered once at most, and not after its deadline", async () => {
    const late: Message[] = [];
    await town.resident("calc", message => {
      if (message.body === "late") late.push(message);
      else {
        message.reply("first");
        message.reply("second");
        message.fail(new Error("third"));
      }
    });
    expect(await town.api.request("calc")).toBe("first");
    const error = await town.api.request("calc", "late", { timeoutMs: 20 }).catch(error => error);
    expect(error).toMatchObject({ reason: "DeadlineExceeded", handled: "maybe" });
    late[0]?.reply("too late");
    // The slot of the one that was given up is used again: the late answer must not be taken for this one's.
    expect(await town.api.request("calc", "again")).toBe("first");
  });

  it("may be answered with what was taken out of the message", async () => {
    await town.resident("calc", ({ body, reply, fail }) =>
      body === "fail" ? fail(new RangeError("no")) : reply(body),
    );
    expect(await town.api.request("calc", "taken out")).toBe("taken out");
    await expect(town.api.request("calc", "fail")).rejects.toThrow(RangeError);
  });

  it("can be aborted by its signal", async () => {
    await town.resident("calc", () => {});
    const abort = new AbortController();
    const promise = town.api.request("calc", 1, { signal: abort.signal });
    abort.abort("enough");
    const error = await promise.catch(error => error);
    expect(error).toMatchObject({ reason: "Aborted", cause: "enough" });
    expect(await reasonOf(town.api.request("calc", 1, { signal: AbortSignal.abort() }))).toBe("Aborted");
  });

  it("that cannot be cloned is rejected, and harms no other", async () => {
    await town.resident("echo", message => message.reply(message.body));
    await town.api.request("echo");
    const bad = { run: () => 1 };
    const all = await Promise.allSettled(
      [1, bad, 2, { deep: { bad } }, new Date(0)].map(body => town.api.request("echo", body)),
    );
    expect(all.map(each => (each.status === "fulfilled" ? each.value : each.reason.reason))).toEqual([
      1,
      "NotCloneable",
      2,
      "NotCloneable",
      new Date(0),
    ]);
  });

  it("whose promise nobody awaits may fail: that ends no process", async () => {
    const unhandled: unknown[] = [];
    const hear = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", hear);
    void town.api.send("nobody", 1);
    void town.api.request("nobody", 1);
    void town.api.request("nobody", 1, { timeoutMs: -1 });
    expect(await reasonOf(town.api.send("nobody"))).toBe("NoSuchTarget");
    await new Promise(resolve => setTimeout(resolve));
    process.off("unhandledRejection", hear);
    expect(unhandled).toEqual([]);
  });

  it("is a snapshot of its body, also while it waits for the name to be resolved", async () => {
    await town.resident("echo", message => message.reply(message.body));
    const body = { n: 1 };
    const first = town.api.request("echo", body);
    body.n = 2;
    expect(await first).toEqual({ n: 1 });
    const second = town.api.request("echo", body);
    body.n = 3;
    expect(await second).toEqual({ n: 2 });
  });

  it("hands over what is transferred, first and later", async () => {
    await town.resident("echo", message => {
      const buffer = message.body as ArrayBuffer;
      message.reply(buffer, { transfer: [buffer] });
    });
    for (const _ of times(2)) {
      const buffer = new ArrayBuffer(64);
      const back = await town.api.request<ArrayBuffer>("echo", buffer, { transfer: [buffer] });
      expect(buffer.byteLength).toBe(0);
      expect(back.byteLength).toBe(64);
    }
  });

  it("that fails before it goes out leaves what it transfers where it was, and says that it was not handled", async () => {
    await town.service("empty");
    await town.pod("starting");
    const { peer } = await town.resident("a");
    const aborted = AbortSignal.abort();
    const soon = () => AbortSignal.timeout(10);
    for (const api of [town.api, peer.api]) {
      const fails: [string, (buffer: ArrayBuffer) => Promise<unknown>][] = [
        ["no such name", buffer => api.request("nobody", { buffer }, { transfer: [buffer] })],
        ["no such name, sent", buffer => api.send("nobody", { buffer }, { transfer: [buffer] })],
        ["no endpoint", buffer => api.request("empty", buffer, { transfer: [buffer] })],
        ["aborted before", buffer => api.request("empty", buffer, { transfer: [buffer], signal: aborted })],
        [
          "aborted while it waits",
          buffer => api.request("empty", buffer, { transfer: [buffer], signal: soon() }),
        ],
        [
          "too late while it waits",
          buffer => api.request("empty", buffer, { transfer: [buffer], timeoutMs: 10 }),
        ],
        ["cannot be cloned", buffer => api.request("a", { buffer, run() {} }, { transfer: [buffer] })],
      ];
      for (const [why, fail] of fails) {
        const buffer = new ArrayBuffer(8);
        await expect(fail(buffer), why).rejects.toMatchObject({ handled: "no" });
        expect(buffer.byteLength, why).toBe(8);
      }
    }
  });

  it("that has gone out with what it transfers may have been handled, as far as its sender can act on it", async () => {
    const { peer } = await town.resident("b");
    const buffer = new ArrayBuffer(8);
    const request = town.api
      .request("b", { buffer }, { transfer: [buffer], timeoutMs: 5_000 })
      .catch(error => error);
    await vi.waitFor(() => expect(buffer.byteLength).toBe(0));
    peer.close(); // It gives back what it has not read, and nobody else is there.
    expect(await request).toMatchObject({ handled: "maybe" });
  });

  it("is refused where it is too large for its receiver's memory, both ways, with both sizes", async () => {
    const small = await town.resident("small", message =>
      message.body === "numbers" ? message.reply(Array(200).fill("y")) : message.reply("fine"),
    );
    const numbers = Array.from({ length: 1_000_000 }, (_, i) => i + 0.5);
    const error = { reason: "MessageTooLarge", handled: "no", message: /takes about 22\.9 MiB .* is 9 MiB/ };
    await expect(town.api.request("small", numbers)).rejects.toMatchObject(error);
    await expect(town.api.send("small", { inner: new Map([[1, numbers]]) })).rejects.toMatchObject({
      reason: "MessageTooLarge",
    });
    await expect(town.api.request("small", "ж".repeat(6_000_000))).rejects.toMatchObject({
      reason: "MessageTooLarge",
    });
    // Outside of the heap, or small enough.
    expect(await town.api.request("small", new Float64Array(4_000_000))).toBe("fine");
    expect(await town.api.request("small", "x".repeat(6_000_000))).toBe("fine");
    expect(await town.api.request("small", numbers.slice(0, 300_000))).toBe("fine");
    const large = await town.resident("large", message => {
      try {
        message.reply(Array.from({ length: 3_000_000 }, (_, i) => i + 0.5));
      } catch (error) {
        message.fail(error);
      }
    });
    await expect(town.api.request("large")).rejects.toMatchObject({ reason: "MessageTooLarge" });
    await expect(small.peer.api.request("large")).rejects.toMatchObject({ reason: "MessageTooLarge" });
    await expect(large.peer.api.request("small", numbers)).rejects.toMatchObject({
      reason: "MessageTooLarge",
    });
    expect(await large.peer.api.request("small", "still")).toBe("fine");
  });

  it("takes of a Buffer its own bytes, and nothing of the pool that it lies in", async () => {
    await town.resident("echo", message => message.reply(message.body));
    const secret = Buffer.from("somebody else's secret");
    const body = Buffer.from("abc");
    expect(body.buffer).toBe(secret.buffer);
    class Parcel {
      content = Buffer.from("abc");
    }
    const there = [{ list: [body, body] }, new Map([[1, body]]), new Set([body]), new Parcel()];
    const back = await town.api.request<typeof there>("echo", [body, ...there]);
    const [first, { list }, map, set, parcel] = back as unknown as [
      Uint8Array,
      { list: Uint8Array[] },
      Map<number, Uint8Array>,
      Set<Uint8Array>,
      Parcel,
    ];
    for (const bytes of [first, ...list, map.get(1), ...set, parcel.content]) {
      expect(bytes).toEqual(new Uint8Array([97, 98, 99]));
      expect(bytes?.buffer.byteLength).toBe(3);
    }
    expect(list[0]).toBe(list[1]);
    // A view of one's own memory goes as structured clone takes it.
    const view = await town.api.request<Uint8Array>("echo", new Uint8Array(new ArrayBuffer(16), 4, 8));
    expect([view.byteOffset, view.byteLength, view.buffer.byteLength]).toEqual([4, 8, 16]);
  });

  it("shares its signal with a thousand others, which leave nothing at it", async () => {
    await town.resident("echo", message => message.reply(message.body));
    await town.resident("deaf");
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on("warning", warned);
    const stop = new AbortController();
    const { signal } = stop;
    await Promise.all(times(1_000).map((_, i) => town.api.request("echo", i, { signal })));
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    const waiting = times(1_000).map(() => town.api.request("deaf", 1, { signal }));
    await new Promise(resolve => setImmediate(resolve));
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    const why = new Error("changed my mind");
    stop.abort(why);
    for (const outcome of await Promise.allSettled(waiting))
      expect(outcome).toMatchObject({ reason: { reason: "Aborted", cause: why } });
    process.off("warning", warned);
    expect(warnings).toEqual([]);
  });

  it("to oneself works", async () => {
    const { peer } = await town.resident("me", name("me"));
    expect(await Promise.all(times(5).map(() => peer.api.request("me")))).toEqual(times(5).fill("me"));
  });
});

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
    await vi.waitFor(() => expect(got).toHaveLength(3_000));
    expect(got.map(Number)).toEqual(times(3_000).map((_, i) => i));
  });

  it("of large bodies waits sooner, and one may always go", async () => {
    const { peer } = await town.resident("b");
    let taken = 0;
    const large = "x".repeat(9_000_000);
    const sends = times(4).map(() => town.api.send("b", large).then(() => taken++));
    await vi.waitFor(() => expect(taken).toBe(2));
    const reader = peer.inbox[Symbol.asyncIterator]();
    for (const _ of times(4)) await reader.next();
    await Promise.all(sends);
  });

  it("waits while the receiver does not read", async () => {
    const { peer } = await town.resident("b");
    let taken = 0;
    const sends = times(2_000).map(() => town.api.send("b", "x").then(() => taken++));
    await vi.waitFor(() => expect(taken).toBe(1_024));
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
    await vi.waitFor(() => expect(stuck).toHaveLength(2));
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
    await vi.waitFor(async () => expect(rest).toContain(await town.api.request("calc")));
    const second = await town.api.request("calc");
    await town.ready("calc", ...pods);
    for (const _ of times(20)) expect(await town.api.request("calc")).toBe(second);
  });
});

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
    await vi.waitFor(async () => expect(await town.api.request("calc")).toBe("second"));
  });

  it("sends what waited for it to another pod of the service", async () => {
    await town.service("calc");
    const stuck = await town.resident("stuck");
    await town.ready("calc", "stuck");
    const all = times(1_500).map(() => town.api.request("calc").catch(error => error.handled));
    await vi.waitFor(() => expect((stuck.peer.inbox as unknown as { length: number }).length).toBe(1_024));
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
    await vi.waitFor(() => expect((first.peer.inbox as unknown as { length: number }).length).toBe(2));
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
    await vi.waitFor(() => expect((only.peer.inbox as unknown as { length: number }).length).toBe(1));
    only.peer.close();
    expect(await asked).toMatchObject({ reason: "ContainerStopping", handled: "no" });
  });

  it("knows when all that was read has been answered", async () => {
    const held: Message[] = [];
    const { peer } = await town.resident("calc", message => held.push(message));
    const other = await town.resident("other");
    const all = [town.api.request("calc", 1), town.api.request("calc", 2), other.peer.api.request("calc", 3)];
    const settled = Promise.allSettled(all);
    await vi.waitFor(() => expect(held).toHaveLength(3));
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
    await vi.waitFor(() => expect(hasEnded).toBe(true));
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
    await vi.waitFor(() => expect(told).toBeGreaterThanOrEqual(least));
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
