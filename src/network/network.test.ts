/** Requests between threads, and how each ends. */
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
    await vi.waitFor(async () => expect(await reasonOf(town.api.request("calc"))).toBe("NoEndpoint"), 10_000);
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
    await vi.waitFor(() => expect(buffer.byteLength).toBe(0), 10_000);
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
