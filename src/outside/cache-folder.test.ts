import fs, { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeWhole } from "./cache-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "k4s-cache-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a file is whole, alone, and for those whom it is for", () => {
  const file = join(folder, "inside", "key");
  writeWhole(file, "one");
  writeWhole(file, "two", 0o600);
  expect(readFileSync(file, "utf8")).toBe("two");
  expect(readdirSync(join(folder, "inside"))).toEqual(["key"]);
  if (process.platform !== "win32") expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("what is written whole is on the disk before it has its name, and its name after that", () => {
  const { fsyncSync, renameSync } = fs;
  const done: string[] = [];
  Object.assign(fs, {
    fsyncSync: (handle: number) => {
      done.push("sync");
      fsyncSync(handle);
    },
    renameSync: (from: string, to: string) => {
      done.push("rename");
      renameSync(from, to);
    },
  });
  syncBuiltinESMExports();
  try {
    writeWhole(join(folder, "file"), "text");
  } finally {
    Object.assign(fs, { fsyncSync, renameSync });
    syncBuiltinESMExports();
  }
  expect(done.slice(0, 2)).toEqual(["sync", "rename"]);
  if (process.platform !== "win32") expect(done).toEqual(["sync", "rename", "sync"]);
});
