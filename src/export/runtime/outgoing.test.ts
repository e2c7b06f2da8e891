import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { MessageError, toWire } from "../../errors/index.ts";
import { VirtualClock } from "../../outside/index.ts";
import { requestIn } from "./frames.ts";
import { type Line, Outgoing } from "./outgoing.ts";
import { podSubject, serviceSubject } from "./subjects.ts";

interface Sent {
  readonly subject: string;
  readonly body: unknown;
  readonly number: number;
}

function world() {
  const clock = new VirtualClock();
  const sent: Sent[] = [];
  const gone = new Set<string>();
  /** What each instance says that it has and has not answered; all, where it is not said here. */
  const unanswered = new Map<string, readonly number[]>();
  const line: Line = {
    publish: (subject, payload, number) => sent.push({ subject, body: requestIn(payload)?.body, number }),
    askHolder: async (instance, numbers) =>
      gone.has(instance) ? "gone" : new Set(unanswered.get(instance) ?? numbers),
  };
  const self = { cluster: false, namespace: "shop", pod: "asker", container: "main" } as const;
  return { clock, sent, gone, unanswered, outgoing: new Outgoing(line, self, clock) };
}

/** What a promise has come to: its value, or reason and whether it may have been handled. */
const told = (asked: Promise<unknown>) =>
  asked.then(
    value => ({ value }),
    (error: MessageError) => ({ reason: error.reason, handled: error.handled }),
  );

