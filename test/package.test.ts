/**
 * The package as its users get it: packed, installed in a project of its own and used from there, in JavaScript and in
 * TypeScript. The network is not needed: what k4s depends on is linked from this repository.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const exec = promisify(execFile);
const root = path.resolve(import.meta.dirname, "..");
const bin = (name: string) => path.join(root, "node_modules", ".bin", name);

let place: string;
let project: string;
let tarball: string;

/** What a program printed, its exit code, and that nobody had to end it. */
async function run(command: string, args: readonly string[], cwd = project) {
  return exec(command, [...args], { cwd, timeout: 110_000, env: { ...process.env, NODE_OPTIONS: "" } });
}

async function write(files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(project, name)), { recursive: true });
    await writeFile(path.join(project, name), text);
  }
}

/** What comes with k4s where it is installed, and no more: what this repository alone needs is not there. */
async function installed(): Promise<string[]> {
  const lock = JSON.parse(await readFile(path.join(root, "package-lock.json"), "utf8"));
  const packages: [string, { dev?: true; optional?: true }][] = Object.entries(lock.packages);
  const folder = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/;
  return packages
    .filter(([, { dev, optional }]) => !dev && !optional)
    .flatMap(([place]) => folder.exec(place)?.[1] ?? []);
}

beforeAll(async () => {
  place = await mkdtemp(path.join(tmpdir(), "k4s-package-"));
  project = path.join(place, "project");
  // Built beside the repository's own dist/, which others may be using.
  const source = path.join(place, "source");
  await mkdir(source);
  for (const name of [
    "package.json",
    "tsconfig.json",
    "README.md",
    "QUICKREF.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "LICENSE",
    "NOTICE",
    "src",
    "scripts",
  ])
    await cp(path.join(root, name), path.join(source, name), { recursive: true });
  await symlink(path.join(root, "node_modules"), path.join(source, "node_modules"));
  await run("npm", ["pack", "--silent", "--pack-destination", place], source);
  tarball = path.join(place, (await readdir(place)).find(name => name.endsWith(".tgz")) ?? "");

  await mkdir(path.join(project, "node_modules", "k4s"), { recursive: true });
  await run("tar", ["-xzf", tarball, "-C", "node_modules/k4s", "--strip-components=1"]);
  // A project may have the types of another Node.
  for (const name of [...(await installed()), "@types-newest/node"]) {
    const link = path.join(project, "node_modules", name);
    await mkdir(path.dirname(link), { recursive: true });
    await symlink(path.join(root, "node_modules", name), link);
  }
  await write({ "package.json": JSON.stringify({ name: "project", type: "module", private: true }) });
}, 120_000);

afterAll(() => rm(place, { recursive: true, force: true }));

/** Every call of the table in the design, in the words that are the same in JavaScript and TypeScript. */
const program = `
import assert from "node:assert/strict";
import { Cluster } from "k4s";

const cluster = new Cluster({ images: new URL("images", import.meta.url), nodes: 2, resyncMs: 500 });
await cluster.start();
await cluster.start();

const applied = await cluster.apply(\`
kind: Container
metadata: { name: calc }
spec: { module: calculator, function: calculator, parameters: { precision: 2 } }
---
kind: ReplicaSet
metadata: { name: calc-rs }
spec: { container: calc, replicas: 2 }
---
kind: Service
metadata: { name: calculator }
spec: { selector: "calc-rs-*" }
\`);
assert.deepEqual(applied.map(({ kind }) => kind), ["Container", "ReplicaSet", "Service"]);
await cluster.apply({ kind: "Container", metadata: { name: "typed" }, spec: { module: "typed" } });
await cluster.apply([{ kind: "Container", metadata: { name: "plain" }, spec: { module: "plain" } }]);
await cluster.applyFile(new URL("yaml", import.meta.url));
await cluster.waitFor("ReplicaSet/calc-rs", "Ready", { timeoutMs: 20_000 });
for (const name of ["typed", "plain", "filed"]) await cluster.waitFor(\`Container/default/\${name}\`, "Ready");

assert.equal(await cluster.api.request("calculator", { operation: "add", numbers: [1.005, 2] }), 3.01);
assert.equal(await cluster.api.request("typed", "x", { timeoutMs: 5_000 }), "typed: x");
assert.equal(await cluster.api.request("container/plain", "x"), "plain: x");
await cluster.api.send("typed", "hello");

const pod = await cluster.get("Pod", "typed");
assert.equal(pod?.status?.phase, "Running");
assert.equal(await cluster.get("Pod", "nobody"), undefined);
const pods = await cluster.list("Pod", { namespace: "default", labelSelector: "k4s.dev/replicaset=calc-rs" });
assert.deepEqual(pods.map(({ metadata }) => metadata.name).sort(), ["calc-rs-0", "calc-rs-1"]);
assert.equal((await cluster.list("Pod", { fieldSelector: "status.phase=Running" })).length, 6);

const created = await cluster.create({ apiVersion: "k4s.dev/v1", kind: "Container", metadata: { name: "extra" }, spec: { module: "plain" } });
await assert.rejects(cluster.create({ apiVersion: "k4s.dev/v1", kind: "Container", metadata: { name: "extra" }, spec: { module: "plain" } }), { reason: "AlreadyExists" });
const labelled = { ...created, metadata: { ...created.metadata, labels: { a: "b" } } };
await cluster.patch("Container", "extra", { metadata: { labels: { c: "d" } } });
await assert.rejects(cluster.update(labelled), { reason: "Conflict" });
await cluster.patch("Container", "extra", [{ op: "add", path: "/metadata/labels/e", value: "f" }], { type: "json" });
const seen = new AbortController();
for await (const { type, object } of cluster.watch("Container", { labelSelector: "c=d", signal: seen.signal })) {
  if (type === "ADDED") void cluster.delete("Container", "extra", { namespace: "default" });
  if (type === "DELETED") { assert.equal(object.metadata.name, "extra"); break; }
}
await cluster.waitFor("Pod/extra", "deleted");
await cluster.waitFor("Pod/typed", pod => pod?.status?.phase === "Running");
await assert.rejects(cluster.waitFor("Pod/nobody", "Ready", { timeoutMs: 10 }), /no such object/);

assert.match(await cluster.logs("Pod/typed"), /typed listens/);
for await (const line of cluster.logs("Pod/typed", { follow: true, tailLines: 1 })) { assert.match(line, /listens/); break; }
assert.ok((await cluster.events("Pod/typed")).length > 0);
assert.ok((await cluster.events()).length > 0);
await cluster.stop();
await cluster.stop();
console.log("done");
`;

