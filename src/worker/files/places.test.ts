import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Mount } from "./mount.ts";
import { Places } from "./places.ts";
import { ReadOnly } from "./read-only.ts";
import type { ImageFiles } from "./root-folder.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "k4s-places-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const image: ImageFiles = {
  "/bin": { link: "usr/bin" },
  "/usr/bin/sh": { text: "", mode: 0o755 },
  "/etc/os-release": { link: "../usr/lib/os-release" },
  "/usr/lib/os-release": { text: () => "ID=k4s\n" },
  "/tmp": "folder",
};

/** A container with a root folder, a volume at /data, one of the machine at /host, and a file of the kubelet. */
function rooted(imageFiles: () => ImageFiles = () => image) {
  const at = (name: string) => join(folder, name);
  for (const name of ["volume", "machine"]) mkdirSync(at(name));
  return new Places({
    mounts: [
      { path: "/", place: at("own/root"), made: "image" },
      { path: "/etc/hosts", place: at("own/hosts"), made: { text: "hosts\n" } },
      { path: "/data", place: at("volume") },
      { path: "/data/host", place: at("machine"), isMachines: true, isReadOnly: true },
      { path: "/data/sub", place: at("volume-2/sub") },
    ],
    kept: [join(folder, "kept")],
    packages: [join(folder, "none"), join(folder, "node_modules")],
    cwd: "/tmp",
    imageFiles,
  });
}

/** Without the folder of the test. */
const placeOf = (places: Places, path: string, follows?: boolean) =>
  places.find(path, follows).place.replace(`${folder}/`, "");

it.skipIf(process.platform === "win32").each([
  ["a link of its image", "/var/run/secrets/token"],
  ["where that leads", "/run/secrets/token"],
])("what is mounted below a link is found by way of %s", (_, path) => {
  const secrets = join(folder, "secrets");
  mkdirSync(secrets);
  const places = new Places({
    mounts: [
      { path: "/", place: join(folder, "root"), made: "image" },
      { path: "/var/run/secrets", place: secrets },
    ],
    kept: [],
    packages: [],
    cwd: "/",
    imageFiles: () => ({ "/var/run": { link: "../run" }, "/run": "folder", "/var/log": "folder" }),
  });
  expect(places.find(path).place).toBe(join(secrets, "token"));
  expect(readdirSync(places.find("/var/run").place)).toEqual(["secrets"]);
});

