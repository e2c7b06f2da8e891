/**
 * A real etcd of one server or several, each in a folder of its own: the program that ETCD names, or that of the machine. What lies in it can be
 * asked for and written past k4s, and it can be reached through a proxy that loses what it is told to. Undefined where there is none.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { request as requestOverTls } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./real-servers.ts";

const paths = (process.env.PATH ?? "").split(delimiter).map(folder => join(folder, "etcd"));
export const etcd = [process.env.ETCD ?? "", ...paths].find(each => each !== "" && existsSync(each));

export interface EtcdProxy {
  readonly url: string;
  /** Nothing gets through any more, until it is mended. */
  cut(): void;
  mend(): void;
  /** The next requests of this path, one unless said otherwise, are carried out, and their answers are lost. */
  loseNextAnswer(path: string, count?: number): void;
  /** The next request of this path gets lost itself. */
  loseNextRequest(path: string): void;
  /** Of this path so many more requests get through; the next get no answer, nor do they get there, until it is mended. Resolves when one has come. */
  holdAfter(path: string, count: number): Promise<void>;
}

export interface RealEtcd {
  readonly url: string;
  readonly pid: number;
  /** What lies under a prefix. */
  range(
    prefix: string,
  ): Promise<{ readonly key: string; readonly value: string; readonly revision: number }[]>;
  put(key: string, value: string): Promise<void>;
  /** All under a prefix, at once. */
  remove(prefix: string): Promise<void>;
  compact(revision: number): Promise<void>;
  /** Ended with the server. */
  proxy(): Promise<EtcdProxy>;
  call(path: string, body: object): Promise<unknown>;
  stop(): Promise<void>;
}

const encoded = (text: string) => Buffer.from(text).toString("base64");
const decoded = (text = "") => Buffer.from(text, "base64").toString();
const endOf = (prefix: string) =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
const under = (prefix: string) => ({ key: encoded(prefix), range_end: encoded(endOf(prefix)) });

/** What etcd shows that it is itself: PEM. */
interface Certificate {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Whether it wants one of who asks, signed by the same. */
  readonly isMutual?: boolean;
}

/**
 * @param certificate it is served over TLS, where this is given
 * @param args for etcd, besides where it listens and keeps what it has
 */
