/** Payloads that are pulled piece by piece, by way of a NATS that loses some. */
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../outside/index.ts";
import { encoded, largeIn } from "./frames.ts";
import { HeldPayloads, idleMs, type Pulling, pulled } from "./large-payloads.ts";

const payload = Buffer.from(Array.from({ length: 1_000 }, (_, i) => i % 256));

/** @param answer what comes for an offset: bytes, or an error */
function line(answer: (from: number) => Uint8Array | Error) {
  const published: string[] = [];
  const nats: Pulling = {
    request: async (_, from) => {
      const data = answer(Number(from));
      if (data instanceof Error) throw data;
      return { data } as Awaited<ReturnType<Pulling["request"]>>;
    },
    publish: (_, text) => void published.push(String(text)),
  };
  return { nats, published };
}
const nobody = Object.assign(new Error("503"), { name: "NoResponders" });

describe("a large payload", () => {
  it("comes whole though pieces are lost, and is let go of then", async () => {
    let count = 0;
    const { nats, published } = line(from =>
      ++count % 3 === 0 ? new Error("timeout") : payload.subarray(from, from + 70),
    );
    expect(await pulled(nats, "at", 1_000)).toEqual(payload);
    expect(published).toEqual(["1000"]);
  });

  it.each<[what: string, answer: (from: number) => Uint8Array | Error]>([
    ["its sender is gone", from => (from > 100 ? nobody : payload.subarray(from, from + 70))],
    ["its sender does not hold it any more", () => new Uint8Array()],
    ["no piece comes, however often it is asked for", () => new Error("timeout")],
    ["it is longer than was said", from => payload.subarray(from, from + 301)],
  ])("is none where %s", async (_, answer) => {
    expect(await pulled(line(answer).nats, "at", 999)).toBeUndefined();
  });

  it("is held until it was pulled, or nobody asks for it any more", async () => {
    const clock = new VirtualClock();
    const held = new HeldPayloads(clock);
    const ends: string[] = [];
    const [one, other] = [held.hold(payload), held.hold(payload)];
    void one.released.then(() => ends.push("one"));
    void other.released.then(() => ends.push("other"));
    expect(held.piece(one.number, 990, 100)).toEqual(payload.subarray(990));
    await clock.advance(idleMs - 1);
    expect(held.piece(other.number, 0, 10)).toEqual(payload.subarray(0, 10));
    expect(held.piece(one.number, 1_000, 100)).toHaveLength(0);
    await clock.advance(idleMs - 1);
    expect(ends).toEqual(["one"]);
    await clock.advance(1);
    expect(ends).toEqual(["one", "other"]);
    expect(held.piece(other.number, 0, 10)).toBeUndefined();
  });
});

it.each([
  ["k4s.service.shop.pay", 10],
  ["_INBOX.k4s.a.messages.*", 10],
  ["_INBOX.k4s.a.messages.1", 0],
  ["_INBOX.k4s.a.messages.1", 2 ** 31],
])("what says that it is pulled from %s, %d bytes, is none", (at, length) => {
  expect(largeIn(encoded({ type: "large", at, length }, "it"))).toBeUndefined();
  expect(largeIn(encoded({ type: "large", at: "_INBOX.k4s.a-1.answers.2", length: 10 }, "it"))).toBeDefined();
});
