import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { VirtualClock } from "../../outside/index.ts";
import type { Pod } from "../../resources/index.ts";
import { EmptyDirLimits, isLargerThan } from "./empty-dir-limits.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "k4s-limits-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const MiB = 1024 * 1024;
const fill = (name: string, bytes: number) => writeFileSync(join(folder, name), Buffer.alloc(bytes, 1));

test("files of all depths count, links and holes do not, and a file with two names counts once", async () => {
  mkdirSync(join(folder, "a", "b"), { recursive: true });
  fill("a/b/one", MiB);
  linkSync(join(folder, "a/b/one"), join(folder, "same"));
  symlinkSync(join(folder, "a"), join(folder, "link"));
  symlinkSync("/", join(folder, "root"));
  fill("hole", 0);
  truncateSync(join(folder, "hole"), 100 * MiB);
  expect(await isLargerThan(folder, MiB / 2)).toBe(true);
  expect(await isLargerThan(folder, 2 * MiB)).toBe(false);
  fill("two", 2 * MiB);
  expect(await isLargerThan(folder, 2 * MiB)).toBe(true);
  expect(await isLargerThan(join(folder, "gone"), 0)).toBe(false);
});

test("it is told once, at the next look, which folder is too large, and nothing after it is closed", async () => {
  const clock = new VirtualClock();
  const told: string[] = [];
  const volumes = [
    { name: "free", emptyDir: {} },
    { name: "cache", emptyDir: { sizeLimit: "1Mi" } },
  ];
  const parts = {
    clock,
    pod: () => ({ spec: { volumes } }) as unknown as Pod,
    placeOf: () => folder,
    onExceeded: (message: string) => void told.push(message),
    onFault: (error: unknown) => void told.push(String(error)),
  };
  const limits = new EmptyDirLimits(parts);
  await clock.advance(10_000);
  expect(told).toEqual([]);
  fill("much", 2 * MiB);
  await expect
    .poll(async () => {
      await clock.advance(10_000);
      return told;
    })
    .toEqual(['Usage of EmptyDir volume "cache" exceeds the limit "1Mi". ']);
  limits.close();
  const closed = new EmptyDirLimits(parts);
  closed.close();
  await clock.advance(60_000);
  expect(told).toHaveLength(1);
});
