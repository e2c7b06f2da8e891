/** A play of messages holds and is the same each time; and with what sends them broken on purpose in one place, that is found out. */
import { expect, test } from "vitest";
import { MessageError } from "../../errors/index.ts";
import type { Sabotage } from "../played-process.ts";
import { MessagePlay, messageActs } from "./message-play.ts";

const steps = messageActs.historyOf(3, 50, messageActs.faultNames);

test("whatever happens on the way, each request ends once, and the same seed is the same play", async () => {
  const [one, again] = [await play(), await play()];
  expect(one.broken).toBeUndefined();
  expect(one.acknowledged).toBeGreaterThan(100);
  expect(Object.values(one.faults).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(100);
  expect(again).toEqual(one);
});

test.each<[string, NonNullable<Sabotage["api"]>]>([
  [
    "a message is handled once at most",
    api => ({
      send: api.send.bind(api),
      request: async (...given) => {
        await api.request(...given);
        return api.request(...given);
      },
    }),
  ],
  [
    "a request ends exactly once",
    api => ({ send: api.send.bind(api), request: () => new Promise(() => {}) }),
  ],
  [
    "what was certainly not handled was not",
    api => ({
      send: api.send.bind(api),
      request: async (...given) => {
        await api.request(...given);
        throw new MessageError("Unreachable", "it is not there", { handled: "no" });
      },
    }),
  ],
  [
    "messages of one sender come in order",
    api => {
      let held: (() => void) | undefined;
      return {
        request: api.request.bind(api),
        // Each second time the one before is sent after the next.
        send: (...given) =>
          new Promise((resolve, reject) => {
            const send = () => api.send(...given).then(resolve, reject);
            if (held) {
              void send();
              held();
              held = undefined;
            } else held = send;
          }),
      };
    },
  ],
  [
    "whoever is there is reached",
    api => ({
      send: api.send.bind(api),
      request: () => Promise.reject(new MessageError("NoEndpoint", "nobody is there")),
    }),
  ],
])("finds out by “%s” that it is broken", async (invariant, api) => {
  expect((await play({ api })).broken).toMatchObject({ invariant });
});

function play(sabotage: Sabotage = {}) {
  return new MessagePlay({ seed: 3, invariants: [], sabotage }).play(steps);
}
