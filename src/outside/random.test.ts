import { describe, expect, it } from "vitest";
import { namedRandom, realRandom, seededRandom } from "./random.ts";

describe("random", () => {
  it("repeats itself for a seed, and differs between seeds", () => {
    const draw = (seed: number) => Array.from({ length: 5 }, seededRandom(seed).next);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it("repeats itself for a name, and differs between names", () => {
    const draw = (name: string) => Array.from({ length: 5 }, namedRandom(name).next);
    expect(draw("a/0")).toEqual(draw("a/0"));
    expect(new Set(["a/0", "a/1", "b/0", ""].map(name => draw(name)[0])).size).toBe(4);
    // Of many names, as even as of one seed.
    const first = Array.from({ length: 3_000 }, (_, i) => namedRandom(`uid-${i}/main/0`).below(3));
    for (const each of [0, 1, 2]) expect(first.filter(n => n === each).length).toBeGreaterThan(850);
  });

  it.each([
    ["real", realRandom],
    ["seeded", seededRandom(7)],
  ] as const)("%s: stays within its bounds", (_, random) => {
    for (let i = 0; i < 1_000; i++) {
      expect(random.below(3)).toBeOneOf([0, 1, 2]);
      const next = random.next();
      expect(next >= 0 && next < 1).toBe(true);
    }
  });

  it("makes version 4 UUIDs, no two alike", () => {
    const uuids = new Set(Array.from({ length: 1_000 }, seededRandom(3).uuid));
    expect(uuids.size).toBe(1_000);
    for (const uuid of uuids)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("ends names in Kubernetes' alphabet, without vowels", () => {
    expect(seededRandom(1).suffix()).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(seededRandom(1).suffix(10)).toHaveLength(10);
  });
});
