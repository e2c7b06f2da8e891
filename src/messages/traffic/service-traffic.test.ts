import { expect, it } from "vitest";
import { seededRandom, VirtualClock } from "../../outside/index.ts";
import { TrafficBook } from "./traffic-book.ts";
import type { TrafficPolicy } from "./traffic-policy.ts";

const policy = (limits?: TrafficPolicy["limits"]): TrafficPolicy => ({
  service: "shop/web",
  balancing: "random",
  ...(limits && { limits }),
});
const book = () => new TrafficBook({ clock: new VirtualClock(), random: seededRandom(1), report: () => {} });

it.each([
  ["is taken away", policy(), ["one", "two", "three"]],
  ["is raised", policy({ maxConnections: 3 }), ["one", "two"]],
  ["of something else comes", policy({ maxConnections: 1, maxRequests: 9 }), []],
])("what waits begins when the limit %s", (_, after, begun) => {
  const traffics = book();
  const use = traffics.of(policy({ maxConnections: 1 }), "http").use("127.1.0.1:80");
  use.begin();
  const began: string[] = [];
  for (const each of ["one", "two", "three"])
    use.wait(() => {
      began.push(each);
      use.begin();
    });
  traffics.heard(after);
  expect(began).toEqual(begun);
});

it("what ends as soon as it begins lets the next one begin, in the order in which they came", () => {
  const traffics = book();
  const use = traffics.of(policy({ maxConnections: 1 }), "http").use("127.1.0.1:80");
  use.begin();
  const began: number[] = [];
  for (let i = 0; i < 1_000; i++)
    use.wait(() => {
      began.push(i);
      use.begin();
      use.end();
    });
  use.end();
  expect(began).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
});

it("has room in the queue again when one that waits has been given up", () => {
  const traffics = book();
  const use = traffics.of(policy({ maxConnections: 1, maxPendingRequests: 2 }), "http").use("127.1.0.1:80");
  use.begin();
  const began: string[] = [];
  const leave = use.wait(() => began.push("given up"));
  use.wait(() => began.push("second"));
  expect(use.wait(() => began.push("too many"))).toBeUndefined();
  leave?.();
  expect(use.wait(() => began.push("third"))).toBeDefined();
  use.end();
  expect(began).toEqual(["second", "third"]);
});
