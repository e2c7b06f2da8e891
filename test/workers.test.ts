/** What a worker may be and do: policies, logs, environment, scripts, and the cluster's own resources from many threads. */
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { echo, scene } from "./scene.ts";

const exits =
  "export default ({ parameters, self }) => { console.log('run', self.restarts); process.exit(parameters.codes[self.restarts] ?? 0); };";

describe.each(["thread", "process"] as const)("a container in a %s", runtime => {
  it.each([
    ["Never", [3], { phase: "Failed", restarts: 0 }],
    ["Never", [0], { phase: "Succeeded", restarts: 0 }],
    ["OnFailure", [3, 4, 0], { phase: "Succeeded", restarts: 2 }],
  ])("with restartPolicy %s that ends with %j: %o", async (restartPolicy, codes, expected) => {
    await using cluster = await scene({ "exits.js": exits }, { runtime });
    await cluster.declare("exits", { module: "exits", parameters: { codes }, restartPolicy });
    expect(await cluster.podWhose("exits", ({ phase }) => phase === expected.phase)).toMatchObject(expected);
    expect(await cluster.logs("Pod/exits")).toBe(`run ${expected.restarts}\n`);
    if (expected.restarts > 0)
      expect(await cluster.logs("Pod/exits", { previous: true })).toBe(`run ${expected.restarts - 1}\n`);
  });

  it("that keeps ending waits longer each time: CrashLoopBackOff", async () => {
    await using cluster = await scene({ "exits.js": exits }, { runtime });
    await cluster.declare("exits", { module: "exits", parameters: { codes: [1, 2, 3, 4, 5] } });
    const { message, last } = await cluster.podWhose(
      "exits",
      ({ restarts, reason }) => restarts === 3 && reason === "CrashLoopBackOff",
    );
    expect(message).toContain("restarting failed container=");
    expect(last?.exitCode).toBe(4);
    expect(await cluster.told("Pod/exits", "BackOff")).toContain("Back-off restarting failed container");
  });

  it("gets its environment, its parameters and who it is, and nothing else", async () => {
    process.env.K4S_SECRET = "not for you";
    await using cluster = await scene(
      {
        "tell.js": `export default async ({ inbox, parameters, env, self }) => {
          for await (const m of inbox) m.reply({ parameters, self, secret: process.env.K4S_SECRET ?? null, both: [env.WHO, process.env.WHERE], polluted: {}.polluted ?? null });
        };`,
      },
      { runtime },
    );
    await cluster.run(
      "tell",
      {
        module: "tell",
        parameters: {
          deep: { list: [1, "2", null, { x: true }] },
          text: "--a=b c",
          constructor: 1,
          number: "007",
        },
        env: [
          { name: "GREETING", value: "hello" },
          { name: "WHO", value: "$(GREETING) $$(GREETING) $(NOBODY)" },
          { name: "WHERE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
        ],
      },
      { labels: { tier: "test" } },
    );
    expect(await cluster.api.request("tell", 1)).toMatchObject({
      parameters: {
        deep: { list: [1, "2", null, { x: true }] },
        text: "--a=b c",
        constructor: 1,
        number: "007",
      },
      self: { name: "tell", namespace: "default", node: "node-0", restarts: 0, labels: { tier: "test" } },
      secret: null,
      both: ["hello $(GREETING) $(NOBODY)", "node-0"],
      polluted: null,
    });
  });

  it("may be a script: an HTTP server that is ready when it says so, and ends when it is told to", async () => {
    await using cluster = await scene(
      {
        "server.js": `import { createServer } from "node:http";
          let asked = 0;
          const server = createServer((_, response) => { response.statusCode = ++asked > 1 ? 200 : 503; response.end("asked " + asked); });
          server.listen(80, () => console.log("listens on", server.address().port));
          process.on("SIGTERM", () => server.close(() => { console.log("closed"); process.exit(0); }));`,
        "asker.js": `export default async ({ inbox }) => {
          for await (const message of inbox) fetch(message.body).then(answer => answer.text()).then(text => message.reply(text), error => message.fail(error));
        };`,
      },
      { runtime },
    );
    await cluster.apply({
      kind: "Service",
      metadata: { name: "web" },
      spec: { selector: "server", ports: [{ port: 80 }] },
    });
    await cluster.run("asker", { module: "asker" });
    await cluster.run("server", {
      module: "server",
      readinessProbe: { httpGet: { port: 80, path: "/ready" }, periodSeconds: 1 },
    });
    expect(await cluster.api.request("asker", "http://web/")).toMatch(/^asked \d+$/);
    await expect(cluster.api.request("server", 1, { timeoutMs: 5_000 })).rejects.toThrow(/script/);
    const ended = cluster.podWhose("server", ({ exitCode }) => exitCode !== undefined);
    await cluster.delete("Container", "server");
    expect(await ended).toMatchObject({ exitCode: 0 });
    await cluster.waitFor("Pod/server", "deleted");
    await expect(cluster.api.request("asker", "http://web/")).rejects.toThrow();
  });

  it("works on the cluster's resources with others at the same time: no update is lost", {
    timeout: 30_000,
  }, async () => {
    await using cluster = await scene(
      {
        "adder.js": `export default async ({ inbox, api }) => {
          for await (const message of inbox) {
            for (let added = 0; added < message.body; ) {
              const counter = await api.get("Container", "counter");
              counter.spec.parameters.count++;
              try { await api.update(counter); added++; } catch (error) { if (error.reason !== "Conflict") throw error; }
            }
            message.reply("done");
          }
        };`,
        "watcher.js": `export default async ({ inbox, api }) => {
          for await (const message of inbox) {
            for await (const { type, object } of api.watch("Container", { labelSelector: "made-by=worker" })) {
              if (type === "BOOKMARK") await api.create({ apiVersion: "k4s.dev/v1", kind: "Container", metadata: { name: "made", labels: { "made-by": "worker" } }, spec: { module: "echo" } });
              if (type === "ADDED") await api.patch("Container", "made", { spec: { parameters: { x: 1 } } });
              if (type === "MODIFIED" && object.spec.parameters?.x === 1) break;
            }
            const refused = await api.create({ apiVersion: "v1", kind: "Pod", metadata: { name: "A B" }, spec: {} }).catch(error => [error.reason, error instanceof Error]);
            const foreign = await api.shutdown?.().catch(error => error.reason) ?? "no such call";
            const list = (await api.list("Container")).map(({ metadata }) => metadata.name).sort();
            await api.delete("Container", "made");
            message.reply({ refused, foreign, list, gone: await api.get("Container", "nobody") });
          }
        };`,
        "echo.js": echo,
      },
      { runtime },
    );
    await cluster.apply({
      kind: "Container",
      metadata: { name: "counter" },
      spec: { module: "echo", runtimeClassName: "hollow", parameters: { count: 0 } },
    });
    const adders = ["a", "b", "c"];
    await Promise.all([
      ...adders.map(name => cluster.run(name, { module: "adder" })),
      cluster.run("watcher", { module: "watcher" }),
    ]);
    const [, , , seen] = await Promise.all([
      ...adders.map(name => cluster.api.request(name, 10)),
      cluster.api.request("watcher", "go"),
    ]);
    expect((await cluster.get("Container", "counter"))?.spec.parameters).toEqual({ count: 30 });
    expect(seen).toMatchObject({
      refused: [expect.stringMatching(/Invalid|BadRequest/), true],
      foreign: "no such call",
    });
    const writers = new Set(
      cluster
        .history()
        .filter(({ key }) => key.name === "counter")
        .map(({ actor }) => actor),
    );
    expect([...writers]).toEqual(expect.arrayContaining(adders.map(name => `pod/default/${name}`)));
  });
});

describe("what only a process contains", () => {
  it("a worker that aborts, or kills its process, dies alone", { timeout: 30_000 }, async () => {
    await using cluster = await scene({
      "aborts.js": "export default () => process.abort();",
      "kills.js": "export default () => process.kill(process.pid, 'SIGKILL');",
      "echo.js": echo,
    });
    await cluster.run("echo", { module: "echo" });
    for (const name of ["aborts", "kills"]) {
      await cluster.declare(name, { module: name, runtimeClassName: "process", restartPolicy: "Never" });
      const { last } = await cluster.podWhose(name, ({ exitCode }) => exitCode !== undefined);
      expect(last?.exitCode).toBeGreaterThan(128);
    }
    expect(await cluster.api.request("echo", 1)).toMatchObject({ said: 1 });
  });
});

describe("the folder of images", () => {
  it("that is not there: the pod says so, and runs when it comes", async () => {
    await using cluster = await scene({}, { images: "/nowhere/at/all" });
    await cluster.declare("echo", { module: "echo" });
    expect((await cluster.podWhose("echo", ({ reason }) => reason === "ErrImagePull")).message).toContain(
      "/nowhere/at/all",
    );
    expect(existsSync("/nowhere")).toBe(false);
  });

  it("is never left, by no name and no link", async () => {
    const { mkdir, symlink, writeFile } = await import("node:fs/promises");
    await using cluster = await scene({ "echo.js": echo });
    const inside = `${cluster.folder}/images`;
    await mkdir(inside);
    await writeFile(`${inside}/good.js`, echo);
    await symlink(`${cluster.folder}/echo.js`, `${inside}/link.js`);
    await symlink(cluster.folder, `${inside}/up`);
    await symlink(`${inside}/loop.js`, `${inside}/loop.js`);
    await using jailed = await scene({}, { images: inside });
    const refused = ["../echo", "../../etc/passwd", "..\\echo", "good.js/../../echo.js"];
    for (const module of refused)
      await expect(
        jailed.apply({ kind: "Container", metadata: { name: "x" }, spec: { module } }),
      ).rejects.toMatchObject({ reason: "Invalid" });
    const unknown = [
      "link",
      "link.js",
      "up/echo",
      "up/echo.js",
      `${cluster.folder}/echo.js`,
      "/etc/passwd",
      "file:///etc/passwd",
      "loop",
      "node:fs",
      "data:text/javascript,1",
      "%2e%2e/echo",
      "good.js/x",
    ];
    for (const [number, module] of unknown.entries()) {
      await jailed.declare(`p${number}`, { module });
      const { reason } = await jailed.podWhose(
        `p${number}`,
        ({ reason }) => reason !== undefined && /Image/.test(reason),
      );
      expect(["ErrImagePull", "ImagePullBackOff", "InvalidImageName"], module).toContain(reason);
    }
    await jailed.run("good", { module: `${inside}/good.js` });
  });
});
