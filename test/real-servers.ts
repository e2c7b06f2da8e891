/**
 * Servers that are no part of a cluster, as a machine has them: a PostgreSQL, a Redis, a NATS on a free port of loopback. Undefined where the
 * machine has none: a test that needs one says so.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface RealServer {
  readonly port: number;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const debian = "/usr/lib/postgresql";
const folders = [
  ...(process.env.PATH ?? "").split(delimiter),
  // Where Debian has servers, which not every user has in the PATH.
  "/usr/sbin",
  ...(existsSync(debian) ? readdirSync(debian).map(version => join(debian, version, "bin")) : []),
];
const program = (name: string) => folders.map(folder => join(folder, name)).find(each => existsSync(each));

export const postgres = program("initdb") && program("postgres");
export const redis = program("redis-server");
export const natsServer = process.env.NATS_SERVER ?? program("nats-server");

/** PostgreSQL does not run as root. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

export async function startPostgres(): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), "k4s-pg-"));
  if (nobody.uid !== undefined) chownSync(folder, nobody.uid, nobody.gid);
  const options = { ...nobody, cwd: folder, stdio: "ignore" } as const;
  execFileSync(program("initdb") ?? "", ["-D", join(folder, "data"), "-U", "shop", "-A", "trust"], options);
  const port = await freePort();
  const settings = [`port=${port}`, "listen_addresses=127.0.0.1", "unix_socket_directories="];
  const args = ["-D", join(folder, "data"), ...settings.flatMap(each => ["-c", each])];
  return running(spawn(postgres ?? "", args, options), port, folder);
}

export async function startRedis(): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), "k4s-redis-"));
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder];
  return running(spawn(redis ?? "", args, { stdio: "ignore" }), port, folder);
}

/** @param config of the file that it reads, besides where it listens; @param at a port of one that was there before */
export async function startNats(config = "", at?: number): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), "k4s-nats-"));
  const port = at ?? (await freePort());
  writeFileSync(join(folder, "nats.conf"), `listen: 127.0.0.1:${port}\n${config}\n`);
  return running(
    spawn(natsServer ?? "", ["-c", join(folder, "nats.conf")], { stdio: "ignore" }),
    port,
    folder,
  );
}

async function running(child: ChildProcess, port: number, folder: string): Promise<RealServer> {
  const ended = once(child, "exit");
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode}`);
    await sleep(50);
  }
  return {
    port,
    async stop(signal = "SIGINT") {
      child.kill(signal);
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
