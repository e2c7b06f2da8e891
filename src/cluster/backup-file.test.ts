import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { KubernetesObject } from "../resources/index.ts";
import { readBackup, writeBackup } from "./backup-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "backup-test-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const object = (name: string, size = 1) =>
  ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { text: "é".repeat(size) } }) as never;

async function* objects(count: number, size?: number): AsyncGenerator<KubernetesObject> {
  for (let i = 0; i < count; i++) yield object(String(i), size);
}

const file = () => join(folder, "backup");

test("what was written is read again, also where it is more than a stream holds", async () => {
  expect(await writeBackup(file(), "12", objects(300, 20_000))).toBe(300);
  const found = await readBackup(file());
  expect(found.revision).toBe("12");
  expect(found.objects).toHaveLength(300);
  expect(found.objects[299]).toEqual(object("299", 20_000));
  expect(readdirSync(folder)).toEqual(["backup"]);
});

test("its name is on the disk when it is told that it was written", async () => {
  const synced: unknown[] = [];
  await writeBackup(file(), "12", objects(1), undefined, async of => {
    synced.push(of, ...readdirSync(folder));
  });
  expect(synced).toEqual([folder, "backup"]);
});

test("one that fails leaves the file that was there before, and nothing else", async () => {
  await writeBackup(file(), "12", objects(1));
  const failing = async function* () {
    yield object("a");
    throw new Error("gone");
  };
  await expect(writeBackup(file(), "13", failing())).rejects.toThrow("gone");
  expect(readdirSync(folder)).toEqual(["backup"]);
  expect((await readBackup(file())).revision).toBe("12");
  await expect(writeBackup(join(folder, "no", "file"), "13", objects(1))).rejects.toMatchObject({
    reason: "ServiceUnavailable",
    message: expect.stringContaining("cannot be written: ENOENT"),
  });
});

test.each<[string, () => void, string]>([
  ["text", () => writeFileSync(file(), "apiVersion: v1"), "it is no backup, or damaged"],
  ["another archive", () => writeFileSync(file(), gzipSync('{"a":1}\n{"b":2}\n')), "it is no backup of k4s"],
  ["nothing", () => writeFileSync(file(), gzipSync("")), "it is no backup of k4s"],
  ["cut short", () => truncateSync(file(), 100), "it is no backup, or damaged"],
  [
    "without its last line",
    () => writeFileSync(file(), gzipSync(textOf().split("\n").slice(0, -2).join("\n"))),
    "it was cut short",
  ],
  [
    "newer",
    () => writeFileSync(file(), gzipSync(textOf().replace('"backup":1', '"backup":2'))),
    "it was written by a newer k4s",
  ],
])("refuses what is no whole backup: %s", async (_, harm, problem) => {
  await writeBackup(file(), "12", objects(3));
  harm();
  await expect(readBackup(file())).rejects.toMatchObject({
    reason: "BadRequest",
    message: expect.stringContaining(problem),
  });
});

test("a file that is not there is told as node:fs does", async () => {
  await expect(readBackup(file())).rejects.toMatchObject({ code: "ENOENT" });
});

function textOf(): string {
  return gunzipSync(readFileSync(file())).toString();
}
