/** The driver that comes along, on a real disk. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ownMark } from "../outside/index.ts";
import { FolderDriver } from "./folder-driver.ts";

let folder: string;
let driver: FolderDriver;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "folder-"));
  driver = new FolderDriver({ folder, now: () => 1_000 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const capacityRange = { requiredBytes: 1024 };
const at = (...path: string[]) => join(folder, ...path);
const create = (name: string, volumeId?: string) =>
  driver.createVolume({
    name,
    capacityRange,
    volumeCapabilities: [],
    contentSource: volumeId === undefined ? undefined : { volumeId },
  });

test("what is asked for three times at once is made once, and is whole", async () => {
  await create("source");
  for (let i = 0; i < 50; i++) writeFileSync(at("volumes", "source", `${i}`), "x".repeat(1_000));
  const three = [1, 2, 3];
  const made = await Promise.all(three.map(() => create("copy", "source")));
  expect(made).toEqual(three.map(() => ({ volumeId: "copy", capacityBytes: 1024 })));
  const kept = await Promise.all(
    three.map(() => driver.createSnapshot({ sourceVolumeId: "source", name: "s" })),
  );
  expect(new Set(kept.map(({ snapshotId }) => snapshotId))).toEqual(new Set(["s"]));
  await Promise.all([create("copy", "source"), driver.deleteVolume({ volumeId: "copy" })]);
  await create("copy", "source");
  expect(readdirSync(at("volumes")).sort()).toEqual(["copy", "source"]);
  expect(readdirSync(at("volumes", "copy"))).toHaveLength(50);
  expect(readdirSync(at("snapshots"))).toEqual(["s"]);
});

test.skipIf(process.platform === "win32")(
  "a copy leaves out sockets and FIFOs, and keeps links as they are",
  async () => {
    await create("source");
    writeFileSync(at("volumes", "source", "x"), "42");
    symlinkSync("/etc", at("volumes", "source", "out"));
    execFileSync("mkfifo", [at("volumes", "source", "fifo")]);
    const server = createServer().listen(at("volumes", "source", "s"));
    await new Promise(resolve => server.once("listening", resolve));
    try {
      await create("copy", "source");
    } finally {
      await new Promise(resolve => server.close(resolve));
    }
    expect(readdirSync(at("volumes", "copy")).sort()).toEqual(["out", "x"]);
    expect(readFileSync(at("volumes", "copy", "x"), "utf8")).toBe("42");
    await driver.deleteVolume({ volumeId: "copy" });
    await driver.deleteVolume({ volumeId: "source" });
    expect(existsSync("/etc")).toBe(true);
    expect(readdirSync(at("volumes"))).toEqual([]);
  },
);

test.each(["..", ".", "../x", "a/b", "/etc", "", "a\0b", "x".repeat(300), "a~b"])(
  "%j is no name of a volume",
  async id => {
    await expect(create(id)).rejects.toMatchObject({ code: "InvalidArgument" });
    await expect(driver.deleteVolume({ volumeId: id })).rejects.toMatchObject({ code: "InvalidArgument" });
    await expect(driver.deleteSnapshot({ snapshotId: id })).rejects.toMatchObject({
      code: "InvalidArgument",
    });
    await expect(create("copy", id)).rejects.toMatchObject({ code: "InvalidArgument" });
  },
);

test("what a process that was killed has left half made, or half removed, goes; what another is making stays", async () => {
  const gone = spawnSync(process.execPath, ["-e", ""]).pid;
  const half = `pvc-1~${ownMark().replace(/-\d+-/, `-${gone}-`)}`;
  const making = `pvc-2~${ownMark()}`;
  for (const name of [half, making]) mkdirSync(at("volumes", name), { recursive: true });
  writeFileSync(at("volumes", half, "x"), "");
  await create("other");
  expect(readdirSync(at("volumes")).sort()).toEqual(["other", making].sort());
});
