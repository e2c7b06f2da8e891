/**
 * What a program reaches by a path without `node:fs`: Unix sockets in volumes, at which containers of a pod and pods with one claim meet, the
 * folders of its child processes, modules, and files of variables.
 */
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Scene, scene } from "./scene.ts";

const server = `
import http from "node:http";
const place = "/data/app.sock";
const server = http.createServer((request, response) => response.end(request.url + " of " + process.env.HOSTNAME));
server.listen(place, () => console.log(server.address()));
`;

const client = `
import http from "node:http";
import net from "node:net";
const place = "/data/app.sock";
const ask = options => new Promise((done, failed) =>
  http.get(options, answer => answer.setEncoding("utf8").on("data", done)).on("error", failed));
const line = socket => new Promise((done, failed) =>
  socket.on("error", failed).setEncoding("utf8").once("data", text => done(text.split(" ")[1]) || socket.destroy()).write("GET /raw HTTP/1.0\\r\\n\\r\\n"));
const pause = () => new Promise(done => setTimeout(done, 20));
let answer;
while (answer === undefined) answer = await ask({ socketPath: place, path: "/http" }).catch(pause);
const told = { answer, raw: await line(net.connect({ path: place })), positional: await line(net.connect(place)) };
console.log(JSON.stringify(told));
`;

const alone = `
import childProcess, { execFileSync, execSync, spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import Module, { createRequire } from "node:module";
import net from "node:net";
import { Worker } from "node:worker_threads";
const { registerHooks } = Module;
const { K4S_VOLUME_DATA: data } = process.env;
const attempt = run => new Promise(done => run(done).on("error", ({ code, message, address }) => done({ code, message, address })));
const told = {};
told.none = await attempt(() => net.connect("/data/none.sock"));
told.away = await attempt(() => net.createServer().listen("/data/no/folder.sock"));
told.readOnly = await attempt(() => net.createServer().listen("/cfg/x.sock"));
told.long = await attempt(() => net.createServer().listen("/data/" + "x".repeat(120)));
const deep = "/data/" + "deep/".repeat(40);
fs.mkdirSync(deep, { recursive: true });
const first = net.createServer(socket => socket.end("hello")).listen(deep + "s");
await new Promise(done => first.once("listening", done));
told.address = first.address() === deep + "s";
told.isThere = fs.statSync(deep + "s").isSocket();
told.taken = (await attempt(() => net.createServer().listen(deep + "s"))).code;
told.deep = await attempt(done => net.connect(deep + "s").setEncoding("utf8").on("data", done));
told.inner = await attempt(done => new Worker(
  'const { parentPort, workerData } = require("node:worker_threads"); require("node:net").connect(workerData).setEncoding("utf8").on("data", text => parentPort.postMessage(text));',
  { eval: true, workerData: deep + "s" },
).on("message", done));
// A Node child has them, too, and its own, in whatever way it is started.
const child = 'const fs = require("node:fs"); require("node:net").connect(process.argv.at(-1)).setEncoding("utf8").on("data", text => ' +
  'console.log([text, process.cwd(), fs.readFileSync("/cfg/key", "utf8"), fs.existsSync("in"), fs.readdirSync(".").length].join()))';
fs.mkdirSync("/data/with/in", { recursive: true });
told.children = await Promise.all([
  ["/data/with", process.execPath, ["-e", child, deep + "s"]],
  [undefined, process.execPath, ["-e", child, deep + "s"]],
  ["/", process.execPath, ["-e", 'console.log(process.cwd(), require("node:fs").existsSync("data/with") === require("node:fs").existsSync("/data/with"))']],
  ["/data/with", "sh", ["-c", '"$0" -e "$1" "$2"', process.execPath, child, deep + "s"]],
].map(([cwd, command, args]) => new Promise(done => childProcess.execFile(command, args, { cwd }, (error, text, fault) => done(text.trim() + fault)))));
await new Promise(done => first.close(done));
told.isGone = !fs.existsSync(deep + "s");
fs.symlinkSync(process.env.MACHINE, "/data/out");
told.out = await attempt(() => net.connect("/data/out/x.sock"));

fs.writeFileSync("/data/env", "FROM_FILE=read");
fs.writeFileSync("/data/.env", "USUAL=too");
process.loadEnvFile("/data/env");
process.loadEnvFile();
told.variables = [process.env.FROM_FILE, process.env.USUAL];
try { process.loadEnvFile("/data/nothing"); } catch ({ code, message }) { told.noFile = [code, message]; }

fs.mkdirSync("/data/lib");
fs.writeFileSync("/data/lib/one.cjs", 'module.exports = ["one", require("./two.cjs"), require("/cfg/set.json").key]');
fs.writeFileSync("/data/lib/two.cjs", 'module.exports = "two"');
fs.writeFileSync("/data/lib/three.mjs", 'export { four } from "./four.mjs"; export default new URL(import.meta.url).search;');
fs.writeFileSync("/data/lib/four.mjs", 'export const four = 4;');
fs.writeFileSync("/data/lib/worker.mjs", 'import { parentPort } from "node:worker_threads"; import { four } from "./four.mjs"; parentPort.postMessage(four);');
const require = createRequire(import.meta.url);
told.required = require("/data/lib/one.cjs");
try { require("/data/lib/none.cjs"); } catch ({ code, message }) { told.notRequired = [code, message.split("\\n")[0]]; }
fs.mkdirSync("/data/node_modules/five", { recursive: true });
fs.writeFileSync("/data/node_modules/five/index.js", "module.exports = 5");
fs.writeFileSync("/data/lib/five.cjs", 'module.exports = require("five")');
told.packages = [fs.readFileSync("/data/node_modules/five/index.js", "utf8"), require("/data/lib/five.cjs")];
told.worker = await attempt(done => new Worker("/data/lib/worker.mjs").on("message", done));
if (registerHooks) {
  const three = await import("/data/lib/three.mjs?now");
  told.imported = [three.four, three.default, (await import(new URL("file:///cfg/set.json"), { with: { type: "json" } })).default.key, (await import("/data/lib/none.mjs").catch(error => error)).code];
} else told.imported = [4, "?now", "value", "ERR_MODULE_NOT_FOUND"];

fs.mkdirSync("/data/in");
const of = text => String(text).trim().replace(fs.realpathSync.native(data), "DATA");
told.folders = [
  execSync("pwd", { cwd: "/data/in" }),
  execFileSync("pwd", [], { cwd: new URL("file:///data/in") }),
  spawnSync("pwd", { cwd: "in" }).stdout,
  execSync("pwd"),
  await new Promise(done => spawn("pwd", { cwd: "/data/in" }).stdout.once("data", done)),
  await new Promise(done => childProcess.exec("pwd", (error, text) => done(text))),
  await new Promise(done => childProcess.execFile("pwd", { cwd: "/data/out" }, (error, text) => done(text))).catch(({ code }) => code),
].map(of);
console.log(JSON.stringify(told));
`;

