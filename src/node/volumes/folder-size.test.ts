import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bytesIn } from "./folder-size.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "k4s-size-"));
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
  const bytes = await bytesIn(folder);
  expect(bytes).toBeGreaterThanOrEqual(MiB);
  expect(bytes).toBeLessThan(2 * MiB);
  fill("two", 2 * MiB);
  expect(await bytesIn(folder)).toBeGreaterThan(3 * MiB);
});

test("what is more than enough is not counted, and what is not there is nothing", async () => {
  for (const name of ["one", "two", "three"]) fill(name, MiB);
  expect(await bytesIn(folder, MiB / 2)).toBeLessThan(2 * MiB);
  expect(await bytesIn(join(folder, "gone"))).toBe(0);
  expect(await bytesIn(undefined)).toBe(0);
});
