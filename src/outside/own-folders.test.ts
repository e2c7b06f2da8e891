import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { mountsName, ownFolder, removeOrphans, removeOwn, stagedName } from "./own-folders.ts";

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "own-folders-test-"));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

/** A name as of a process that has ended. */
function orphan(): string {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  return basename(ownFolder("volumes")).replace(`-${process.pid}-`, `-${pid}-`);
}

test("folders of processes that are gone are taken away, others stay", async () => {
  const ours = basename(ownFolder("volumes"));
  const elsewhere = orphan().replace(/^k4s-volumes-[0-9a-f]{8}/, "k4s-volumes-00000000");
  const names = [orphan(), ours, elsewhere, "k4s-volumes-0123456789ab", "other"];
  for (const name of names) {
    mkdirSync(join(parent, name, "sub"), { recursive: true });
    writeFileSync(join(parent, name, "sub", "token"), "secret");
  }
  await removeOrphans(parent);
  expect(names.filter(name => existsSync(join(parent, name)))).toEqual(names.slice(1));
});

test.skipIf(process.platform !== "linux")(
  "what nobody has asked yet how it ended has ended (told on Linux alone)",
  async () => {
    // A shell that becomes another program asks no more after what it had begun.
    const parentOf = spawn("sh", ["-c", "true & echo $!; exec sleep 60"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    try {
      const [line] = (await once(parentOf.stdout, "data")) as [Buffer];
      const name = basename(ownFolder("volumes")).replace(`-${process.pid}-`, `-${Number(String(line))}-`);
      mkdirSync(join(parent, name));
      await vi.waitFor(async () => {
        await removeOrphans(parent);
        expect(existsSync(join(parent, name))).toBe(false);
      }, 10_000);
    } finally {
      parentOf.kill("SIGKILL");
    }
  },
);

test("what was published in them is not followed, and what is still there stays", async () => {
  const data = join(parent, "data");
  mkdirSync(data);
  writeFileSync(join(data, "x"), "1");
  const folder = join(parent, orphan());
  const targets = [join(folder, mountsName, "uid"), join(folder, mountsName, stagedName, "node-0")];
  for (const target of targets) {
    mkdirSync(join(target, "empty"), { recursive: true });
    symlinkSync(data, join(target, "linked"), "junction");
  }
  const mounted = join(folder, mountsName, "other", "v");
  mkdirSync(mounted, { recursive: true });
  writeFileSync(join(mounted, "precious"), "1");
  await removeOrphans(parent);
  expect(existsSync(join(mounted, "precious"))).toBe(true);
  rmSync(join(mounted, "precious"));
  await removeOwn(folder);
  expect(existsSync(folder)).toBe(false);
  expect(existsSync(join(data, "x"))).toBe(true);
});