describe.skipIf(process.platform === "win32").each(["thread", "process"] as const)(
  "programs in a %s",
  runtime => {
    let cluster: Scene;
    beforeAll(async () => {
      cluster = await scene({ "server.mjs": server, "client.mjs": client, "alone.mjs": alone }, { runtime });
    });
    afterAll(() => cluster[Symbol.asyncDispose]());

    const container = (image: string, more: object = {}) => ({
      name: image,
      image: `${image}.mjs`,
      volumeMounts: [{ name: "data", mountPath: "/data" }],
      ...more,
    });
    const pod = (name: string, containers: object[], ...volumes: object[]) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      spec: { restartPolicy: "Never", containers, volumes },
    });
    /** What the container has printed when it has ended. */
    const printed = async (name: string, container: string) => {
      await cluster.waitFor(`Pod/${name}`, found =>
        Boolean(found?.status?.containerStatuses?.find(each => each.name === container)?.state?.terminated),
      );
      return String(await cluster.logs(`Pod/${name}`, { container }));
    };
    const told = async (name: string, container: string) => JSON.parse(await printed(name, container));
    const answers = (of: string) => ({ answer: `/http of ${of}`, raw: "200", positional: "200" });

    it("meet at a socket in a volume of their pod", async () => {
      const both = [container("server"), container("client")];
      await cluster.apply(pod("both", both, { name: "data", emptyDir: {} }));
      expect(await told("both", "client")).toEqual(answers("both"));
      expect(await cluster.logs("Pod/both", { container: "server" })).toBe("/data/app.sock\n");
    });

    it("are reached by commands in a container with a root folder of its own", async () => {
      const line = "until curl -s --unix-socket app.sock http://any/asked; do sleep 0.02; done";
      const curl = { image: "curlimages/curl", command: ["sh", "-c", line], workingDir: "/data" };
      const both = [container("server"), container("curl", curl)];
      await cluster.apply(pod("commands", both, { name: "data", emptyDir: {} }));
      expect(await printed("commands", "curl")).toBe("/asked of commands");
    });

    it("meet at a socket in the claim of two pods", async () => {
      await cluster.apply({
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "shared" },
        spec: { accessModes: ["ReadWriteMany"], resources: { requests: { storage: "1Mi" } } },
      });
      const claim = { name: "data", persistentVolumeClaim: { claimName: "shared" } };
      await cluster.apply([
        pod("one", [container("server")], claim),
        pod("two", [container("client")], claim),
      ]);
      expect(await told("two", "client")).toEqual(answers("one"));
    });

    it("load what their image has where a folder above it is mounted over", async () => {
      const loading = `
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { own } from "./own.mjs";
const { own: required } = createRequire(import.meta.url)("./own.cjs");
console.log(JSON.stringify([own, required, (await import(new URL("own.mjs?again", import.meta.url))).own, readdirSync(process.env.ABOVE)]));`;
      await cluster.write({
        "loading.mjs": loading,
        "own.mjs": "export const own = 1;",
        "own.cjs": "exports.own = 2;",
      });
      const above = dirname(cluster.folder);
      const mounted = {
        env: [{ name: "ABOVE", value: above }],
        volumeMounts: [{ name: "above", mountPath: above }],
      };
      await cluster.apply(pod("loading", [container("loading", mounted)], { name: "above", emptyDir: {} }));
      expect(await told("loading", "loading")).toEqual([1, 2, 1, []]);
    });

    it("find sockets, files of variables and folders of children where they find files", async () => {
      await cluster.apply([
        {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "cfg" },
          data: { key: "value", "set.json": '{"key":"value"}' },
        },
        pod(
          "alone",
          [
            container("alone", {
              workingDir: "/data",
              env: [{ name: "MACHINE", value: cluster.folder }],
              volumeMounts: [
                { name: "data", mountPath: "/data" },
                { name: "cfg", mountPath: "/cfg" },
              ],
            }),
          ],
          { name: "data", emptyDir: {} },
          { name: "cfg", configMap: { name: "cfg" } },
        ),
      ]);
      const error = (call: string, code: string, text: string, address: string) => ({
        code,
        message: `${call} ${code}${text} ${address}`,
        address,
      });
      expect(await told("alone", "alone")).toEqual({
        none: error("connect", "ENOENT", "", "/data/none.sock"),
        away: error("listen", "EACCES", ": permission denied", "/data/no/folder.sock"),
        readOnly: error("listen", "EROFS", ": read-only file system", "/cfg/x.sock"),
        long: error("listen", "EINVAL", ": invalid argument", `/data/${"x".repeat(120)}`),
        address: true,
        isThere: true,
        taken: "EADDRINUSE",
        deep: "hello",
        inner: "hello",
        children: [
          "hello,/data/with,value,true,1",
          "hello,/data,value,false,2",
          "/ true",
          "hello,/data/with,value,true,1",
        ],
        isGone: true,
        out: error("connect", "ENOENT", "", "/data/out/x.sock"),
        variables: ["read", "too"],
        required: ["one", "two", "value"],
        notRequired: ["MODULE_NOT_FOUND", "Cannot find module '/data/lib/none.cjs'"],
        packages: ["module.exports = 5", 5],
        worker: 4,
        imported: [4, "?now", "value", "ERR_MODULE_NOT_FOUND"],
        noFile: ["ENOENT", "ENOENT: no such file or directory, open '/data/nothing'"],
        folders: ["DATA/in", "DATA/in", "DATA/in", "DATA", "DATA/in", "DATA", "ENOENT"],
      });
    });
  },
);
