/** Which paths of the machine pods may mount, with a tree of folders and links on disk. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HostFolders } from "./host-folders.ts";
import { hostPath } from "./machine-path.ts";
import { inVolume } from "./sub-path.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "k4s-host-")));
beforeAll(() => {
  for (const each of ["open/in", "open-too", "shut/in"]) mkdirSync(join(root, each), { recursive: true });
  writeFileSync(join(root, "shut", "file"), "secret");
  const links = {
    "open/out": "shut",
    "open/round": "open/in",
    "open/up": ".",
    door: "open",
    "open/file": "shut/file",
    "open/ghost": "shut/new",
    "open/ghost-within": "open/new",
  };
  for (const [link, to] of Object.entries(links)) symlinkSync(join(root, to), join(root, link));
  symlinkSync(join(root, "open", "loop"), join(root, "open", "loop"));
});
afterAll(() => rmSync(root, { recursive: true }));

const climbs = "is not allowed: it leads to";
test.each<[string, string]>([
  ["open", ""],
  ["open/in", ""],
  ["open/round", ""],
  ["open/new/deeper", ""],
  ["door/in", ""],
  [".", climbs],
  ["shut", "is not allowed: it is in none of"],
  ["open-too", "is not allowed: it is in none of"],
  ["open/out", climbs],
  ["open/out/in", climbs],
  ["open/out/new", climbs],
  ["open/up/shut", climbs],
  ["open/file", climbs],
  ["open/in/../../shut", "must not contain '..'"],
  ["open/loop", "ELOOP"],
  ["open/ghost", "is a link to what is not there"],
  ["open/ghost/deeper", "is a link to what is not there"],
  ["open/ghost-within", "is a link to what is not there"],
])("with one folder allowed: %s", async (name, refused) => {
  const found = new HostFolders([join(root, "open")]).place(`${root}/${name}`);
  if (refused === "") expect(await found).toMatch(join(root, "open"));
  else await expect(found).rejects.toThrow(refused);
});

test("a folder that is allowed may be a link, and may be missing", async () => {
  const folders = new HostFolders([join(root, "door"), join(root, "later")]);
  expect(await folders.place(join(root, "open", "in"))).toBe(join(root, "open", "in"));
  expect(await folders.place(join(root, "later", "a"))).toBe(join(root, "later", "a"));
  await expect(folders.place("open")).rejects.toThrow("is not absolute");
  await expect(new HostFolders([]).place(root)).rejects.toThrow(
    "this cluster allows no folder of the machine",
  );
});

test.each(["DirectoryOrCreate", "FileOrCreate", "", undefined])(
  "nothing is made behind a link that climbs out: type %s",
  async type => {
    const path = join(root, "open", "out", "made");
    const source = { path, ...(type === undefined ? {} : { type }) };
    await expect(hostPath(source as never, new HostFolders([join(root, "open")]))).rejects.toThrow(climbs);
    expect(existsSync(join(root, "shut", "made"))).toBe(false);
  },
);

test.each(["DirectoryOrCreate", "FileOrCreate", ""])(
  "nothing is made behind a link to what is not there: type %s",
  async type => {
    const path = join(root, "open", "ghost");
    const folders = new HostFolders([join(root, "open")]);
    await expect(hostPath({ path, type } as never, folders)).rejects.toThrow(
      "is a link to what is not there",
    );
    expect(existsSync(join(root, "shut", "new"))).toBe(false);
  },
);

test("of the allowed folders one that leads nowhere takes nothing from the others", async () => {
  const folders = new HostFolders([
    join(root, "open", "ghost"),
    join(root, "open", "loop"),
    join(root, "open"),
  ]);
  expect(await folders.place(join(root, "open", "in"))).toBe(join(root, "open", "in"));
});

test.each<[string, string | undefined]>([
  ["in", "open/in"],
  ["round", "open/in"],
  ["round/new", "open/in/new"],
  ["out", undefined],
  ["out/in", undefined],
  ["out/new", undefined],
  ["up/shut", undefined],
  ["file", undefined],
  ["../shut", undefined],
  ["in/../../shut", undefined],
  ["/etc", undefined],
  ["loop", undefined],
  ["ghost", undefined],
  ["ghost/deeper", undefined],
])("a subPath %s of a volume", (subPath, place) => {
  expect(inVolume(join(root, "open"), subPath)).toBe(place === undefined ? undefined : join(root, place));
});
