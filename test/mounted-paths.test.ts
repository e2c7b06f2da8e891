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
                  { name: "cfg", mountPath: "/cfg" },
                ],
              },
            ],
            volumes: [
              { name: "data", hostPath: { path: join(folder, "data") } },
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