describe.skipIf(process.platform === "win32")("a container with a root folder", () => {
  it.each([
    ["/", "own/root"],
    ["/etc/x", "own/root/etc/x"],
    ["/../../etc/x", "own/root/etc/x"],
    ["../etc/./x", "own/root/etc/x"],
    ["x", "own/root/tmp/x"],
    ["/tmp/", "own/root/tmp/"],
    ["/etc/hosts", "own/hosts"],
    ["/data", "volume"],
    ["/data/a/b", "volume/a/b"],
    ["/data/../data2", "own/root/data2"],
    ["/data/host/etc", "machine/etc"],
    ["/bin/sh", "own/root/usr/bin/sh"],
    ["/etc/os-release", "own/root/usr/lib/os-release"],
    ["/dev/null", "/dev/null"],
  ])("leads %s to %s", (path, place) => {
    expect(placeOf(rooted(), path)).toBe(place);
  });

  it("follows links as the container sees them, wherever they lie", () => {
    const places = rooted();
    const link = (target: string, path: string) => symlinkSync(target, places.find(path, false).place);
    link("/etc/passwd", "/tmp/absolute");
    link("../../../../../../etc/passwd", "/tmp/up");
    link("/data", "/tmp/volume");
    link("/tmp/volume/x", "/data/two");
    link("..", "/data/host/out");
    link("/tmp/circle", "/tmp/circle");
    expect(placeOf(places, "/tmp/absolute")).toBe("own/root/etc/passwd");
    expect(placeOf(places, "/tmp/absolute", false)).toBe("own/root/tmp/absolute");
    expect(placeOf(places, "/tmp/up")).toBe("own/root/etc/passwd");
    expect(placeOf(places, "/tmp/volume/a")).toBe("volume/a");
    expect(placeOf(places, "/data/two")).toBe("volume/x");
    expect(placeOf(places, "/data/host/out/own")).toBe("volume/own");
    expect(() => places.find("/tmp/circle")).toThrow(expect.objectContaining({ code: "ELOOP" }));
  });

  it("what k4s needs, and the places themselves, stay where they are", () => {
    const places = rooted();
    for (const path of [join(folder, "kept/x.cjs"), join(folder, "volume/a"), join(folder, "own/root/etc")])
      expect(places.find(path).place).toBe(path);
    // A folder of the machine may have any name, that of something else in the container too.
    expect(places.find(join(folder, "machine")).place).toBe(join(folder, "own/root", folder, "machine"));
  });

  it("of packages, only what the commands import", () => {
    mkdirSync(join(folder, "node_modules/modern-tar"), { recursive: true });
    const places = rooted();
    const inside = join(folder, "node_modules/modern-tar/x.js");
    expect(places.find(inside).place).toBe(inside);
    expect(placeOf(places, join(folder, "node_modules/other/x.js"))).toMatch(/^own\/root/);
  });

  it("makes nothing before it is asked for, then a part, and never again what was removed", () => {
    let reads = 0;
    const places = rooted(() => {
      reads++;
      return image;
    });
    const root = join(folder, "own/root");
    places.find("/data/a");
    expect([reads, existsSync(root)]).toEqual([0, false]);
    expect(readFileSync(places.find("/etc/os-release").place, "utf8")).toBe("ID=k4s\n");
    expect(readdirSync(root).sort()).toEqual(["etc", "usr"]);
    expect(readdirSync(join(root, "etc")).sort()).toEqual(["hosts", "os-release"]);
    expect(readdirSync(places.find("/").place).sort()).toEqual(["bin", "data", "dev", "etc", "tmp", "usr"]);
    rmSync(places.find("/tmp").place, { recursive: true });
    rmSync(places.find("/usr").place, { recursive: true });
    places.find("/usr/bin/sh");
    places.find("/tmp/x");
    expect(readdirSync(root).sort()).toEqual(["bin", "data", "dev", "etc"]);
    expect(reads).toBe(1);
  });

  it("makes files of the kubelet, and folders of volumes that are not there", () => {
    const places = rooted();
    expect(readFileSync(places.find("/etc/hosts").place, "utf8")).toBe("hosts\n");
    expect(existsSync(places.find("/data/sub").place)).toBe(true);
    places.find("/data");
    expect(readdirSync(join(folder, "volume")).sort()).toEqual(["host", "sub"]);
  });

  it.each<
    [
      name: string,
      path: string,
      ...more: ["no" | "something new" | "what is there" | "folders" | "by flags", unknown?],
    ]
  >([
    ["writeFile", "/data/host/new", "something new"],
    ["unlink", "/data/host/there", "what is there"],
    ["mkdir", "/data/host/new", "folders"],
    ["mkdir", "/data/host/new/deep", "folders", { recursive: true }],
    ["open", "/data/host/there", "by flags", "a"],
  ])("refuses %s of %s in what is read-only", (name, path, writes, option) => {
    const places = rooted();
    writeFileSync(join(folder, "machine/there"), "");
    expect(() => new ReadOnly().check(name, places.find(path), writes, option)).toThrow(
      expect.objectContaining({
        code: "EROFS",
        message: `EROFS: read-only file system, ${name === "writeFile" ? "open" : name} '${path}'`,
      }),
    );
  });

  it.each<
    [
      name: string,
      path: string,
      ...more: ["no" | "something new" | "what is there" | "folders" | "by flags", unknown?],
    ]
  >([
    ["readFile", "/data/host/there", "no"],
    ["open", "/data/host/there", "by flags", "r"],
    ["unlink", "/data/host/none", "what is there"],
    ["writeFile", "/data/host/none/x", "something new"],
    ["mkdir", "/data/host/there", "folders", { recursive: true }],
    ["mkdir", "/data/host/none/deep", "folders"],
    ["writeFile", "/data/new", "something new"],
  ])("lets %s of %s be done, or fail by itself", (name, path, writes, option) => {
    const places = rooted();
    writeFileSync(join(folder, "machine/there"), "");
    expect(() => new ReadOnly().check(name, places.find(path), writes, option)).not.toThrow();
  });
});

it.skipIf(process.platform === "win32")("what something is mounted at cannot be removed or moved", () => {
  const places = rooted();
  for (const name of ["rm", "rmdirSync", "rename"])
    expect(() => new ReadOnly().check(name, places.find("/data"), "what is there", undefined)).toThrow(
      expect.objectContaining({ code: "EBUSY" }),
    );
  expect(() => new ReadOnly().check("chmod", places.find("/data"), "what is there", undefined)).not.toThrow();
});

