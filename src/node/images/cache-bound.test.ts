import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { boundCache } from "./cache-bound.ts";

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "k4s-cache-"));
});
afterEach(() => rmSync(cache, { recursive: true }));

function write(name: string, atSeconds: number): string {
  const file = join(cache, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "x");
  utimesSync(file, atSeconds, atSeconds);
  return file;
}

it("removes what other versions left, what is old, and what is too much", async () => {
  const others = [write("images-3/v20/a.json", 5_000), write("images-12/b.mjs", 5_000)];
  const old = write("images-4/v20/home/x/old.json", 1_000);
  const much = write("images-4/v20/home/y/much.json", 4_000);
  const kept = [
    write("images-4/v20/home/y/kept.json", 5_000),
    write("images-4/one.mjs", 4_500),
    write("other", 1),
  ];
  await boundCache(join(cache, "images-4"), { files: 2, ageMs: 2_000_000 });
  expect(kept.map(existsSync)).toEqual([true, true, true]);
  expect([...others, old, much].map(existsSync)).toEqual([false, false, false, false]);
  expect(existsSync(join(cache, "images-4/v20/home/x"))).toBe(false);
});

it("is content with a folder that is not there", async () => {
  await expect(boundCache(join(cache, "none", "images-4"))).resolves.toBeUndefined();
});
