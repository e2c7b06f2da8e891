/**
 * Servers and clients from npm, unchanged, in pods and beside the cluster. Those that are not installed, or that the machine does not have, are
 * left out, and the names of the tests say so.
 */
import { once } from "node:events";
import { createRequire } from "node:module";
import { type AddressInfo, createServer } from "node:net";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { postgres, type RealServer, redis, startPostgres, startRedis } from "./real-servers.ts";
import { type Scene, scene } from "./scene.ts";

const require = createRequire(import.meta.url);
const names = [
  "express",
  "fastify",
  "@grpc/grpc-js",
  "pg",
  "ioredis",
  "mysql2",
  "undici",
  "chokidar",
] as const;
const found = Object.fromEntries(
  names.map(name => {
    try {
      return [name, require.resolve(name)];
    } catch {
      return [name, undefined];
    }
  }),
) as Readonly<Record<(typeof names)[number], string | undefined>>;
const url = (name: (typeof names)[number]) => JSON.stringify(pathToFileURL(found[name] ?? name).href);
const without = (what: string, isThere: unknown) =>
  isThere ? what : `${what} (left out: it is not on this machine)`;

const grpcDefinition = `
const text = { requestSerialize: Buffer.from, requestDeserialize: String, responseSerialize: Buffer.from, responseDeserialize: String };
const Say = { path: "/shop.Greeter/Say", requestStream: false, responseStream: false, ...text };`;

const programs = {
  "express.mjs": `import express from ${url("express")};
    const app = express();
    app.get("/hello", (asked, answer) => answer.json({ by: "express", ip: asked.ip, host: asked.hostname }));
    const server = app.listen(80);
    process.on("SIGTERM", () => server.close());`,
  "fastify.cjs": `const app = require(${JSON.stringify(found.fastify ?? "")})();
    app.get("/hello", async asked => ({ by: "fastify", ip: asked.ip }));
    app.listen({ port: 80, host: "0.0.0.0" });
    process.on("SIGTERM", () => app.close());`,
  "grpc.mjs": `import grpc from ${url("@grpc/grpc-js")};
    ${grpcDefinition}
    const bytes = each => each;
    const Check = { path: "/grpc.health.v1.Health/Check", requestStream: false, responseStream: false, requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes };
    const server = new grpc.Server();
    server.addService({ Say }, { Say: (call, answer) => answer(null, "hello " + call.request + ", " + call.getPeer().split(":")[0]) });
    server.addService({ Check }, { Check: (_, answer) => answer(null, Buffer.from([8, 1])) });
    server.bindAsync("0.0.0.0:50051", grpc.ServerCredentials.createInsecure(), () => {});
    process.on("SIGTERM", () => server.tryShutdown(() => process.exit()));`,
  // The half of mysql2 that speaks as a server does.
  "mysql.cjs": `const { createServer } = require(${JSON.stringify(found.mysql2 ?? "")});
    const column = { catalog: "def", schema: "", table: "", orgTable: "", orgName: "", characterSet: 33, columnLength: 255, columnType: 253, flags: 0, decimals: 0 };
    const server = createServer();
    server.on("connection", connection => {
      connection.on("error", () => {});
      connection.serverHandshake({ protocolVersion: 10, serverVersion: "8.0", connectionId: 1, statusFlags: 2, characterSet: 8, capabilityFlags: 0xffffff });
      connection.on("query", sql => connection.writeTextResult([{ said: sql, to: connection.stream.remoteAddress }], ["said", "to"].map(name => ({ ...column, name }))));
    });
    server.listen(3306);
    process.on("SIGTERM", () => process.exit());`,
  // Each stream ends after two events: an EventSource connects again, and says what came last.
  "events.mjs": `import http from "node:http";
    http.createServer(({ headers }, answer) => {
      const last = Number(headers["last-event-id"] ?? 0);
      answer.writeHead(200, { "content-type": "text/event-stream" });
      answer.write("retry: 10\\n\\n");
      answer.end([1, 2].map(n => "id: " + (last + n) + "\\ndata: " + headers.host + " " + (last + n) + "\\n\\n").join(""));
    }).listen(80);
    process.on("SIGTERM", () => process.exit());`,
  "watcher.mjs": `import { readFileSync } from "node:fs";
    import { basename } from "node:path";
    import { watch } from ${url("chokidar")};
    const seen = [];
    const folder = watch("/etc/shop", { ignored: path => basename(path).startsWith("..") });
    folder.on("ready", () => seen.push("ready"));
    folder.on("all", (event, path) => seen.push([event, basename(path), ...(["add", "change"].includes(event) ? [readFileSync(path, "utf8")] : [])].join(" ")));
    export default async ({ inbox }) => {
      for await (const message of inbox) message.reply(seen);
    };`,
  "client.mjs": `import { connect } from "node:net";
    const does = {
      get: url => fetch(url).then(answer => answer.text()),
      async grpc(host) {
        const { default: grpc } = await import(${url("@grpc/grpc-js")});
        ${grpcDefinition}
        const Greeter = grpc.makeGenericClientConstructor({ Say }, "Greeter");
        const client = new Greeter(host, grpc.credentials.createInsecure());
        try {
          return await new Promise((resolve, reject) => client.Say("you", (error, answer) => (error ? reject(error) : resolve(answer))));
        } finally {
          client.close();
        }
      },
      async pg(host) {
        const { default: pg } = await import(${url("pg")});
        const client = new pg.Client({ host, user: "shop", database: "postgres" });
        await client.connect();
        try {
          await client.query("create table if not exists orders (id serial, what text)");
          const { rows } = await client.query("insert into orders (what) values ($1) returning what", ["a book"]);
          return rows[0].what;
        } finally {
          await client.end();
        }
      },
      async ioredis(host) {
        const { default: Redis } = await import(${url("ioredis")});
        const client = new Redis({ host, retryStrategy: null });
        try {
          await client.set("basket", "full");
          return await client.get("basket");
        } finally {
          client.disconnect();
        }
      },
      async mysql2(host) {
        const { default: mysql } = await import(${url("mysql2")});
        const pool = mysql.createPool({ host, user: "shop", connectionLimit: 2 }).promise();
        try {
          return (await Promise.all(["select 1", "select 2", "select 3"].map(sql => pool.query(sql)))).map(([rows]) => Object.values(rows[0]).join(" to "));
        } finally {
          await pool.end();
        }
      },
      async events(url) {
        const { EventSource } = await import(${url("undici")});
        const source = new EventSource(url);
        const heard = [];
        try {
          return await new Promise((resolve, reject) => {
            source.onmessage = ({ data }) => heard.push(data) === 5 && resolve(heard.slice());
            source.onerror = ({ error, message }) => source.readyState === EventSource.CLOSED && reject(error ?? new Error(message));
          });
        } finally {
          source.close();
        }
      },
      hello: (host, port) => new Promise((resolve, reject) => connect(port, host).on("error", reject).on("data", text => resolve(String(text)))),
    };
    export default async ({ inbox }) => {
      for await (const message of inbox) {
        const [what, ...given] = message.body;
        does[what](...given).then(value => message.reply(value), error => message.reply(error.code ?? String(error)));
      }
    };`,
};

