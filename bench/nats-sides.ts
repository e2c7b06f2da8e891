/**
 * Requests between two processes by way of a nats-server: from the program of a cluster to a thread of a joined node, beside a bare loop of
 * `request` of NATS' own client. Each side has a server and a second process of its own.
 */
import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { connect } from "@nats-io/transport-node";
import { loadK4s } from "./k4s.ts";
import { freePort } from "./object-server.ts";
import { dist, root, workers } from "./places.ts";
import type { OpenSide, Side } from "./row.ts";
import { answersPerSecond, type Load } from "./workers/load.mjs";

export const bareNats = "bare nats.request";

/** Debian has it where not every user's PATH leads. */
const natsServer = [process.env.NATS_SERVER, "nats-server", "/usr/sbin/nats-server"].find(
  each => each && spawnSync(each, ["--version"], { stdio: "ignore" }).status === 0,
);

export function natsSides(load: Load): Map<string, OpenSide> {
  if (natsServer === undefined) return new Map([["k4s", noServer]]);
  return new Map<string, OpenSide>([
    ["k4s", () => k4sSide(load)],
    [bareNats, () => bareSide(load)],
  ]);
}

async function noServer(): Promise<Side> {
  throw new Error("there is no nats-server here");
}

async function k4sSide(load: Load): Promise<Side> {
  const { Cluster } = await loadK4s();
  const nats = await startServer();
  const options = { servers: [nats.url] };
  const cluster = new Cluster({ images: [workers], nodes: 0, nats: options });
  await cluster.start();
  const { url: server, ca } = await cluster.serve();
  const token = { id: "aaaaaa", secret: "0123456789abcdef" };
  await cluster.create({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `bootstrap-token-${token.id}`, namespace: "kube-system" },
    type: "bootstrap.kubernetes.io/token",
    stringData: {
      "token-id": token.id,
      "token-secret": token.secret,
      "usage-bootstrap-authentication": "true",
    },
  });
  const joining = { server, ca, token: `${token.id}.${token.secret}`, name: "far", images: workers };
  const node = await started("joined-node.mjs", [
    pathToFileURL(join(dist, "index.js")).href,
    JSON.stringify({ ...joining, nats: options }),
  ]);
  await cluster.apply({ kind: "Container", metadata: { name: "echo" }, spec: { module: "echo" } });
  await cluster.waitFor("Container/echo", "Ready");
  const request = (body: unknown) => cluster.api.request("echo", body);
  await request({});
  return {
    round: () => answersPerSecond(request, load),
    async close() {
      await ended(node);
      await cluster.stop();
      await nats.stop();
    },
  };
}

async function bareSide(load: Load): Promise<Side> {
  const nats = await startServer();
  const echo = await started("nats-echo.mjs", [nats.url]);
  const connection = await connect({ servers: nats.url });
  const request = async (body: unknown) =>
    (await connection.request("echo", JSON.stringify(body), { timeout: 10_000 })).json();
  return {
    round: () => answersPerSecond(request, load),
    async close() {
      await connection.close();
      await ended(echo);
      await nats.stop();
    },
  };
}

async function startServer(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const port = await freePort();
  const server = spawn(natsServer ?? "", ["-a", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  const url = `nats://127.0.0.1:${port}`;
  const first = await connect({ servers: url, waitOnFirstConnect: true, reconnectTimeWait: 50 });
  await first.close();
  return {
    url,
    async stop() {
      server.kill();
      await once(server, "exit");
    },
  };
}

async function started(program: string, args: readonly string[]): Promise<ChildProcess> {
  const child = fork(join(root, "bench", "servers", program), args);
  await once(child, "message");
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  child.disconnect();
  await once(child, "exit");
}
