/**
 * Containers as their authors meet them, on real threads: what they are told, what they may ask of the cluster, what is
 * read of what they print, and what is said when they are wrong.
 */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { echo, type Scene, scene } from "./scene.ts";

/** A worker in TypeScript whose error has a line of its own. */
const thrower = `import type { WorkerContext } from "k4s";
interface Order { amount: number }

export default async function pay({ inbox }: WorkerContext) {
  for await (const message of inbox) check(message.body as Order);
}

function check(order: Order): void {
  throw new RangeError("too much: " + order.amount);
}
`;

const librarian = `export default async ({ inbox, api }) => {
  for await (const message of inbox) {
    const [verb, ...args] = message.body;
    try {
      message.reply(await api[verb](...args));
    } catch (error) {
      message.reply({ name: error.constructor.name, reason: error.reason, message: error.message });
    }
  }
};`;

const watcher = `export default async ({ inbox, api }) => {
  const seen = [];
  const done = new AbortController();
  (async () => {
    for await (const { type, object } of api.watch("Service", { labelSelector: "watched", signal: done.signal }))
      seen.push(type + " " + object.metadata.name);
    seen.push("end");
  })();
  for await (const message of inbox) {
    if (message.body === "stop") done.abort();
    message.reply(seen);
  }
};`;

const printer = `export default async ({ log, self, stopping }) => {
  console.log("one");
  console.error("two");
  process.stdout.write("three\\n");
  log.info("four", { restarts: self.restarts });
  if (self.restarts === 0) process.exit(3);
  console.log("stays");
  await new Promise(resolve => stopping.addEventListener("abort", resolve));
  console.log("bye");
};`;

const server = `import { createServer } from "node:http";
const ports = createServer((request, response) => {
  response.statusCode = request.url === "/healthy" && request.headers["x-who"] === "probe" ? 200 : 500;
  response.end();
});
ports.listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => ports.close());`;

let k4s: Scene;

beforeAll(async () => {
  k4s = await scene({
    "echo.js": echo,
    "thrower.ts": thrower,
    "librarian.js": librarian,
    "watcher.js": watcher,
    "printer.js": printer,
    "server.mjs": server,
    "environment.js":
      "export default async ({ inbox, env }) => { for await (const m of inbox) m.reply({ ...env }); };",
    "broken.ts": "export default async () => {\n  const x: = 1;\n};\n",
    "importer.ts": 'import { nothing } from "./not-there.ts";\nexport default () => nothing;\n',
    "requirer.ts": 'import nothing from "not-installed";\nexport default () => nothing;\n',
    "value.ts": 'export const limit = 3;\nexport const name = "x";\n',
    "calc.ts": "export function calculator() {}\nexport function average() {}\n",
    "brief.ts": 'export default () => "done";\n',
    "moving.js": 'export default async ({ inbox }) => { for await (const m of inbox) m.reply("first"); };',
    "slow-start.js": "await new Promise(resolve => setTimeout(resolve, 600_000));\nexport default () => {};",
  });
});
afterAll(() => k4s[Symbol.asyncDispose]());

/** Asks again and again, until it is so. */
function until<T>(question: () => T) {
  return expect.poll(question, { timeout: 10_000, interval: 10 });
}

/** A pod of several containers, which the short form does not have. */
async function pod(name: string, spec: object): Promise<void> {
  await k4s.apply({ apiVersion: "v1", kind: "Pod", metadata: { name, labels: { app: name } }, spec });
}