describe("a request over NATS", () => {
  it("ends with the answer, or with the worker's own error", async () => {
    const { outgoing, sent } = world();
    const [one, other] = [outgoing.request("sum", 1), outgoing.request("sum", 2)];
    outgoing.heard(sent[1]?.number ?? 0, { type: "failed", error: toWire(new RangeError("no")) });
    outgoing.heard(sent[0]?.number ?? 0, { type: "taken", instance: "a" });
    outgoing.heard(sent[0]?.number ?? 0, { type: "reply", value: 42 });
    outgoing.heard(sent[0]?.number ?? 0, { type: "reply", value: 43 });
    expect(await one).toBe(42);
    await expect(other).rejects.toThrow(RangeError);
  });

  it("goes to what the name may mean next where nobody listens, and ends as NoEndpoint after the last", async () => {
    const { outgoing, sent } = world();
    const asked = told(outgoing.request("sum", 1));
    for (let i = 0; i < 2; i++) outgoing.heard(1, undefined);
    expect(sent.map(({ subject }) => subject)).toEqual([
      serviceSubject("shop", "sum"),
      podSubject("shop", "sum"),
    ]);
    expect(await asked).toEqual({ reason: "NoEndpoint", handled: "no" });
  });

  it("goes to another when it is given back unread", async () => {
    const { outgoing, sent } = world();
    const asked = outgoing.request("sum", 1);
    outgoing.heard(1, { type: "taken", instance: "a" });
    outgoing.heard(1, { type: "back" });
    expect(sent).toHaveLength(2);
    outgoing.heard(1, { type: "reply", value: "b" });
    expect(await asked).toBe("b");
  });

  it("may have been handled when its time is over, or when who had taken it is gone", async () => {
    const { outgoing, clock, gone } = world();
    const late = told(outgoing.request("sum", 1, { timeoutMs: 500 }));
    const lost = told(outgoing.request("sum", 2, { timeoutMs: 60_000 }));
    outgoing.heard(2, { type: "taken", instance: "a" });
    await clock.advance(1_000);
    expect(await late).toEqual({ reason: "DeadlineExceeded", handled: "maybe" });
    gone.add("a");
    await clock.advance(1_000);
    expect(await lost).toEqual({ reason: "ContainerExited", handled: "maybe" });
  });

  it("is lost with a container that is gone where nobody has taken it, and all others say that they have it not", async () => {
    const { outgoing, clock, gone, unanswered, sent } = world();
    for (const [number, instance] of [
      [1, "a"],
      [2, "b"],
    ] as const) {
      const before = outgoing.request("sum", 0);
      outgoing.heard(number, { type: "taken", instance });
      outgoing.heard(number, { type: "reply", value: 0 });
      await before;
    }
    const [lost, waits] = [outgoing.request("sum", 3), outgoing.request("sum", 4)].map(told);
    const large = told(outgoing.send("sum", "x".repeat(1_000)));
    outgoing.piece(5, 0, 100);
    unanswered.set("b", [4]);
    // A receiver that is busy takes its time.
    await clock.advance(5_000);
    expect(sent).toHaveLength(5);
    gone.add("a");
    const others = told(outgoing.request("other", 6));
    await clock.advance(2_000);
    expect(await lost).toEqual({ reason: "Unreachable", handled: "maybe" });
    for (const number of [4, 5, 6]) outgoing.heard(number, { type: "reply", value: number });
    expect(await Promise.all([waits, large, others])).toEqual([{ value: 4 }, { value: 5 }, { value: 6 }]);
  });

  it("certainly was not handled when it never left", async () => {
    const { outgoing } = world();
    expect(await told(outgoing.request("Not a name", 1))).toEqual({ reason: "NoSuchTarget", handled: "no" });
    expect(await told(outgoing.request("sum", () => {}))).toEqual({ reason: "NotCloneable", handled: "no" });
    const signal = AbortSignal.abort();
    expect(await told(outgoing.request("sum", 1, { signal }))).toEqual({ reason: "Aborted", handled: "no" });
  });

  it("waits while receivers take nothing in, and goes on in order as they do", async () => {
    const { outgoing, sent } = world();
    const all = Array.from({ length: 300 }, (_, n) => outgoing.send("sum", n));
    expect(sent).toHaveLength(256);
    for (let number = 1; number <= 300; number++) outgoing.heard(number, { type: "taken", instance: "a" });
    await Promise.all(all);
    expect(sent.map(({ body }) => body)).toEqual(Array.from({ length: 300 }, (_, n) => n));
  });

  it("is held up by no other target, and those that nobody takes are taken for lost after 30 s", async () => {
    const { outgoing, sent, clock } = world();
    const lost = Array.from({ length: 256 }, (_, n) => told(outgoing.send("dead", n)));
    const last = outgoing.send("dead", "last");
    const asked = outgoing.request("alive", 1);
    expect(sent.at(-1)).toMatchObject({ subject: serviceSubject("shop", "alive") });
    outgoing.heard(sent.at(-1)?.number ?? 0, { type: "reply", value: 42 });
    expect(await asked).toBe(42);
    await clock.advance(30_000);
    for (const each of await Promise.all(lost))
      expect(each).toEqual({ reason: "Unreachable", handled: "maybe" });
    expect(sent.at(-1)?.body).toBe("last");
    outgoing.heard(sent.at(-1)?.number ?? 0, { type: "taken", instance: "a" });
    await last;
  });

  it("is not taken for lost while its receiver pulls it, piece by piece, and is let go of with its end", async () => {
    const { outgoing, sent, clock } = world();
    const asked = told(outgoing.send("slow", "x".repeat(1_000)));
    const number = sent[0]?.number ?? 0;
    const pieces: Uint8Array[] = [];
    for (let from = 0; from < 1_000; from += 100) {
      await clock.advance(20_000);
      pieces.push(outgoing.piece(number, from, 100) ?? new Uint8Array());
    }
    expect(Buffer.concat(pieces)).toHaveLength(1_000);
    await clock.advance(30_000);
    expect(await asked).toEqual({ reason: "Unreachable", handled: "maybe" });
    expect(outgoing.piece(number, 0, 100)).toBeUndefined();
  });

  it("ends soon after NATS is back where it was on its way, or its answer was", async () => {
    const { outgoing, sent, clock, gone, unanswered } = world();
    const [untaken, answered, working] = [1, 2, 3].map(n => told(outgoing.request("sum", n)));
    for (const number of [2, 3]) outgoing.heard(number, { type: "taken", instance: "a" });
    unanswered.set("a", [3]);
    outgoing.disconnected();
    const written = told(outgoing.request("sum", 4));
    const givenUp = told(outgoing.request("sum", 5, { timeoutMs: 100 }));
    await clock.advance(100);
    expect(await givenUp).toEqual({ reason: "DeadlineExceeded", handled: "no" });
    expect(sent).toHaveLength(3);
    outgoing.reconnected();
    expect(sent.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    // Who has them is not back yet.
    gone.add("a");
    await clock.advance(2_500);
    gone.clear();
    outgoing.heard(4, { type: "taken", instance: "b" });
    await clock.advance(2_500);
    for (const lost of [untaken, answered])
      expect(await lost).toEqual({ reason: "Unreachable", handled: "maybe" });
    outgoing.heard(3, { type: "reply", value: "three" });
    outgoing.heard(4, { type: "reply", value: "four" });
    expect([await working, await written]).toEqual([{ value: "three" }, { value: "four" }]);
  });

  it("is asked again for as long as receivers may come back after NATS", async () => {
    const { outgoing, clock, sent } = world();
    outgoing.reconnected();
    const asked = told(outgoing.request("pod/a", 1));
    const none = told(outgoing.request("pod/b", 1));
    for (const number of [1, 2]) outgoing.heard(number, undefined);
    await clock.advance(250);
    expect(sent.map(({ number }) => number)).toEqual([1, 2, 1, 2]);
    outgoing.heard(1, { type: "reply", value: "here" });
    expect(await asked).toEqual({ value: "here" });
    await clock.advance(3_000);
    outgoing.heard(2, undefined);
    expect(await none).toEqual({ reason: "NoEndpoint", handled: "no" });
  });

  it("whose answer passes a look at who has it ends with that answer", async () => {
    const { outgoing, clock, unanswered } = world();
    const asked = told(outgoing.request("sum", 1));
    outgoing.heard(1, { type: "taken", instance: "a" });
    unanswered.set("a", []);
    await clock.advance(1_500);
    outgoing.heard(1, { type: "reply", value: "large" });
    expect(await asked).toEqual({ value: "large" });
  });

  it("fails when its own container stops", async () => {
    const { outgoing } = world();
    const asked = told(outgoing.request("sum", 1));
    outgoing.close(new MessageError("ClusterStopping", "over"));
    expect(await asked).toEqual({ reason: "ClusterStopping", handled: "maybe" });
    expect(await told(outgoing.request("sum", 1))).toMatchObject({ reason: "ClusterStopping" });
  });

  it("holds nothing of what has ended while NATS is away", async () => {
    const { clock, sent, outgoing } = world();
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    outgoing.disconnected();
    const held = async () => {
      // What is let go of is counted a turn later.
      for (let i = 0; i < 3; i++) {
        collect();
        await setImmediate();
      }
      return process.memoryUsage().external;
    };
    const before = await held();
    // More than may be under way: of what waits its turn nothing is held either.
    for (let i = 0; i < 400; i++)
      outgoing.request("sum", Buffer.alloc(500_000), { timeoutMs: 500 }).catch(() => {});
    await clock.advance(1_000);
    expect((await held()) - before).toBeLessThan(20_000_000);
    outgoing.reconnected();
    expect(sent).toEqual([]);
  });
});
