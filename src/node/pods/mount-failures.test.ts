import { expect, test } from "vitest";
import { MountFailures } from "./mount-failures.ts";

test("a failure each second is told less and less often, and each two minutes at last", () => {
  const failures = new MountFailures();
  const told = Array.from({ length: 600 }, (_, second) => second).filter(second =>
    failures.isToBeTold(1_000 * second),
  );
  expect(told).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 128, 250, 372, 494]);
});