describe("what it is told", () => {
  it("has its environment: its own, the pod's, its limits", async () => {
    const from = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });
    const of = (resource: string, divisor?: string) => ({
      valueFrom: { resourceFieldRef: { resource, divisor } },
    });
    await pod("environment", {
      containers: [
        {
          name: "app",
          image: "environment",
          resources: { limits: { memory: "64Mi", cpu: "1500m" } },
          env: [
            { name: "PLAIN", value: "a" },
            { name: "BUILT", value: "$(PLAIN)-$(MISSING)-$$(PLAIN)" },
            { name: "POD", ...from("metadata.name") },
            { name: "LABEL", ...from("metadata.labels['app']") },
            { name: "NODE", ...from("spec.nodeName") },
            { name: "IP", ...from("status.podIP") },
            { name: "MEMORY", ...of("limits.memory", "1Mi") },
            { name: "CPUS", ...of("limits.cpu") },
            { name: "MILLIS", ...of("requests.cpu", "1m") },
          ],
        },
      ],
    });
    await k4s.waitFor("Pod/environment", "Ready");
    const env = (await k4s.api.request("pod/environment", "")) as Record<string, string>;
    expect(env).toMatchObject({
      PLAIN: "a",
      BUILT: "a-$(MISSING)-$(PLAIN)",
      POD: "environment",
      LABEL: "environment",
      NODE: "node-0",
      MEMORY: "64",
      CPUS: "2",
      MILLIS: "1500",
      HOSTNAME: "environment",
    });
    expect(env.IP).toMatch(/^127\./);
    expect(env.VITEST).toBeUndefined();
  });

  it("is not created with a ConfigMap that is not there, and says so", async () => {
    const envFrom = [{ configMapRef: { name: "settings" } }];
    await pod("unset", { containers: [{ name: "app", image: "echo", envFrom }] });
    const state = await k4s.podWhose("unset", ({ reason }) => reason === "CreateContainerConfigError");
    expect(state.message).toBe('configmap "settings" not found');
    await k4s.delete("Pod", "unset");
    await k4s.waitFor("Pod/unset", "deleted");
  });
});

describe("what it may ask of the cluster", () => {
  const ask = (...call: unknown[]) => k4s.api.request("librarian", call) as Promise<Record<string, unknown>>;
  const service = (name: string, labels = {}) => ({
    kind: "Service",
    metadata: { name, labels },
    spec: { selector: { app: name }, ports: [{ port: 80 }] },
  });

  it("creates, reads, changes, applies and deletes", async () => {
    await k4s.run("librarian", { module: "librarian" });
    expect(await ask("create", service("made"))).toMatchObject({
      metadata: { name: "made", namespace: "default" },
    });
    expect(await ask("get", "Service", "made")).toMatchObject({ spec: { selector: { app: "made" } } });
    await ask("patch", "Service", "made", { metadata: { labels: { by: "worker" } } });
    const listed = (await ask("list", "Service", { labelSelector: "by=worker" })) as unknown as object[];
    expect(listed).toHaveLength(1);
    await ask("apply", "kind: Service\nmetadata: { name: applied }\nspec: { selector: 'x-*' }");
    expect(await k4s.get("Service", "applied")).toBeDefined();
    await ask("delete", "Service", "made");
    expect(await ask("get", "Service", "made")).toBeUndefined();
  });

  it("is told the cluster's errors, by class and reason", async () => {
    expect(await ask("delete", "Service", "nobody")).toMatchObject({ name: "ApiError", reason: "NotFound" });
    expect(await ask("create", { kind: "Service", metadata: { name: "Bad Name" } })).toMatchObject({
      name: "ApiError",
      reason: "Invalid",
    });
    expect(await ask("apply", "kind: Servize\nmetadata: { name: x }")).toMatchObject({ name: "ApiError" });
  });

  it("watches, until it has seen enough", async () => {
    await k4s.run("watcher", { module: "watcher" });
    const seen = () => k4s.api.request("watcher", "") as Promise<string[]>;
    await k4s.create({ apiVersion: "v1", ...service("unwatched") });
    await k4s.create({ apiVersion: "v1", ...service("watched", { watched: "yes" }) });
    await until(seen).toContain("ADDED watched");
    await k4s.patch("Service", "watched", { metadata: { labels: { watched: "still" } } });
    await k4s.delete("Service", "watched");
    await until(seen).toEqual(expect.arrayContaining(["MODIFIED watched", "DELETED watched"]));
    await k4s.api.request("watcher", "stop");
    await until(seen).toContain("end");
  });
});

