import { describe, expect, it } from "vitest";
import { timestamp } from "./clock.ts";
import { VirtualClock } from "./virtual-clock.ts";

describe("a virtual clock", () => {
  it("moves only when it is pushed, and runs each timer at its own instant", async () => {
    const clock = new VirtualClock(0);
    const seen: [string, number][] = [];
    clock.after(20, () => seen.push(["b", clock.now()]));
    clock.after(10, () => {
      seen.push(["a", clock.now()]);
      clock.after(5, () => seen.push(["a+5", clock.now()]));
    });
    expect(seen).toEqual([]);
    await clock.advance(30);
    expect(seen).toEqual([
      ["a", 10],
      ["a+5", 15],
      ["b", 20],
    ]);
    expect(clock.now()).toBe(30);
  });

  it("keeps the order of timers that are due together", async () => {
    const clock = new VirtualClock(0);
    const seen: number[] = [];
    for (const n of [1, 2, 3]) clock.after(5, () => seen.push(n));
    await clock.advance(5);
    expect(seen).toEqual([1, 2, 3]);
  });

  it("runs what is to come soon before time moves, and all that this makes ready", async () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    clock.after(1, () => seen.push("timer"));
    clock.soon(() => {
      seen.push("soon");
      Promise.resolve().then(() => clock.soon(() => seen.push("sooner than the timer")));
    });
    await clock.advance(1);
    expect(seen).toEqual(["soon", "sooner than the timer", "timer"]);
  });

  it("runs what is due together before anything else happens, and does not run what that cancels", async () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    clock.after(5, () => {
      seen.push("first");
      second.cancel();
      clock.after(0, () => seen.push("at once"));
    });
    const second = clock.after(5, () => seen.push("second"));
    await clock.advance(5);
    expect(seen).toEqual(["first", "at once"]);
  });

  it("does not run what was cancelled", async () => {
    const clock = new VirtualClock(0);
    const timer = clock.after(1, () => expect.unreachable());
    timer.cancel();
    timer.cancel();
    await clock.advance(2);
  });

  it("sleeps until its time, or until the signal aborts", async () => {
    const clock = new VirtualClock(0);
    const woken: string[] = [];
    clock.sleep(5).then(() => woken.push("slept"));
    const controller = new AbortController();
    clock.sleep(10, controller.signal).catch(reason => woken.push(String(reason)));
    await clock.advance(5);
    controller.abort("called off");
    await clock.settle();
    expect(woken).toEqual(["slept", "called off"]);
    await expect(clock.sleep(1, AbortSignal.abort("too late"))).rejects.toBe("too late");
  });

  it("writes time as Kubernetes does", () => {
    const clock = new VirtualClock(Date.UTC(2026, 1, 3, 4, 5, 6, 789));
    expect(timestamp(clock.now())).toBe("2026-02-03T04:05:06Z");
  });
});

it("a clock that is to start at no time says so", () => {
  expect(() => new VirtualClock(Number.NaN)).toThrow("not at NaN");
  // @ts-expect-error JavaScript passes what it likes.
  expect(() => new VirtualClock({ start: 5 })).toThrow("milliseconds since 1970");
});
