import { EventEmitter } from "node:events";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { Stream, VirtualClock } from "../outside/index.ts";
import type { WatchEvent } from "../store/index.ts";
import type { HttpResponse } from "./answer.ts";
import { readBody } from "./body.ts";
import { HeldBytes } from "./held-bytes.ts";
import { sendWatch } from "./watch-response.ts";

/** A client that takes nothing: `write` says that there is no room, and nothing drains. */
class Stuck extends EventEmitter {
  destroyed = false;
  writableEnded = false;
  readonly written: string[] = [];

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit("close");
  }

  write(text: string): boolean {
    this.written.push(text);
    return false;
  }

  end(): void {
    this.writableEnded = true;
  }

  setHeader(): void {}
  writeHead(): this {
    return this;
  }
  flushHeaders(): void {}
}

const asResponse = (stuck: Stuck) => stuck as unknown as HttpResponse;

describe("what is held", () => {
  test("beyond the limit, whoever came first is cut off", () => {
    const held = new HeldBytes(100);
    const responses = Array.from({ length: 4 }, () => new Stuck());
    for (const each of responses) held.by(asResponse(each)).add(40);
    expect(responses.map(({ destroyed }) => destroyed)).toEqual([true, true, false, false]);
  });

  test("is given back when a response is over", () => {
    const held = new HeldBytes(100);
    const [first, second, third] = [new Stuck(), new Stuck(), new Stuck()];
    held.by(asResponse(first)).add(90);
    first.destroy();
    held.by(asResponse(second)).add(50);
    held.by(asResponse(third)).add(50);
    expect([second.destroyed, third.destroyed]).toEqual([false, false]);
  });

  test("one alone may be larger than the limit", () => {
    const held = new HeldBytes(100);
    const large = new Stuck();
    held.by(asResponse(large)).add(1_000);
    expect(large.destroyed).toBe(false);
  });

  test("of a response that is over is nothing", () => {
    const held = new HeldBytes(100);
    const [gone, other] = [new Stuck(), new Stuck()];
    gone.destroy();
    held.by(asResponse(gone)).add(1_000);
    held.by(asResponse(other)).add(100);
    expect(other.destroyed).toBe(false);
  });
});

test("a body that does not come to its end is given up", async () => {
  const clock = new VirtualClock();
  const request = Object.assign(new Readable({ read() {} }), { headers: {} });
  request.push("{");
  const reading = readBody(request, { clock, held: { add() {} } });
  const failed = expect(reading).rejects.toMatchObject({ reason: "Timeout" });
  await clock.advance(60_000);
  await failed;
});

describe("a watch", () => {
  const event = { type: "ADDED", object: {} } as WatchEvent;

  test("of which nothing is taken for a minute is cut off, and leaves nothing behind", async () => {
    const clock = new VirtualClock();
    const response = new Stuck();
    let isEnded = false;
    const events = new Stream<WatchEvent>({
      ended: () => {
        isEnded = true;
      },
    });
    events.push(event);
    const sending = sendWatch(asResponse(response), events, () => "{}", clock);
    await clock.advance(59_000);
    expect(response.destroyed).toBe(false);
    await clock.advance(1_000);
    await sending;
    expect([response.destroyed, isEnded, response.eventNames()]).toEqual([true, true, []]);
  });

  test("that is taken slowly goes on, without more listeners each time", async () => {
    const clock = new VirtualClock();
    const response = new Stuck();
    const events = new Stream<WatchEvent>();
    const sending = sendWatch(asResponse(response), events, () => "{}", clock);
    for (let i = 0; i < 20; i++) {
      events.push(event);
      await clock.advance(50_000);
      response.emit("drain");
    }
    expect(response.written).toHaveLength(20);
    expect(response.listenerCount("close")).toBeLessThanOrEqual(2);
    events.end();
    await sending;
  });

  test("whose client has left before it was open is not begun", async () => {
    const response = new Stuck();
    response.destroy();
    const events = new Stream<WatchEvent>();
    await sendWatch(asResponse(response), events, () => "{}", new VirtualClock());
    expect(response.written).toEqual([]);
  });
});
