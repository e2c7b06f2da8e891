import type { Piscina } from "piscina";
import { describe, expect, it } from "vitest";
import { Deferred } from "../deferred.ts";
import { SmallPools, threadsPerPool } from "./small-pools.ts";

describe("SmallPools", () => {
  it("fills one pool after another, and first the places that have become free", async () => {
    const made: Piscina[] = [];
    const pools = new SmallPools(() => {
      const pool = { destroy: async () => {} } as Piscina;
      made.push(pool);
      return pool;
    });
    const lend = () => {
      const end = new Deferred<void>();
      let lent: Piscina | undefined;
      const over = pools.withRoom(pool => {
        lent = pool;
        return end.promise;
      });
      const giveBack = () => {
        end.resolve();
        return over;
      };
      return { in: () => made.indexOf(lent as Piscina), giveBack };
    };
    const loans = Array.from({ length: 2 * threadsPerPool }, lend);
    expect(loans.map(loan => loan.in())).toEqual(loans.map((_, n) => Math.floor(n / threadsPerPool)));
    await loans[0]?.giveBack();
    await loans[1]?.giveBack();
    expect([lend().in(), lend().in(), lend().in()]).toEqual([0, 0, 2]);
  });

  it("has the place again of a task that failed, and ends all pools", async () => {
    let made = 0;
    let ended = 0;
    const pools = new SmallPools(() => {
      made++;
      return { destroy: async () => void ended++ } as unknown as Piscina;
    });
    for (let n = 0; n < 3 * threadsPerPool; n++)
      await expect(pools.withRoom(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(made).toBe(1);
    await pools.destroy();
    expect(ended).toBe(1);
  });
});
