/** What a program in a container without a root folder sees of its mounts: links lead where its manifest says, and nothing tells true places. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Scene, scene } from "./scene.ts";

const program = `
import fs from "node:fs";
import { readFile } from "node:fs/promises";
const attempt = async run => { try { return await run(); } catch ({ code, message, path, dest }) { return [code, message, path, dest].filter(each => each !== undefined); } };
const { MACHINE: machine, K4S_VOLUME_DATA: data } = process.env;
const told = {};
fs.mkdirSync("/data/releases/7", { recursive: true });
fs.writeFileSync("/data/releases/7/x", "seven");
const link = (target, path) => { fs.symlinkSync(target, path); return path; };
const current = link("/data/releases/7", "/data/current");
told.leads = [
  fs.readFileSync(current + "/x", "utf8"),
  await readFile(link("/data/current/x", "/data/x"), "utf8"),
  fs.readFileSync(link("releases/7/x", "/data/relative"), "utf8"),
  fs.readFileSync(link(data + "/releases/7/x", "/data/true"), "utf8"),
  fs.readFileSync(link("/cfg/key", "/data/key"), "utf8"),
  fs.readFileSync(link("../cfg/key", "/data/up"), "utf8"),
];
fs.writeFileSync(current + "/new", "new");
told.real = [fs.realpathSync(current + "/x"), fs.readlinkSync(current), fs.readlinkSync("/data/true")];
told.out = [];
for (const target of [machine + "/secret", "../secret", "../../../../../../.." + machine + "/secret"]) {
  const path = link(target, "/data/out");
  told.out.push([fs.existsSync(path), await attempt(() => fs.readFileSync(path)), await attempt(() => fs.promises.writeFile(path, "gone")), fs.lstatSync(path).isSymbolicLink()]);
  fs.unlinkSync(path);
}
link(machine, "/data/folder");
told.out.push(await attempt(() => fs.writeFileSync("/data/folder/secret", "gone")));
// What was a folder when it was last looked at is a link in the same turn.
fs.mkdirSync("/data/sub");
fs.writeFileSync("/data/sub/secret", "own");
told.exchanged = [fs.readFileSync("/data/sub/secret", "utf8")];
fs.renameSync("/data/sub", "/data/old");
link(machine, "/data/sub");
told.exchanged.push(await attempt(() => fs.readFileSync("/data/sub/secret", "utf8")));
link("/data/circle", "/data/circle");
told.circle = await attempt(() => fs.statSync("/data/circle"));
// A link is followed anew each time that a watched file is looked at.
fs.mkdirSync("/data/releases/8");
fs.writeFileSync("/data/releases/8/x", "eight, and longer");
let versions = ["releases/7", "releases/8"];
const exchange = () => {
  fs.symlinkSync(versions[0], "/data/..next");
  fs.renameSync("/data/..next", "/data/..now");
  versions = versions.toReversed();
};
exchange();
const exchanging = setInterval(exchange, 30);
told.watched = await new Promise(done =>
  fs.watchFile("/data/..now/x", { interval: 20 }, (now, before) => now.size !== before.size && done([now.size, before.size].sort())),
);
clearInterval(exchanging);
fs.unwatchFile("/data/..now/x");

const calls = {
  readFileSync: () => fs.readFileSync("/data/none"),
  readFile: () => new Promise((done, failed) => fs.readFile("/data/none", error => failed(error))),
  promised: () => readFile("/data/current/none"),
  url: () => fs.promises.stat(new URL("file:///data/none")),
  stream: () => new Promise((done, failed) => fs.createReadStream("/data/none").on("error", failed)),
  readdir: () => fs.promises.readdir("/data/none"),
  rename: () => fs.renameSync("/data/none", "/data/other"),
  copyFile: () => fs.promises.copyFile("/data/none", "/data/other"),
  symlink: () => fs.symlinkSync("x", "/data/x"),
  watch: () => fs.watch("/data/none"),
  readOnly: () => fs.promises.writeFile("/cfg/key", "x"),
  linkOut: () => fs.linkSync("/cfg/key", "/data/hard"),
  renameAcross: () => fs.promises.rename("/data/x", "/cfg/x"),
  acrossOwn: () => fs.renameSync("/data/releases/7/x", "/more/x"),
  linkAcross: () => new Promise((done, failed) => fs.link("/data/releases/7/x", "/more/x", error => failed(error))),
  noneAcross: () => fs.renameSync("/data/none", "/more/x"),
};
told.errors = {};
for (const [name, call] of Object.entries(calls)) told.errors[name] = await attempt(call);
try { fs.statSync("/data/none"); } catch ({ stack }) { told.stack = [stack.includes("'/data/none'"), stack.includes(data)]; }

fs.mkdirSync("/data/list/in", { recursive: true });
fs.writeFileSync("/data/list/in/y", "");
const entriesOf = list => list.map(({ name, parentPath, path }) => [name, parentPath, path ?? parentPath]).sort();
told.entries = [
  entriesOf(fs.readdirSync("/data/list", { withFileTypes: true })),
  entriesOf(await fs.promises.readdir("/data/list/", { withFileTypes: true, recursive: true })),
  await new Promise(done => fs.readdir("/data/list/in", { withFileTypes: true }, (error, list) => done(entriesOf(list)))),
  fs.readdirSync("/data/list", { recursive: true }).sort(),
];
const dir = fs.opendirSync("/data/list");
told.dir = [dir.path, entriesOf([dir.readSync()]), dir.readSync()];
dir.closeSync();
const opened = await fs.promises.opendir("/data/list/in");
told.dir.push(opened.path);
for await (const entry of opened) told.dir.push(entriesOf([entry]));
const again = await fs.promises.opendir("/data/list");
told.dir.push(entriesOf([await again.read()]), await new Promise(done => again.read((error, entry) => done(entry))));
await again.close();
told.made = [
  fs.mkdirSync("/data/one/two", { recursive: true }),
  fs.mkdirSync("/data/one/three/four/", { recursive: true }),
  fs.mkdirSync("/data/one", { recursive: true }) ?? "none",
  fs.mkdtempSync("/data/temp-").slice(0, -6),
  (await fs.promises.mkdtemp("/data/temp-")).slice(0, -6),
  fs.realpathSync("/data/relative"),
  fs.realpathSync.native("/data/current"),
  String(fs.realpathSync("/data/current", "buffer")),
  await fs.promises.realpath("/one/key"),
];
fs.cpSync("/data/list", "/data/copy", { recursive: true });
told.copy = fs.readdirSync("/data/copy", { recursive: true }).sort();
console.log(JSON.stringify(told));
`;

describe.skipIf(process.platform === "win32").each(["thread", "process"] as const)(
  "a program in a %s",
  runtime => {
    let cluster: Scene;
    let folder: string;
    let told: Record<string, unknown>;
    beforeAll(async () => {
      folder = realpathSync(mkdtempSync(join(tmpdir(), "k4s-paths-")));
      for (const name of ["data", "machine"]) mkdirSync(join(folder, name));
      writeFileSync(join(folder, "machine/secret"), "secret");
      cluster = await scene({ "program.mjs": program }, { runtime, hostPaths: [join(folder, "data")] });
      await cluster.apply([
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "cfg" }, data: { key: "value" } },
        {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "program" },
          spec: {
            restartPolicy: "Never",
            containers: [
              {
                name: "main",
                image: "program.mjs",
                env: [{ name: "MACHINE", value: join(folder, "machine") }],
                volumeMounts: [
                  { name: "data", mountPath: "/data" },
                  { name: "more", mountPath: "/more" },
                  { name: "cfg", mountPath: "/cfg" },
                  { name: "cfg", mountPath: "/one/key", subPath: "key" },
                ],
              },
            ],
            volumes: [
              { name: "data", hostPath: { path: join(folder, "data") } },
              { name: "more", emptyDir: {} },
              { name: "cfg", configMap: { name: "cfg" } },
            ],
          },
        },
      ]);
      await cluster.waitFor(
        "Pod/program",
        pod => pod?.status?.phase === "Succeeded" || pod?.status?.phase === "Failed",
      );
      told = JSON.parse(await cluster.logs("Pod/program"));
    });
    afterAll(async () => {
      await cluster[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    });

    it("follows links as in a container", () => {
      expect(told.leads).toEqual(["seven", "seven", "seven", "seven", "value", "value"]);
      expect(readFileSync(join(folder, "data/releases/7/new"), "utf8")).toBe("new");
      expect(told.real).toEqual(["/data/releases/7/x", "/data/releases/7", "/data/releases/7/x"]);
    });

    it("watches what links lead to by then", () => {
      expect(told.watched).toEqual(["eight, and longer".length, "seven".length]);
    });

    it("is told of paths as it has asked for them", () => {
      const texts: Readonly<Record<string, string>> = {
        ENOENT: "no such file or directory",
        EEXIST: "file already exists",
        EROFS: "read-only file system",
        EXDEV: "cross-device link not permitted",
      };
      const error = (code: string, syscall: string, path: string, dest?: string) => [
        code,
        `${code}: ${texts[code]}, ${syscall} '${path}'${dest ? ` -> '${dest}'` : ""}`,
        path,
        ...(dest ? [dest] : []),
      ];
      expect(told.errors).toEqual({
        readFileSync: error("ENOENT", "open", "/data/none"),
        readFile: error("ENOENT", "open", "/data/none"),
        promised: error("ENOENT", "open", "/data/current/none"),
        url: error("ENOENT", "stat", "/data/none"),
        stream: error("ENOENT", "open", "/data/none"),
        readdir: error("ENOENT", "scandir", "/data/none"),
        rename: error("ENOENT", "rename", "/data/none", "/data/other"),
        copyFile: error("ENOENT", "copyfile", "/data/none", "/data/other"),
        symlink: error("EEXIST", "symlink", "x", "/data/x"),
        watch: error("ENOENT", "watch", "/data/none"),
        readOnly: error("EROFS", "open", "/cfg/key"),
        linkOut: error("EXDEV", "link", "/cfg/key", "/data/hard"),
        renameAcross: error("EROFS", "rename", "/data/x", "/cfg/x"),
        acrossOwn: error("EXDEV", "rename", "/data/releases/7/x", "/more/x"),
        linkAcross: error("EXDEV", "link", "/data/releases/7/x", "/more/x"),
        noneAcross: error("ENOENT", "rename", "/data/none", "/more/x"),
      });
      expect(told.stack).toEqual([true, false]);
    });

    it("is told where entries of folders are", () => {
      const inner = ["in", "/data/list", "/data/list"];
      expect(told.entries).toEqual([
        [inner],
        [
          ["in", "/data/list/", "/data/list/"],
          ["y", "/data/list/in", "/data/list/in"],
        ],
        [["y", "/data/list/in", "/data/list/in"]],
        ["in", "in/y"],
      ]);
      const y = [["y", "/data/list/in", "/data/list/in"]];
      expect(told.dir).toEqual(["/data/list", [inner], null, "/data/list/in", y, [inner], null]);
      expect(told.copy).toEqual(["in", "in/y"]);
    });

    it("is told what it has made, and what a path leads to", () => {
      const temp = "/data/temp-";
      const seven = "/data/releases/7";
      const own = [
        "/data/one",
        "/data/one/three",
        "none",
        temp,
        temp,
        `${seven}/x`,
        seven,
        seven,
        "/one/key",
      ];
      expect(told.made).toEqual(own);
    });

    it("finds nothing where a link leads out of all mounts", () => {
      const none = (syscall: string, path = "/data/out") => [
        "ENOENT",
        `ENOENT: no such file or directory, ${syscall} '${path}'`,
        path,
      ];
      const out = [false, none("open"), none("open"), true];
      expect(told.out).toEqual([out, out, out, none("open", "/data/folder/secret")]);
      expect(told.exchanged).toEqual(["own", none("open", "/data/sub/secret")]);
      expect(told.circle).toEqual([
        "ELOOP",
        "ELOOP: too many symbolic links encountered, stat '/data/circle'",
        "/data/circle",
      ]);
      expect(readFileSync(join(folder, "machine/secret"), "utf8")).toBe("secret");
    });
  },
);