it.skipIf(process.platform === "win32")(
  "a container without one sees the machine, but for its mounts",
  () => {
    const places = new Places({
      mounts: [{ path: "/data", place: join(folder, "volume") }],
      kept: ["/data/kept"],
      packages: [],
      cwd: undefined,
      imageFiles: () => ({}),
    });
    const lead = (path: string) => placeOf(places, path);
    expect(["/data/a", "/data", "/data2", "/etc/../data/a", "/data/kept/x", "rel"].map(lead)).toEqual([
      "volume/a",
      "volume",
      "/data2",
      "volume/a",
      "/data/kept/x",
      "rel",
    ]);
    expect(lead("/data/node_modules/x")).toBe("volume/node_modules/x");
    expect(places.pathOf(join(folder, "volume/a"))).toBe("/data/a");
  },
);

it.skipIf(process.platform === "win32")(
  "packages of the machine stay where a folder above them is mounted over",
  () => {
    const app = join(folder, "app");
    mkdirSync(join(app, "node_modules/machines"), { recursive: true });
    mkdirSync(join(folder, "own/node_modules/both"), { recursive: true });
    mkdirSync(join(app, "node_modules/both"));
    const mounts = [{ path: app, place: join(folder, "own") }];
    const places = new Places({ mounts, kept: [], packages: [], cwd: undefined, imageFiles: () => ({}) });
    const lead = (name: string) => placeOf(places, join(app, "node_modules", name));
    expect(["machines", "both", "new"].map(lead)).toEqual([
      "app/node_modules/machines",
      "own/node_modules/both",
      "own/node_modules/new",
    ]);
  },
);

describe.skipIf(process.platform === "win32")("links of mounts, without a root folder", () => {
  function linked(): Places {
    for (const name of ["volume/v1", "cfg/..now"]) mkdirSync(join(folder, name), { recursive: true });
    return new Places({
      mounts: [
        { path: "/data", place: join(folder, "volume") },
        { path: "/data/cfg", place: join(folder, "cfg") },
      ],
      kept: [],
      packages: [],
      cwd: undefined,
      imageFiles: () => ({}),
    });
  }
  const link = (target: string, path: string) => symlinkSync(target, join(folder, path));

  it.each([
    ["an absolute one", "/data/v1", "volume/l", "/data/l/x", "volume/v1/x"],
    ["a relative one, as the system does", "v1", "volume/l", "/data/l/x", "volume/l/x"],
    ["a relative one into another mount", "cfg", "volume/l", "/data/l/x", "cfg/x"],
    ["one up and down", "../data/v1", "volume/l", "/data/l/x", "volume/v1/x"],
    ["one with dots after a folder", "v1/../v1", "volume/l", "/data/l/x", "volume/v1/x"],
    ["one to another mount", "/data/cfg", "volume/l", "/data/l/x", "cfg/x"],
    ["one up to another mount", "../v1", "cfg/l", "/data/cfg/l", "volume/v1"],
    ["one of the kubelet", "..now", "cfg/..data", "/data/cfg/..data/x", "cfg/..data/x"],
    ["one to nothing yet", "/data/none", "volume/l", "/data/l", "volume/none"],
  ])("%s leads as the container sees it", (_, target, at, path, place) => {
    const places = linked();
    link(target, at);
    expect(placeOf(places, path)).toBe(place);
  });

  it.each([
    ["/etc/passwd", "/data/l"],
    ["/etc", "/data/l/passwd"],
    ["../cfg/x", "/data/l"],
    ["../../../../../../../../../../etc/passwd", "/data/l"],
  ])("one to %s leads never out of all mounts", (target, path) => {
    const places = linked();
    link(target, "volume/l");
    expect(() => places.find(path)).toThrow(expect.objectContaining({ code: "ENOENT", path }));
    expect(placeOf(places, "/data/l", false)).toBe("volume/l");
  });

  it("one to the true place of a mount leads there", () => {
    const places = linked();
    link(join(folder, "volume/v1"), "volume/l");
    expect(placeOf(places, "/data/l/x")).toBe("volume/v1/x");
  });

  it("a folder that the program exchanges for one is seen at once, of files that it has not asked for before, too", () => {
    const places = linked();
    expect(placeOf(places, "/data/v1/x")).toBe("volume/v1/x");
    expect(placeOf(places, "/data/v1/y")).toBe("volume/v1/y");
    places.forget();
    renameSync(join(folder, "volume/v1"), join(folder, "volume/v0"));
    link("/etc", "volume/v1");
    for (const name of ["x", "z"])
      expect(() => places.find(`/data/v1/${name}`)).toThrow(expect.objectContaining({ code: "ENOENT" }));
  });

  it("one that is made later is seen in another turn of the event loop", async () => {
    const places = linked();
    expect(placeOf(places, "/data/v1")).toBe("volume/v1");
    renameSync(join(folder, "volume/v1"), join(folder, "volume/v0"));
    link("/etc", "volume/v1");
    await new Promise(resolve => setImmediate(resolve));
    expect(() => places.find("/data/v1")).toThrow(expect.objectContaining({ code: "ENOENT" }));
  });
});