const files = {
  "images/calculator.ts": `
import { MessageError, type WorkerContext } from "k4s";
export async function calculator({ inbox, parameters }: WorkerContext<{ precision?: number }>): Promise<void> {
  const scale = 10 ** (parameters.precision ?? 6);
  for await (const message of inbox) {
    const { operation, numbers } = message.body as { operation: string; numbers: number[] };
    if (operation === "add") message.reply(Math.round((numbers.reduce((a, b) => a + b, 0) + Number.EPSILON) * scale) / scale);
    else message.fail(new MessageError("WorkerFailed", \`cannot \${operation}\`));
  }
}
`,
  "images/typed.mjs": `
export default async ({ inbox, log, self }) => {
  log.info(self.name + " listens");
  for await (const message of inbox) message.reply("typed: " + message.body);
};
`,
  "images/plain.js": `
import { prefix } from "./lib/prefix.js";
export default async function plain({ inbox }) {
  for await (const message of inbox) message.reply(prefix + message.body);
}
`,
  "images/lib/prefix.js": 'export const prefix = "plain: ";\n',
  "yaml/filed.yaml": "kind: Container\nmetadata: { name: filed }\nspec: { module: plain }\n",
};

describe("the package", () => {
  it("holds what is needed to run it and to read it, and nothing else", async () => {
    const { stdout } = await run("tar", ["-tzf", tarball]);
    const names = stdout.split("\n").filter(Boolean);
    expect(names).toEqual(
      expect.arrayContaining(
        [
          "dist/index.js",
          "dist/index.d.ts",
          "dist/testing.js",
          "dist/testing.d.ts",
          "dist/cli.js",
          "README.md",
          "LICENSE",
          "NOTICE",
          "CHANGELOG.md",
        ].map(name => `package/${name}`),
      ),
    );
    expect(
      names.filter(
        name => /\.test\.|test-|fixture|suite|node_modules|\.ts$/.test(name) && !name.endsWith(".d.ts"),
      ),
    ).toEqual([]);
  });

  it("is found in order by publint", async () => {
    const { stdout } = await run(bin("publint"), ["--strict", path.join(project, "node_modules", "k4s")]);
    expect(stdout).toContain("All good!");
  });

  it("is small to import", async () => {
    const counting = `
      import { createRequire } from "node:module";
      const { Cluster } = await import("k4s");
      const loaded = Object.keys(createRequire(import.meta.url).cache).length;
      console.log(JSON.stringify({ loaded, Cluster: typeof Cluster }));`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", counting]);
    const { loaded, Cluster } = JSON.parse(stdout);
    expect(Cluster).toBe("function");
    expect(loaded).toBeLessThan(60);
  });

  it("runs every call in a JavaScript project, whose process then ends by itself", {
    timeout: 60_000,
  }, async () => {
    await write({ ...files, "program.mjs": program });
    const { stdout, stderr } = await run(process.execPath, ["program.mjs"]);
    expect({ stdout, stderr }).toEqual({ stdout: "done\n", stderr: "" });
  });

  it("finds what its commands import, in containers that have a root folder of their own", {
    timeout: 60_000,
  }, async () => {
    const command = ["sh", "-c", "tar czf /tmp/x.tgz /etc/passwd 2>/dev/null && tar tzf /tmp/x.tgz"];
    await write({
      "tar.mjs": `
        import { Cluster } from "k4s";
        const cluster = new Cluster();
        await cluster.start();
        const containers = [{ name: "c", image: "busybox", command: ${JSON.stringify(command)} }];
        await cluster.create({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { restartPolicy: "Never", containers } });
        await cluster.waitFor("Pod/p", pod => /Succeeded|Failed/.test(pod?.status?.phase));
        console.log(await cluster.logs("Pod/p"));
        await cluster.stop();`,
    });
    expect((await run(process.execPath, ["tar.mjs"])).stdout.trim()).toBe("etc/passwd");
  });

  /** One test file, for whatever runs it: a cluster with its API, from the package. */
  const suite = (runner: string) => `
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, test } from "./runner.mjs";
import { startCluster } from "k4s/testing";

/** @type {import("k4s/testing").TestCluster} */
let k4s;
beforeAll(async () => { k4s = await startCluster({ images: new URL("images", import.meta.url) }); });
afterAll(() => k4s.stop());

test("runs what comes along, and what a folder has", async () => {
  await k4s.cluster.apply([
    { apiVersion: "v1", kind: "Pod", metadata: { name: "web" }, spec: { containers: [{ name: "web", image: "nginx:1.27" }] } },
    { kind: "Container", metadata: { name: "plain" }, spec: { module: "plain" } },
  ]);
  await k4s.cluster.waitFor("Pod/web", "Ready");
  await k4s.cluster.waitFor("Container/plain", "Ready");
  assert.equal(await k4s.cluster.api.request("plain", "x"), "plain: x");
});

test("has a kubeconfig for other programs", () => {
  assert.match(readFileSync(k4s.kubeconfig, "utf8"), /kind: Config/);
  const code = "process.stdout.write(process.env.KUBECONFIG)";
  assert.equal(execFileSync(process.execPath, ["-e", code], { env: { ...process.env, ...k4s.env } }).toString(), k4s.kubeconfig);
});
// ${runner}
`;

  it.each([
    [
      "vitest",
      "suite.test.mjs",
      'export { afterAll, beforeAll, test } from "vitest";\n',
      () => run(bin("vitest"), ["run", "--root", project, "suite.test.mjs"]),
    ],
    [
      "node:test",
      "suite.test.mjs",
      'export { after as afterAll, before as beforeAll, test } from "node:test";\n',
      () => run(process.execPath, ["--test", "suite.test.mjs"]),
    ],
  ])("starts clusters for tests in %s", { timeout: 60_000 }, async (runner, name, exports, start) => {
    await write({ ...files, "runner.mjs": exports, [name]: suite(runner) });
    const { stdout } = await start();
    expect(stdout).toMatch(/Tests .*2 passed|pass 2\n/);
  });

  // Without skipLibCheck: what is right so is right with it.
  it.each([
    ["the oldest Node", "@types", "typescript"],
    ["the newest Node", "@types-newest", "@typescript/native"],
  ])(
    "has types for every call, with those of %s (%s, %s)",
    { timeout: 60_000 },
    async (_node, types, compiler) => {
      const compilerOptions = {
        strict: true,
        module: "NodeNext",
        target: "ES2023",
        lib: ["ES2023", "ESNext.Disposable"],
        types: ["node"],
        typeRoots: [`node_modules/${types}`],
        noEmit: true,
        exactOptionalPropertyTypes: true,
      };
      await write({
        ...files,
        "program.ts": `${program}
import type { Container, Message, Pod, WorkerContext } from "k4s";
import { startCluster, type TestCluster } from "k4s/testing";
{
  const k4s: TestCluster = await startCluster({ manifests: ["yaml"], unknownImages: "hollow" });
  const file: string = k4s.env.KUBECONFIG;
  void file;
  await k4s.stop();
  // @ts-expect-error a misspelt option
  void startCluster({ manifest: "x" });
}
{
  await using other = new Cluster({ runtime: "hollow" });
  const answer: string = await other.api.request<string>("x", 1).catch((): string => "");
  const pod: Pod | undefined = await other.get("Pod", answer);
  const phase: string | undefined = pod?.status?.phase;
  const module: string | undefined = (await other.get("Container", "x"))?.spec.module;
  const body = (message: Message): unknown => message.body;
  const worker = async ({ inbox, api, signal }: WorkerContext<{ to: string }>) => {
    for await (const message of inbox) message.reply(await api.request("x", body(message), { signal }));
  };
  void [phase, module, worker, {} as Container];
  // @ts-expect-error a misspelt option
  void new Cluster({ imags: "x" });
  // @ts-expect-error parameters that the worker does not have
  void (async ({ parameters }: WorkerContext<{ to: string }>) => parameters.from);
}
`,
        "tsconfig.json": JSON.stringify({ compilerOptions, include: ["program.ts", "images/*.ts"] }),
      });
      const tsc = path.join(root, "node_modules", compiler, "bin", "tsc");
      const { stdout } = await run(process.execPath, [tsc, "-p", "."]).catch(error => error);
      expect(stdout).toBe("");
    },
  );
});