describe("what is read of what it prints", () => {
  it("is in order, of this instance and of the one before", async () => {
    await k4s.run("printer", { module: "printer" });
    await k4s.podWhose("printer", ({ restarts, running }) => restarts === 1 && running);
    await until(async () => await k4s.logs("Pod/printer")).toContain("stays");
    expect(await k4s.logs("Pod/printer")).toBe('one\ntwo\nthree\ninfo: four {"restarts":1}\nstays\n');
    expect(await k4s.logs("Pod/printer", { previous: true })).toBe(
      'one\ntwo\nthree\ninfo: four {"restarts":0}\n',
    );
    expect(await k4s.logs("Pod/printer", { tailLines: 1 })).toBe("stays\n");
    const [first] = (await k4s.logs("Pod/printer", { timestamps: true })).split("\n");
    expect(first).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z one$/);
  });

  it("is followed to the end", async () => {
    const lines: string[] = [];
    const following = (async () => {
      for await (const line of k4s.logs("Pod/printer", { follow: true })) lines.push(line.trimEnd());
    })();
    await until(() => lines).toContain("stays");
    await k4s.delete("Container", "printer");
    await following;
    expect(lines.at(-1)).toBe("bye");
  });

  it("is refused with the reason where there is nothing to read", async () => {
    await k4s.declare("nowhere", { module: "nowhere" });
    await k4s.podWhose("nowhere", ({ reason }) => reason === "ImagePullBackOff");
    await expect(k4s.logs("Pod/nowhere")).rejects.toMatchObject({
      reason: "BadRequest",
      message: 'container "main" in pod "nowhere" is waiting to start: trying and failing to pull image',
    });
  });
});

describe("how it is probed", () => {
  it("is asked by message in its own container, whichever place that has", async () => {
    const probe = { exec: { command: ["request", '{"who":"probe"}'] }, periodSeconds: 1, timeoutSeconds: 5 };
    const mute =
      "export default async ({ inbox }) => { for await (const message of inbox) message.fail('no'); };";
    await k4s.write({ "mute.js": mute });
    await pod("pair", {
      containers: [
        { name: "first", image: "mute" },
        { name: "second", image: "echo", readinessProbe: probe },
      ],
    });
    await k4s.waitFor("Pod/pair", "Ready");
    await pod("mute", { containers: [{ name: "first", image: "mute", readinessProbe: probe }] });
    expect(await k4s.told("Pod/mute", "Unhealthy")).toMatch(/^Readiness probe failed: .*no\n$/);
  });

  it("answers on a port, by HTTP and TCP", async () => {
    const port = 20_000 + (process.pid % 10_000);
    await pod("server", {
      containers: [
        {
          name: "app",
          image: "server.mjs",
          ports: [{ name: "http", containerPort: port }],
          env: [{ name: "PORT", value: String(port) }],
          startupProbe: { tcpSocket: { port }, periodSeconds: 1 },
          readinessProbe: {
            httpGet: { path: "/healthy", port: "http", httpHeaders: [{ name: "X-Who", value: "probe" }] },
            periodSeconds: 1,
          },
          livenessProbe: { httpGet: { path: "/ill", port: "http" }, failureThreshold: 100, periodSeconds: 1 },
        },
      ],
    });
    await k4s.waitFor("Pod/server", "Ready");
    expect(await k4s.told("Pod/server", "Unhealthy")).toMatch(
      /HTTP probe failed with statuscode: 500|ECONNREFUSED/,
    );
  });
});

