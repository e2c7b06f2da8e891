/**
 * A real etcd of one server, in a folder of its own: the program that ETCD names, or that of the machine. What lies in it can be asked
 * for and written past k4s, and it can be reached through a proxy that loses what it is told to. Undefined where there is none.
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
  /** The next request of this path is carried out, and its answer is lost. */
  loseNextAnswer(path: string): void;
  /** The next request of this path gets lost itself. */
  loseNextRequest(path: string): void;
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
  const flags = { cert: "--cert-file", key: "--key-file" } as const;
  const files = (["cert", "key"] as const).map(name => {
    if (!certificate) return [];
    const file = join(folder, `${name}.pem`);
    writeFileSync(file, certificate[name], { mode: 0o600 });
    return [flags[name], file];
  });
  const data = ["--data-dir", join(folder, "data")];
  const all = [...data, ...listen, ...peers, ...files.flat(), ...args];
  const child = spawn(etcd ?? "", all, { stdio: "ignore" });
  const ended = once(child, "exit");
  const proxies: Server[] = [];
  const call = (path: string, body: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const send = certificate ? requestOverTls : request;
      const asked = send(
        `${url}${path}`,
        { method: "POST", ca: certificate?.ca, agent: false },
        async answer => {
          let text = "";
          for await (const chunk of answer) text += chunk;
          if (answer.statusCode === 200) resolve(JSON.parse(text));
          else reject(new Error(`${path}: ${text}`));
        },
      );
      asked.once("error", reject);
      asked.end(JSON.stringify(body));
    });
  while (
    !(await call("/v3/kv/range", { key: encoded("x") }).then(
      () => true,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error(`etcd ended with code ${child.exitCode}`);
    await sleep(50);
  }
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

async function proxyTo(port: number): Promise<[Server, EtcdProxy]> {
  let isCut = false;
  let answer: string | undefined;
  let asked: string | undefined;
  const server = createServer((from, to) => {
    const isLost = asked === from.url;
    if (isLost) asked = undefined;
    if (isCut || isLost) return void from.socket.destroy();
    const losesAnswer = answer === from.url;
    if (losesAnswer) answer = undefined;
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
    },
    loseNextAnswer(path) {
      answer = path;
    },
    loseNextRequest(path) {
      asked = path;
    },
  };
  return [server, proxy];
}
