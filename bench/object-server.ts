/** The servers that are measured, each in a process of its own, and how this process asks them: over TLS, as one busy client does. */
import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type Agent, type IncomingMessage, Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "./places.ts";

export const inFlight = 32;

/** What is asked of a server. Each call resolves when the whole answer has come, and rejects where it is a refusal. */
export interface ObjectServer {
  create(name: string): Promise<unknown>;
  get(name: string): Promise<unknown>;
  update(name: string): Promise<unknown>;
  list(count: number): Promise<unknown>;
  /** Calls back with the number of changes that came, until the server closes. Resolves when what is there has been told. */
  watch(changed: (count: number) => void): Promise<void>;
  close(): Promise<void>;
}

const data = { first: "1", second: "2" };

/** A program in bench/servers. */
export async function openHttps(program: string, args: readonly string[]): Promise<ObjectServer> {
  const child = fork(join(root, "bench", "servers", program), args);
  const [{ url, ca, token }] = await once(child, "message");
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const agent = new TlsAgent({ keepAlive: true, maxSockets: inFlight, ca });
  const path = `${url}/api/v1/namespaces/default/configmaps`;
  let updates = 0;
  const ask = (method: string, at: string, body?: object) => answerTo(agent, method, at, headers, body);
  const draft = (name: string, more: object) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name },
    data: { ...data, ...more },
  });
  return {
    create: name => ask("POST", path, draft(name, {})),
    get: name => ask("GET", `${path}/${name}`),
    update: name => ask("PUT", `${path}/${name}`, draft(name, { second: String(++updates) })),
    list: count => ask("GET", `${path}?limit=${count}`),
    async watch(changed) {
      const watching = new TlsAgent({ keepAlive: true, ca });
      const response = await responseTo(watching, "GET", `${path}?watch=true`, headers);
      response.on("data", (bytes: Buffer) => changed(newlinesIn(bytes)));
    },
    async close() {
      agent.destroy();
      await end(child, () => child.disconnect());
    },
  };
}

export function hasEtcd(): boolean {
  return spawnSync("etcd", ["--version"], { stdio: "ignore" }).status === 0;
}

/** Through its JSON gateway, without TLS. */
export async function openEtcd(): Promise<ObjectServer & { readonly url: string }> {
  const folder = mkdtempSync(join(tmpdir(), "k4s-etcd-"));
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const child = spawn(
    "etcd",
    [
      "--data-dir",
      folder,
      "--listen-client-urls",
      client,
      "--advertise-client-urls",
      client,
      "--listen-peer-urls",
      peer,
      "--initial-advertise-peer-urls",
      peer,
      "--initial-cluster",
      `default=${peer}`,
    ],
    { stdio: "ignore" },
  );
  const agent = new PlainAgent({ keepAlive: true, maxSockets: inFlight });
  const headers = { "Content-Type": "application/json" };
  const ask = (path: string, body: object) =>
    answerTo(agent, "POST", `${client}/v3/kv/${path}`, headers, body);
  const encode = (text: string) => Buffer.from(text).toString("base64");
  const put = (name: string, value: string) =>
    ask("put", { key: encode(name), value: encode(JSON.stringify({ metadata: { name }, data: value })) });
  for (let n = 0; ; n++) {
    try {
      await ask("range", { key: encode("none") });
      break;
    } catch (error) {
      if (n === 100) throw error;
      await sleep(100);
    }
  }
  return {
    url: client,
    create: name => put(name, "1"),
    get: name => ask("range", { key: encode(name) }),
    update: name => put(name, "2"),
    list: count => ask("range", { key: encode("o"), range_end: encode("p"), limit: count }),
    watch: () => Promise.reject(new Error("the watch of etcd is not measured")),
    async close() {
      agent.destroy();
      await end(child, () => child.kill());
      rmSync(folder, { recursive: true });
    },
  };
}

async function responseTo(
  agent: Agent | TlsAgent,
  method: string,
  url: string,
  headers: Record<string, string>,
  body?: object,
): Promise<IncomingMessage> {
  const text = body && JSON.stringify(body);
  const send = url.startsWith("https:") ? tlsRequest : plainRequest;
  const length = text === undefined ? {} : { "Content-Length": Buffer.byteLength(text) };
  const request = send(url, { agent, method, headers: { ...headers, ...length } });
  request.end(text);
  const [response] = await once(request, "response");
  return response;
}

async function answerTo(...asked: Parameters<typeof responseTo>): Promise<number> {
  const response = await responseTo(...asked);
  const isRefused = (response.statusCode ?? 0) >= 300;
  let text = "";
  let length = 0;
  response.on("data", (part: Buffer) => {
    length += part.length;
    if (isRefused) text += part;
  });
  await once(response, "end");
  if (isRefused) throw new Error(`${asked[1]} ${asked[2]} was answered with ${response.statusCode}: ${text}`);
  return length;
}

function newlinesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
  return address.port;
}

async function end(child: ChildProcess, ask: () => void): Promise<void> {
  const exited = once(child, "exit");
  ask();
  await exited;
}