describe.skipIf(process.platform === "win32").each([true, false])(
  "a pinned mount, with a root folder: %s",
  hasRoot => {
    /** `/sub` is `volume/above/sub`, which others can exchange. */
    function pinned(): Places {
      mkdirSync(join(folder, "volume/above/sub"), { recursive: true });
      mkdirSync(join(folder, "elsewhere/sub"), { recursive: true });
      const root: Mount[] = hasRoot ? [{ path: "/", place: join(folder, "own"), made: "image" }] : [];
      const place = join(realpathSync(folder), "volume/above/sub");
      return new Places({
        mounts: [...root, { path: "/sub", place, isPinned: true }],
        kept: [],
        packages: [],
        cwd: "/",
        imageFiles: () => ({}),
      });
    }
    const isGone = expect.objectContaining({ code: "ENOENT" });

    it.each([
      ["a link in its place", "volume/above/sub", "elsewhere/sub"],
      ["a link above it", "volume/above", "elsewhere"],
      ["a link to nothing in its place", "volume/above/sub", "elsewhere/none"],
      ["a link above it to where nothing of its name is", "volume/above", "volume"],
    ])("is nowhere as soon as it would lead elsewhere by %s", (_, link, target) => {
      const places = pinned();
      expect(placeOf(places, "/sub/x")).toMatch(/volume\/above\/sub\/x$/);
      renameSync(join(folder, link), join(folder, "moved"));
      symlinkSync(join(folder, target), join(folder, link));
      expect(() => places.find("/sub/x")).toThrow(isGone);
      expect(() => places.find("/sub")).toThrow(isGone);
      rmSync(join(folder, link));
      renameSync(join(folder, "moved"), join(folder, link));
      expect(placeOf(places, "/sub/x")).toMatch(/volume\/above\/sub\/x$/);
    });

    it.each(["volume/above/sub", "volume/above"])(
      "is nowhere while %s is away: a link may be in its place before the call begins",
      link => {
        const places = pinned();
        places.find("/sub/x");
        renameSync(join(folder, link), join(folder, "moved"));
        expect(() => places.find("/sub/x")).toThrow(isGone);
        renameSync(join(folder, "moved"), join(folder, link));
        expect(placeOf(places, "/sub/x")).toMatch(/volume\/above\/sub\/x$/);
      },
    );

    it("is made where it is not there, and never elsewhere", () => {
      const places = pinned();
      rmSync(join(folder, "volume/above"), { recursive: true });
      symlinkSync(join(folder, "elsewhere/sub"), join(folder, "volume/above"));
      expect(() => places.find("/sub/x")).toThrow(isGone);
      expect(readdirSync(join(folder, "elsewhere/sub"))).toEqual([]);
      rmSync(join(folder, "volume/above"));
      expect(placeOf(places, "/sub/x")).toMatch(/volume\/above\/sub\/x$/);
    });
  },
);

describe.skipIf(process.platform === "win32")(
  "a container that works in a folder, without a root folder",
  () => {
    it.each([
      ["x", "volume/x"],
      ["../data/x", "volume/x"],
      [".", "volume"],
      ["../etc/x", "/etc/x"],
      ["/etc/../etc/x", "/etc/../etc/x"],
    ])("leads %s to %s", (path, place) => {
      const mounts = [{ path: "/data", place: join(folder, "volume") }];
      const places = new Places({ mounts, kept: [], packages: [], cwd: "/data", imageFiles: () => ({}) });
      expect(placeOf(places, path)).toBe(place);
    });

    it("follows where that changes", () => {
      const places = new Places({ mounts: [], kept: [], packages: [], cwd: "/one", imageFiles: () => ({}) });
      expect(places.find("x").place).toBe("/one/x");
      places.cwd = "/two";
      expect(places.find("x").place).toBe("/two/x");
    });
  },
);
