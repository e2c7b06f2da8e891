/** Where a program works: its relative paths begin in the `workingDir` of its container, as in Kubernetes, be that a volume or not. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Scene, scene } from "./scene.ts";

const program = `
import fs from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Worker } from "node:worker_threads";
const told = { cwd: process.cwd(), resolved: resolve("x") };
fs.mkdirSync("a/b", { recursive: true });
fs.writeFileSync("a/rel.txt", "one");
await writeFile("../" + told.cwd.split("/").at(-1) + "/two.txt", "two");
told.read = [fs.readFileSync("a/rel.txt", "utf8"), await readFile(told.cwd + "/two.txt", "utf8"), fs.readdirSync(".").sort(), fs.existsSync("none")];
told.real = fs.realpathSync("a");
try { fs.readFileSync("none"); } catch ({ code }) { told.code = code; }
const inner = new Worker('const fs = require("node:fs"); require("node:worker_threads").parentPort.postMessage([process.cwd(), fs.readFileSync("a/rel.txt", "utf8")])', { eval: true });
told.inner = await new Promise((done, failed) => inner.on("message", done).on("error", failed));
// A thread cannot.
if (process.env.RUNTIME === "process") {
  process.chdir("a");
  told.changed = [process.cwd(), fs.readFileSync("rel.txt", "utf8")];
  process.chdir("/data");
  told.absolute = [process.cwd(), String(fs.readdirSync(".").sort())];
}
console.log(JSON.stringify(told));
`;

describe.skipIf(process.platform === "win32").each(["thread", "process"] as const)(
  "a program in a %s",
  runtime => {
    let cluster: Scene;
    let folder: string;
    beforeAll(async () => {
      folder = realpathSync(mkdtempSync(join(tmpdir(), "k4s-working-")));
      mkdirSync(join(folder, "machine"));
      cluster = await scene({ "program.mjs": program }, { runtime, hostPaths: [folder] });
    });
    afterAll(async () => {
      await cluster[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    });

    const run = async (name: string, workingDir: string) => {
      const volumeMounts = [{ name: "data", mountPath: "/data" }];
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
              workingDir,
              volumeMounts,
              env: [{ name: "RUNTIME", value: runtime }],
            },
          ],
          volumes: [{ name: "data", hostPath: { path: join(folder, name), type: "DirectoryOrCreate" } }],
        },
      });
      await cluster.waitFor(`Pod/${name}`, found => /Succeeded|Failed/.test(String(found?.status?.phase)));
      return JSON.parse(await cluster.logs(`Pod/${name}`));
    };

    it.each([
      ["volume", "/data"],
      ["fresh", "/nowhere/app"],
      ["own", "machine"],
    ])("works in a %s", { timeout: 30_000 }, async (name, asked) => {
      const cwd = asked === "machine" ? join(folder, "machine") : asked;
      const found = await run(name, cwd);
      expect(found).toMatchObject({
        cwd,
        resolved: `${cwd}/x`,
        read: ["one", "two", ["a", "two.txt"], false],
        real: `${cwd}/a`,
        code: "ENOENT",
        // A thread of a process asks the system.
        inner: [runtime === "thread" ? cwd : expect.stringMatching(/./), "one"],
        ...(runtime === "process" && {
          changed: [`${cwd}/a`, "one"],
          absolute: ["/data", asked === "/data" ? "a,two.txt" : ""],
        }),
      });
      if (asked === "/data") expect(readFileSync(join(folder, "volume/a/rel.txt"), "utf8")).toBe("one");
      if (asked === "machine") rmSync(join(folder, "machine/a"), { recursive: true });
      if (asked === "machine") rmSync(join(folder, "machine/two.txt"));
    });
  },
);
