import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FolderLock } from "./folder-lock.ts";
import { VirtualClock } from "./virtual-clock.ts";

let parent: string;
let file: string;
let clock: VirtualClock;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "lock-test-"));
  file = join(parent, "deep", "folder", "lock");
  clock = new VirtualClock();
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const lock = () => new FolderLock(join(parent, "deep", "folder"), clock);
const written = () => JSON.parse(readFileSync(file, "utf8"));
/** As if it had been written so, and for the last time so many seconds ago. */
function left(change: object, secondsAgo = 0): void {
  writeFileSync(file, JSON.stringify({ ...written(), ...change }));
  const then = Date.now() / 1000 - secondsAgo;
  utimesSync(file, then, then);
}
const gonePid = () => spawnSync(process.execPath, ["-e", ""]).pid;

test("one has it, until it lets it go; the next is told who", async () => {
  const first = lock();
  await first.take();
  const since = written().since;
  await expect(lock().take()).rejects.toThrow(`the same process ${process.pid} has it since ${since}`);
  await first.release();
  expect(existsSync(file)).toBe(false);
  const second = lock();
  await second.take();
  // Who has it no more lets nothing of others go.
  await first.release();
  await expect(lock().take()).rejects.toThrow("has it since");
  await second.release();
});

test("who has it is on the disk as soon as it is had: after a loss of power the file would say nothing, and nobody could take it", async () => {
  const handle = await open(parent, "r");
  const synced = vi.spyOn(Object.getPrototypeOf(handle) as FileHandle, "sync");
  await handle.close();
  const own = lock();
  // That the folder is made lasts, too: what is looked at here comes after that.
  await own.take();
  await own.release();
  synced.mockClear();
  await own.take();
  expect(synced).toHaveBeenCalled();
  synced.mockRestore();
  await own.release();
});

test("what a process has left that is gone is taken over, by one", async () => {
  await lock().take();
  const { mark } = written();
  left({ pid: 1, mark: mark.replace(`-${process.pid}-`, `-${gonePid()}-`) });
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => lock().take()));
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(readdirSync(join(parent, "deep", "folder"))).toEqual(["lock"]);
});

test.runIf(process.platform === "linux")("another process with its number is not that process", async () => {
  await lock().take();
  left({ began: "another boot" });
  await lock().take();
  await expect(lock().take()).rejects.toThrow("has it since");
});

test("of another machine is gone what is silent for a minute, and so is what nobody can read", async () => {
  await lock().take();
  const mark = "00000000-7-0123456789ab";
  left({ mark, pid: 7, host: "far" }, 50);
  await expect(lock().take()).rejects.toThrow("the process 7 of far has it since");
  left({ mark }, 70);
  await lock().take();
  writeFileSync(file, "");
  await expect(lock().take()).rejects.toThrow(`another process has it, as the file ${file} says`);
  utimesSync(file, 1, 1);
  await lock().take();
});

test("who has it says so now and then, and no more when it is let go", async () => {
  const first = lock();
  await first.take();
  utimesSync(file, 1, 1);
  await clock.advance(10_000);
  await expect.poll(() => statSync(file).mtimeMs).toBeGreaterThan(1_000);
  await first.release();
  await clock.advance(10_000);
  expect(existsSync(file)).toBe(false);
});

test("what cannot be a folder is refused, at once", async () => {
  writeFileSync(join(parent, "deep"), "a file");
  await expect(lock().take()).rejects.toThrow();
  await expect(new FolderLock(join(parent, "deep"), clock).take()).rejects.toThrow("it is no folder");
  if (process.platform === "linux")
    await expect(new FolderLock("/proc/x/y", clock).take()).rejects.toThrow("ENOENT");
});

test("who slept with its machine, so that nothing has elapsed, learns that it has lost it, too", async () => {
  const own = lock();
  await own.take();
  rmSync(file);
  // So soon nothing is asked of the disk.
  await own.assertHeld();
  clock.jump(600_000);
  await expect(own.assertHeld()).rejects.toThrow("is gone");
  await own.release();
});

test("who was halted for long, and has lost it meanwhile, learns so before it writes", async () => {
  const first = lock();
  await first.take();
  await first.assertHeld();
  left({ pid: 7, host: "far", mark: "00000000-7-0123456789ab" });
  // It was heard of a moment ago, so nobody can have taken it.
  await first.assertHeld();
  await clock.advance(10_000);
  await expect
    .poll(() => first.assertHeld().then(() => "held", String))
    .toContain("the process 7 of far has it");
  await first.release();
  expect(existsSync(file)).toBe(true);

  rmSync(file);
  const second = lock();
  await second.take();
  rmSync(file);
  await clock.advance(10_000);
  await expect.poll(() => second.assertHeld().then(() => "held", String)).toContain("is gone");
});