describe.each(["thread", "process"])("in a %s", runtime => {
  let cluster: Scene;
  let clientIP: string;
  const runtimeClass = runtime === "process" ? { runtimeClassName: "process" } : {};
  const resources = { limits: { memory: "200Mi" } };
  beforeAll(async () => {
    cluster = await scene(programs);
    await cluster.apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "client" },
      spec: {
        ...runtimeClass,
        containers: [{ name: "client", image: "client", command: ["default"], resources }],
      },
    });
    await cluster.waitFor("Pod/client", "Ready", { timeoutMs: 30_000 });
    clientIP = (await cluster.get("Pod", "client"))?.status?.podIP ?? "";
  }, 60_000);
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  const does = (...what: unknown[]) => cluster.api.request("client", what, { timeoutMs: 20_000 });

  /** A Deployment of two and its Service. */
  async function serve(name: string, port: number, readinessProbe: object): Promise<void> {
    const labels = { app: name };
    const containers = [
      { name, image: name, resources, readinessProbe: { ...readinessProbe, periodSeconds: 1 } },
    ];
    await cluster.apply([
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name },
        spec: {
          replicas: 2,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { ...runtimeClass, containers } },
        },
      },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name },
        spec: { selector: labels, ports: [{ port }] },
      },
    ]);
    await cluster.waitFor(`Deployment/${name}`, "Available", { timeoutMs: 30_000 });
  }

  /** A Service without a selector, for what is outside of the cluster. */
  const outside = (name: string, port: number, spec: object) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { ports: [{ port }], ...spec },
  });
  const sliceOf = (name: string, port: number) => ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${name}-1`, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    endpoints: [{ addresses: ["127.0.0.1"] }],
    ports: [{ port }],
  });

  it.skipIf(!found.express)(without("Express", found.express), { timeout: 40_000 }, async () => {
    await serve("express", 80, { httpGet: { port: 80, path: "/hello" } });
    const said = JSON.parse(String(await does("get", "http://express/hello")));
    expect(said).toEqual({ by: "express", ip: clientIP, host: "express" });
  });

  it.skipIf(!found.fastify)(without("Fastify", found.fastify), { timeout: 40_000 }, async () => {
    await serve("fastify", 80, { httpGet: { port: 80, path: "/hello" } });
    const said = JSON.parse(String(await does("get", "http://fastify.default/hello")));
    expect(said).toEqual({ by: "fastify", ip: clientIP });
  });

  it.skipIf(!found["@grpc/grpc-js"])(
    without("grpc-js, with a probe of gRPC", found["@grpc/grpc-js"]),
    { timeout: 40_000 },
    async () => {
      await serve("grpc", 50_051, { grpc: { port: 50_051 } });
      expect(await does("grpc", "grpc:50051")).toBe(`hello you, ${clientIP}`);
      expect(await does("grpc", "dns:///grpc.default.svc.cluster.local:50051")).toBe(
        `hello you, ${clientIP}`,
      );
    },
  );

  it.skipIf(!found.mysql2)(
    without("mysql2, its client and its server", found.mysql2),
    { timeout: 40_000 },
    async () => {
      await serve("mysql", 3306, { tcpSocket: { port: 3306 } });
      expect(await does("mysql2", "mysql")).toEqual(
        ["select 1", "select 2", "select 3"].map(sql => `${sql} to ${clientIP}`),
      );
    },
  );

  it.skipIf(!found.undici)(
    without("EventSource of undici, which connects again", found.undici),
    { timeout: 40_000 },
    async () => {
      await serve("events", 80, { tcpSocket: { port: 80 } });
      expect(await does("events", "http://events/")).toEqual([1, 2, 3, 4, 5].map(n => `events ${n}`));
    },
  );

  it.skipIf(!found.chokidar)(
    without("chokidar, over a ConfigMap that changes", found.chokidar),
    { timeout: 40_000 },
    async () => {
      const shop = (greeting: string, others: object = {}) => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "shop" },
        data: { greeting, ...others },
      });
      await cluster.apply([
        shop("hello", { old: "1" }),
        {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "watcher" },
          spec: {
            ...runtimeClass,
            terminationGracePeriodSeconds: 0,
            volumes: [{ name: "shop", configMap: { name: "shop" } }],
            containers: [
              {
                name: "watcher",
                image: "watcher",
                command: ["default"],
                resources,
                volumeMounts: [{ name: "shop", mountPath: "/etc/shop" }],
              },
            ],
          },
        },
      ]);
      await cluster.waitFor("Pod/watcher", "Ready", { timeoutMs: 30_000 });
      const seen = () => cluster.api.request("watcher", "seen", { timeoutMs: 20_000 });
      await expect.poll(seen).toContain("ready");
      await cluster.apply(shop("good day", { fresh: "1" }));
      await expect
        .poll(seen, { timeout: 20_000 })
        .toEqual(expect.arrayContaining(["change greeting good day", "add fresh 1", "unlink old"]));
      await cluster.delete("Pod", "watcher");
    },
  );

  it("a server of the machine, by Services without a selector", async () => {
    const server = createServer(socket => socket.end("from the machine")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await cluster.apply([
      outside("sliced", 7000, {}),
      sliceOf("sliced", port),
      outside("listed", 7000, { externalIPs: ["192.0.2.10"] }),
      {
        apiVersion: "v1",
        kind: "Endpoints",
        metadata: { name: "listed" },
        subsets: [{ addresses: [{ ip: "127.0.0.1" }], ports: [{ port }] }],
      },
      outside("headless", port, { clusterIP: "None" }),
      sliceOf("headless", port),
      outside("renamed", port, { type: "ExternalName", externalName: "localhost" }),
    ]);
    const { clusterIP = "" } = (await cluster.get("Service", "sliced"))?.spec ?? {};
    for (const [host, at] of [
      ["sliced", 7000],
      ["sliced.default.svc.cluster.local", 7000],
      [clusterIP, 7000],
      ["listed", 7000],
      ["192.0.2.10", 7000],
      ["headless", port],
      ["renamed", port],
    ])
      await expect.poll(() => does("hello", host, at), { timeout: 10_000 }).toBe("from the machine");
    expect(await does("hello", "sliced", 7001)).toBe("ECONNREFUSED");
    server.close();
    await once(server, "close");
    expect(await does("hello", "sliced", 7000)).toBe("ECONNREFUSED");
  });

  describe.each([
    ["pg", "a PostgreSQL", postgres, startPostgres, 5432, "a book"],
    ["ioredis", "a Redis", redis, startRedis, 6379, "full"],
  ] as const)("%s", (client, what, isThere, start, port, answer) => {
    const canRun = isThere !== undefined && found[client] !== undefined;
    it.skipIf(!canRun)(
      without(`reaches ${what} of the machine by the name of a Service`, canRun),
      {
        timeout: 60_000,
      },
      async () => {
        const server: RealServer = await start();
        try {
          await cluster.apply([outside("store", port, {}), sliceOf("store", server.port)]);
          await expect.poll(() => does(client, "store"), { timeout: 10_000 }).toBe(answer);
          await cluster.delete("Service", "store");
          await cluster.delete("EndpointSlice", "store-1");
        } finally {
          await server.stop();
        }
      },
    );
  });
});