export async function startEtcd(certificate?: Certificate, ...args: string[]): Promise<RealEtcd> {
  // Memory, where the machine has such a folder: each write waits for the disk otherwise.
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "k4s-etcd-"));
  const [client, peer] = [await freePort(), await freePort()];
  const scheme = certificate ? "https" : "http";
  const [url, peerUrl] = [`${scheme}://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  const listen = ["--listen-client-urls", url, "--advertise-client-urls", url, "--listen-peer-urls", peerUrl];
  const peers = ["--initial-advertise-peer-urls", peerUrl, "--initial-cluster", `default=${peerUrl}`];
  const flags = { ca: "--trusted-ca-file", cert: "--cert-file", key: "--key-file" } as const;
  const files = (["ca", "cert", "key"] as const).map(name => {
    if (!certificate) return [];
    const file = join(folder, `${name}.pem`);
    writeFileSync(file, certificate[name], { mode: 0o600 });
    return [flags[name], file];
  });
  const data = ["--data-dir", join(folder, "data")];
  const mutual = certificate?.isMutual ? ["--client-cert-auth"] : [];
  const all = [...data, ...listen, ...peers, ...files.flat(), ...mutual, ...args];
  const { child, ended, hasEnded } = spawned(all);
  const proxies: Server[] = [];
  const call = (path: string, body: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const send = certificate ? requestOverTls : request;
      const asked = send(`${url}${path}`, { method: "POST", ...certificate, agent: false }, async answer => {
        let text = "";
        for await (const chunk of answer) text += chunk;
        if (answer.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${path}: ${text}`));
      });
      asked.once("error", reject);
      asked.end(JSON.stringify(body));
    });
  await answering(() => call("/v3/kv/range", { key: encoded("x") }), hasEnded).catch(async error => {
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  return {
    url,
    pid: child.pid ?? 0,
    call,
    async range(prefix) {
      type Answer = { kvs?: { key: string; value?: string; mod_revision: string }[] };
      const { kvs = [] } = (await call("/v3/kv/range", under(prefix))) as Answer;
      return kvs.map(({ key, value, mod_revision }) => ({
        key: decoded(key),
        value: decoded(value),
        revision: Number(mod_revision),
      }));
    },
    put: async (key, value) => void (await call("/v3/kv/put", { key: encoded(key), value: encoded(value) })),
    remove: async prefix => void (await call("/v3/kv/deleterange", under(prefix))),
    compact: async revision =>
      void (await call("/v3/kv/compaction", { revision: String(revision), physical: true })),
    async proxy() {
      const [server, proxy] = await proxyTo(client);
      proxies.push(server);
      return proxy;
    },
    async stop() {
      for (const server of proxies) {
        server.close();
        server.closeAllConnections();
      }
      child.kill("SIGCONT");
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function spawned(args: readonly string[]) {
  const child = spawn(etcd ?? "", args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", text => {
    said = `${said}${text}`.slice(-2_000);
  });
  const ended = once(child, "exit");
  const hasEnded = () =>
    child.exitCode === null ? undefined : `etcd ended with code ${child.exitCode}: ${said}`;
  return { child, ended, hasEnded };
}

const patienceMs = 45_000;

/** Resolves when it answers; rejects where it has ended, or does not answer however long one waits. */
async function answering(ask: () => Promise<unknown>, hasEnded: () => string | undefined): Promise<void> {
  for (const began = Date.now(); ; await sleep(50)) {
    const problem = await ask().then(
      () => undefined,
      (error: unknown) => `etcd does not answer: ${String(error)}`,
    );
    if (problem === undefined) return;
    const ended = hasEnded();
    if (ended !== undefined || Date.now() - began > patienceMs) throw new Error(ended ?? problem);
  }
}

export interface EtcdMember {
  readonly url: string;
  /** Whether it leads the others. */
  leads(): Promise<boolean>;
  kill(): Promise<void>;
  /** It goes on listening, and does nothing. */
  halt(): void;
  goOn(): void;
  /** Again, with what it had. Resolves when it answers. */
  start(): Promise<void>;
}

/** Several that are one. */
export interface EtcdMembers {
  readonly members: readonly EtcdMember[];
  stop(): Promise<void>;
}

export async function startEtcdMembers(count: number): Promise<EtcdMembers> {
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "k4s-etcd-"));
  const places = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const [client, peer] = [await freePort(), await freePort()];
      return { name: `m${i}`, url: `http://127.0.0.1:${client}`, peer: `http://127.0.0.1:${peer}` };
    }),
  );
  const together = places.map(({ name, peer }) => `${name}=${peer}`).join(",");
  const running = new Map<string, ReturnType<typeof spawned>>();
  const kill = async (name: string) => {
    const { child, ended } = running.get(name) ?? {};
    running.delete(name);
    child?.kill("SIGKILL");
    await ended;
  };
  const members = places.map(({ name, url, peer }): EtcdMember => {
    const post = async (path: string, body: object) => {
      const signal = AbortSignal.timeout(2_000);
      const answer = await fetch(`${url}${path}`, { method: "POST", body: JSON.stringify(body), signal });
      if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
      return (await answer.json()) as { header?: { member_id?: string }; leader?: string };
    };
    return {
      url,
      async leads() {
        const { header, leader } = await post("/v3/maintenance/status", {});
        return leader === header?.member_id;
      },
      kill: () => kill(name),
      halt: () => void running.get(name)?.child.kill("SIGSTOP"),
      goOn: () => void running.get(name)?.child.kill("SIGCONT"),
      async start() {
        const listen = ["--listen-client-urls", url, "--advertise-client-urls", url];
        const peers = ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer];
        const all = ["--name", name, "--data-dir", join(folder, name), "--initial-cluster", together];
        const member = spawned([...all, ...listen, ...peers]);
        running.set(name, member);
        await answering(() => post("/v3/kv/range", { key: encoded("x") }), member.hasEnded);
      },
    };
  });
  const stop = async () => {
    await Promise.all([...running.keys()].map(kill));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(members.map(member => member.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return { members, stop };
}

async function proxyTo(port: number): Promise<[Server, EtcdProxy]> {
  let isCut = false;
  let lost = { path: "", left: 0 };
  let asked: string | undefined;
  let held: { path: string; left: number; came: () => void } | undefined;
  const server = createServer((from, to) => {
    const isLost = asked === from.url;
    if (isLost) asked = undefined;
    if (isCut || isLost) return void from.socket.destroy();
    if (held && held.path === from.url && held.left-- <= 0) return held.came();
    const losesAnswer = lost.path === from.url && lost.left-- > 0;
    const { url, method, headers } = from;
    const onwards = request({ port, path: url, method, headers, agent: false }, answered => {
      if (losesAnswer) {
        answered.resume().once("end", () => from.socket.destroy());
        return;
      }
      to.writeHead(answered.statusCode ?? 500, answered.headers);
      to.flushHeaders();
      answered.pipe(to);
    });
    onwards.once("error", () => from.socket.destroy());
    to.once("close", () => onwards.destroy());
    from.pipe(onwards);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy: EtcdProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      isCut = true;
      server.closeAllConnections();
    },
    mend() {
      isCut = false;
      held = undefined;
    },
    loseNextAnswer(path, count = 1) {
      lost = { path, left: count };
    },
    loseNextRequest(path) {
      asked = path;
    },
    holdAfter: (path, count) =>
      new Promise(resolve => {
        held = { path, left: count, came: resolve };
      }),
  };
  return [server, proxy];
}