describe("what it runs", () => {
  it("is the code as it is when it starts the next time", async () => {
    await k4s.run("moving", { module: "moving" });
    expect(await k4s.api.request("moving", "")).toBe("first");
    await k4s.write({
      "moving2.js":
        'export default async ({ inbox }) => { for await (const m of inbox) m.reply("second"); };',
    });
    await k4s.patch(
      "Pod",
      "moving",
      { spec: { containers: [{ name: "main", image: "moving2" }] } },
      { type: "strategic" },
    );
    await until(() => k4s.api.request("pod/moving", "").catch(String)).toBe("second");
  });

  it("is deleted while its module loads, at once", async () => {
    await k4s.declare("slow", { module: "slow-start", terminationGracePeriodSeconds: 1 });
    await k4s.waitFor("Pod/slow", pod => pod !== undefined);
    await k4s.delete("Container", "slow");
    await k4s.waitFor("Pod/slow", "deleted", { timeoutMs: 10_000 });
  });

  it("says it where there is no such folder", async () => {
    await using lost = await scene({}, { images: path.join(k4s.folder, "gone") });
    await lost.declare("echo", { module: "echo" });
    const { message } = await lost.podWhose("echo", ({ reason }) => reason === "ErrImagePull");
    expect(message).toContain(`not found in ${path.join(k4s.folder, "gone")}`);
  });

  it("may have a name that a catalogue leads to", async () => {
    await writeFile(path.join(k4s.folder, "images.yaml"), "'*/pause*': echo\nnginx*: echo\n");
    await k4s.run("foreign", { module: "registry.test/pause:3.10" });
    expect(await k4s.api.request("foreign", 1)).toMatchObject({ said: 1 });
  });
});

describe("what is said when it is wrong", () => {
  const waitingFor = async (name: string, spec: object, reason: string) => {
    await k4s.declare(name, spec);
    return (await k4s.podWhose(name, state => state.reason === reason)).message;
  };

  it("points at the line of the TypeScript file that threw", async () => {
    await k4s.run("thrower", { module: "thrower" });
    await k4s.api.request("thrower", { amount: 7 }).catch(() => {});
    const { last } = await k4s.podWhose("thrower", ({ restarts }) => restarts > 0);
    expect(last?.message).toContain("RangeError: too much: 7");
    expect(last?.message).toMatch(/thrower\.ts:9:9/);
    expect(last?.message).toMatch(/thrower\.ts:5:/);
    expect(await k4s.logs("Pod/thrower", { previous: true })).toContain("thrower.ts:9:9");
  });

  it("names file, line and column of a syntax error", async () => {
    expect(await waitingFor("broken", { module: "broken" }, "ErrImagePull")).toMatch(
      /broken\.ts:2:12: Unexpected "="/,
    );
  });

  it.each([["importer", /importer\.ts:1:\d+: Could not resolve "\.\/not-there\.ts"/]])(
    "says what %s imports in vain",
    async (module, message) => {
      expect(await waitingFor(module, { module }, "ErrImagePull")).toMatch(message);
    },
  );

  it("says which package is not installed", async () => {
    await k4s.declare("requirer", { module: "requirer" });
    const { last } = await k4s.podWhose("requirer", ({ last }) => last !== undefined);
    expect(last?.message).toContain("Cannot find module 'not-installed'");
  });

  it.each([
    [
      "calc",
      "calulator",
      'exports no function "calulator": it exports average, calculator; did you mean "calculator"?',
    ],
    ["value", "limit", 'exports no function "limit": it exports a number of that name, and no function'],
  ])("says what %s exports instead of %s", async (module, name, message) => {
    expect(await waitingFor(`${module}-${name}`, { module, function: name }, "RunContainerError")).toContain(
      message,
    );
  });

  it("explains a function that returns at once", async () => {
    await k4s.declare("brief", { module: "brief" });
    await k4s.podWhose("brief", ({ reason }) => reason === "CrashLoopBackOff");
    const events = (await k4s.events("Pod/brief")).map(({ message = "" }) => message);
    expect(events).toContainEqual(expect.stringContaining("ended by itself"));
    expect(events).toContainEqual(expect.stringContaining("restartPolicy"));
  });
});
