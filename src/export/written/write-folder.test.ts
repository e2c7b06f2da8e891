/** A folder that an export is written into: what is somebody else's stays, and half an export is never there. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeFolder } from "./write-folder.ts";

let place: string;
let folder: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "k4s-write-folder-"));
  folder = join(place, "a", "out");
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const first = new Map([
  ["README.md", "one"],
  ["manifests/10.yaml", "one"],
  ["images/web/Dockerfile", "one"],
]);
const second = new Map([
  ["README.md", "two"],
  ["manifests/20.yaml", "two"],
  ["images/db/Dockerfile", "two"],
]);

/** All that lies there, by path. */
function contents(): Record<string, string> {
  const all: Record<string, string> = {};
  for (const each of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(each.parentPath, each.name);
    if (each.isFile() && each.name !== ".k4s-export.json")
      all[path.slice(folder.length + 1)] = readFileSync(path, "utf8");
  }
  return all;
}

test("a second export takes the place of the first by force, and leaves what is somebody else's", () => {
  writeFolder(folder, first);
  expect(contents()).toEqual(Object.fromEntries(first));
  expect(statSync(join(folder, "manifests/10.yaml")).mode & 0o777).toBe(0o600);
  expect(() => writeFolder(folder, second)).toThrow("--force");
  writeFileSync(join(folder, "images/mine"), "mine");
  writeFolder(folder, second, { force: true });
  expect(contents()).toEqual({ ...Object.fromEntries(second), "images/mine": "mine" });
  expect(existsSync(join(folder, "images/web"))).toBe(false);
  expect(readdirSync(place)).toEqual(["a"]);
  expect(readdirSync(join(place, "a"))).toEqual(["out"]);
});

describe("nothing is written where", () => {
  test.each<[what: string, put: () => void]>([
    ["a file is where a folder is to be", () => writeFileSync(join(folder, "images"), "mine")],
    ["a link is where a folder is to be", () => symlinkSync(place, join(folder, "images"))],
    [
      "a link that leads nowhere is where a file is to be",
      () => symlinkSync("nowhere", join(folder, "manifests/20.yaml")),
    ],
    ["a folder is where a file is to be", () => mkdirSync(join(folder, "manifests/20.yaml"))],
  ])("%s", (_, put) => {
    writeFolder(folder, new Map([...first].slice(0, 2)));
    put();
    const before = contents();
    expect(() => writeFolder(folder, second, { force: true })).toThrow(
      /is there, and no export has written it/,
    );
    expect(contents()).toEqual(before);
  });

  test("the folder is of somebody else", () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "README.md"), "mine");
    for (const force of [false, true])
      expect(() => writeFolder(folder, first, { force })).toThrow("no export has written it");
    expect(contents()).toEqual({ "README.md": "mine" });
  });

  test("what is to be written is no path that can be: the folders that were made for it go again", () => {
    const bad = new Map([...first, ["x".repeat(300), "two"]]);
    expect(() => writeFolder(folder, bad)).toThrow(/cannot be written: ENAMETOOLONG/);
    expect(readdirSync(place)).toEqual([]);
    writeFolder(folder, first);
    expect(() => writeFolder(folder, bad, { force: true })).toThrow(/cannot be written: ENAMETOOLONG/);
    expect(contents()).toEqual(Object.fromEntries(first));
  });

  // Root may write everywhere.
  test.skipIf(process.getuid?.() === 0)("a folder of it may not be written", () => {
    writeFolder(folder, first);
    chmodSync(join(folder, "manifests"), 0o500);
    expect(() => writeFolder(folder, second, { force: true })).toThrow("EACCES");
    expect(contents()).toEqual(Object.fromEntries(first));
    chmodSync(join(folder, "manifests"), 0o700);
  });
});
