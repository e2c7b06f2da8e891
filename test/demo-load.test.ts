/** The load that demos make: what it tells of the answers, and that it ends where there are none. */
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Load } from "../demos/load.ts";

describe("load", () => {
  it("tells what the next requests were answered, of those that were sent from then on", async () => {
    let sent = 0;
    const load = new Load(() => delay(1, sent++), 2);
    expect(await load.next(3)).toHaveLength(3);
    await load.stop();
    expect(load.errors).toEqual([]);
  });

  it("leaves out what was sent before, however late its answer comes", async () => {
    let sent = 0;
    let answerFirst = (_: number) => {};
    const first = new Promise<number>(resolve => {
      answerFirst = resolve;
    });
    const load = new Load(() => (sent++ === 0 ? first : delay(1, sent)), 2);
    const asked = load.next(50);
    await delay(20);
    answerFirst(-1);
    expect(await asked).not.toContain(-1);
    await load.stop();
    expect(load.answers).toContain(-1);
  });

  it("does not wait for ever where answers stop, or all requests fail", async () => {
    const load = new Load(() => Promise.reject(new Error("nobody is there")), 2);
    expect(await load.next(3, 20)).toEqual([]);
    await load.stop();
    expect(load.errors.length).toBeGreaterThan(0);
  });
});
