/**
 * The functions of `node:fs` on a mounted folder, in their three kinds (at once, with a callback, as a promise): a program that calls
 * them all says the same in a pod as by hand in a folder of the machine.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Scene, scene } from "./scene.ts";

const program = `
import fs, { constants } from "node:fs";
import { promisify } from "node:util";
const base = process.env.BASE;
const at = name => base + "/" + name;
const shown = value => {
  if (value === undefined || value === null || typeof value === "boolean") return value;
  if (Buffer.isBuffer(value)) return value.toString();
  if (typeof value === "string") return value.replaceAll(base, "BASE");
  if (Array.isArray(value)) return value.map(each => each.name ?? shown(each)).sort();
  if (value instanceof fs.Stats) return ["stats", value.size, value.isFile(), value.isSymbolicLink()];
  return value.constructor.name;
};
const calls = [
  ["mkdir", at("made/deep"), { recursive: true }],
  ["writeFile", at("made/file"), "text"],
  ["appendFile", at("made/file"), "more"],
  ["writeFile", Buffer.from(at("made/buffer")), "text"],
  ["writeFile", new URL("file://" + at("made/url")), "text"],
  ["writeFile", at("made/../made/./dots"), "text"],
  ["readFile", at("made/file"), "utf8"],
  ["readFile", at("made//file")],
  ["readFile", at("made/none")],
  ["readFile", at("made")],
  ["access", at("made/file")],
  ["access", at("made/file"), constants.R_OK],
  ["access", at("made/none")],
  ["stat", at("made/file")],
  ["stat", at("made/none")],
  ["stat", at("made/none"), { throwIfNoEntry: false }],
  ["stat", at("made/file/")],
  ["lstat", at("made/deep/")],
  ["readdir", at("made/deep/")],
  ["stat", undefined],
  ["lstat", at("made/file")],
  ["statfs", at("made")],
  ["symlink", "file", at("made/link")],
  ["readlink", at("made/link")],
  ["lstat", at("made/link")],
  ["readFile", at("made/link"), { encoding: "utf8" }],
  ["realpath", at("made/link")],
  ["realpath", at("made/none")],
  ["link", at("made/file"), at("made/hard")],
  ["copyFile", at("made/file"), at("made/copy")],
  ["copyFile", at("made/file"), at("made/copy"), constants.COPYFILE_EXCL],
  ["cp", at("made"), at("copied"), { recursive: true }],
  ["rename", at("made/copy"), at("made/renamed")],
  ["truncate", at("made/renamed"), 2],
  ["readFile", at("made/renamed"), "latin1"],
  ["chmod", at("made/renamed"), 0o600],
  ["utimes", at("made/renamed"), 1, 2],
  ["lutimes", at("made/link"), 1, 2],
  ["readdir", at("made")],
  ["readdir", at("made"), { withFileTypes: true }],
  ["readdir", at("copied"), { recursive: true }],
  ["opendir", at("made")],
  ["unlink", at("made/renamed")],
  ["rmdir", at("made/deep")],
  ["rmdir", at("made")],
  ["rm", at("made"), { recursive: true }],
  ["rm", at("copied"), { recursive: true, force: true }],
  ["readdir", base],
];
const kinds = {
  sync: name => fs[name + "Sync"],
  callback: name => promisify(fs[name]),
  promise: name => fs.promises[name],
};
const told = {};
for (const [kind, functionOf] of Object.entries(kinds)) {
  told[kind] = [];
  for (const [name, ...given] of calls) {
    const call = functionOf(name);
    let line;
    try {
      const answer = await call(...given);
      line = shown(answer);
      if (answer instanceof fs.Dir) await answer.close();
    } catch ({ code, syscall }) {
      line = { code, syscall };
    }
    told[kind].push([name, line]);
  }
}
const removing = async made => {
  if (!made) return "none";
  const [path, isThere] = [made.path, fs.readdirSync(base).some(name => made.path === at(name))];
  await made.remove();
  return [shown(path).slice(0, -6), isThere, fs.existsSync(path)];
};
fs.writeFileSync(at("one"), "text");
const descriptor = fs.openSync(at("one"));
told.more = [
  fs.readFileSync(descriptor, "utf8"),
  fs.existsSync(at("one")),
  fs.existsSync(at("none")),
  shown(fs.realpathSync.native(at("one"))),
  shown(await promisify(fs.realpath.native)(at("one"))),
  await (await fs.openAsBlob(at("one"))).text(),
  shown(fs.mkdtempSync(at("temporary-"))).slice(0, -6),
  shown(fs.mkdtempSync(at(""))).slice(0, -6),
  shown(await fs.promises.mkdtemp(at("temporary-"))).slice(0, -6),
  fs.readdirSync(base).map(name => name.length).sort(),
  // Node 24 and later.
  await removing(fs.mkdtempDisposableSync?.(at("removed-"))),
  await removing(await fs.promises.mkdtempDisposable?.(at("removed-"))),
  String(await fs.createReadStream(at("one")).toArray()),
  await new Promise(done => fs.open(at("one"), (error, opened) => done([error, typeof opened, fs.closeSync(opened)]))),
  await new Promise(done => fs.exists(at("one"), done)),
  await fs.promises.open(at("one")).then(async handle => [await handle.readFile("utf8"), await handle.close()]),
];
fs.closeSync(descriptor);
fs.mkdirSync(at("from/left"), { recursive: true });
for (const name of ["from/left/x", "from/y"]) fs.writeFileSync(at(name), "text");
fs.writeFileSync(at("leave"), "left");
told.filtered = [];
for (const [kind, functionOf] of Object.entries(kinds)) {
  const asked = [];
  const filter = (source, dest) => {
    asked.push(shown(source) + " to " + shown(dest));
    return !source.startsWith(at("from/" + fs.readFileSync(at("leave"), "utf8")));
  };
  await functionOf("cp")(at("from"), at("to " + kind), { recursive: true, filter });
  told.filtered.push(asked.sort(), fs.readdirSync(at("to " + kind)));
  try { await functionOf("cp")(at("from"), at("from/in"), { recursive: true }); } catch ({ message }) { told.filtered.push(shown(message)); }
}
console.log(JSON.stringify(told));
`;

describe.skipIf(process.platform === "win32").each(["thread", "process"] as const)(
  "a program in a %s",
  runtime => {
    let cluster: Scene;
    let folder: string;
    beforeAll(async () => {
      folder = realpathSync(mkdtempSync(join(tmpdir(), "k4s-functions-")));
      mkdirSync(join(folder, "by-hand"));
      mkdirSync(join(folder, "pods"));
      cluster = await scene({ "program.mjs": program }, { runtime, hostPaths: [folder] });
    });
    afterAll(async () => {
      await cluster[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    });

    it.each([
      ["a volume", { emptyDir: {} }],
      ["a folder of the machine", { hostPath: { path: "PODS" } }],
    ])("says of %s what it says by hand", { timeout: 30_000 }, async (_, asked) => {
      const volume = JSON.parse(JSON.stringify(asked).replace("PODS", join(folder, "pods")));
      const name = `on-${Object.keys(asked)[0]?.toLowerCase()}`;
      await cluster.apply({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name },
        spec: {
          restartPolicy: "Never",
          containers: [
            {
              name: "main",
              image: "program.mjs",
              env: [{ name: "BASE", value: "/data" }],
              volumeMounts: [{ name: "data", mountPath: "/data" }],
            },
          ],
          volumes: [{ name: "data", ...volume }],
        },
      });
      await cluster.waitFor(`Pod/${name}`, found => /Succeeded|Failed/.test(String(found?.status?.phase)));
      const base = mkdtempSync(join(folder, "by-hand/"));
      const byHand = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], {
        env: { BASE: base },
      });
      expect(JSON.parse(await cluster.logs(`Pod/${name}`))).toEqual(JSON.parse(byHand.stdout));
    });
  },
);
