/** The sides of the row about what comes from outside: k4s' Ingress in front of a pod, and proxies by themselves. */
import { spawnSync } from "node:child_process";
import { type Cluster, serve, startCluster } from "./k4s.ts";
import { byPace } from "./pace.ts";
import { loadPeer } from "./peers.ts";
import type { OpenSide } from "./row.ts";
import type { Load } from "./workers/load.mjs";

interface Proxy {
  start(): Promise<void>;
  answersPerSecond(load: Load): Promise<number>;
  stop(): Promise<void>;
}

interface Client {
  start(port: number): Promise<void>;
  answersPerSecond(load: Load): Promise<number>;
  stop(): Promise<unknown>;
}

const name = "web";

/** Before some ten thousand answers a proxy is not what people have after its first seconds: V8 has not optimized it yet. */
const warmUpMs = byPace(0, 3_000, 5_000);

/** Its thread is the cluster's; the pod and the client have threads of their own. */
export function ingressSide(load: Load): OpenSide {
  return async () => {
    const cluster = await startCluster({ ingress: "127.0.0.1:0" });
    await serve(cluster, { name, module: "http-server", function: "httpServer", replicas: 1 });
    await cluster.apply([
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name },
        spec: { selector: `${name}-*`, ports: [{ port: 80 }] },
      },
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: { name },
        spec: { defaultBackend: { service: { name, port: { number: 80 } } } },
      },
    ]);
    const port = portOf(cluster);
    await untilAnswered(port);
    const client = await loadPeer<Client>("proxies", "clientThread");
    await client.start(port);
    await warmUp(client, load);
    return {
      round: () => client.answersPerSecond(load),
      close: async () => {
        await client.stop();
        await cluster.stop();
      },
    };
  };
}

export function proxySide(make: "httpxyProxy" | "nginxProxy", load: Load): OpenSide {
  return async () => {
    const proxy = await loadPeer<Proxy>("proxies", make);
    await proxy.start();
    await warmUp(proxy, load);
    return { round: () => proxy.answersPerSecond(load), close: () => proxy.stop() };
  };
}

async function warmUp(side: Pick<Proxy, "answersPerSecond">, { inFlight }: Load): Promise<void> {
  if (warmUpMs > 0) await side.answersPerSecond({ inFlight, ms: warmUpMs });
}

export function hasNginx(): boolean {
  return spawnSync("nginx", ["-v"], { stdio: "ignore" }).status === 0;
}

function portOf({ ingress }: Cluster): number {
  if (!ingress) throw new Error("The cluster has no Ingress.");
  return Number(ingress.slice(ingress.lastIndexOf(":") + 1));
}

/** A server listens some moments after its container is ready, and rules hold some moments after they are applied. */
async function untilAnswered(port: number): Promise<void> {
  for (let n = 0; ; n++) {
    const { status } = await fetch(`http://127.0.0.1:${port}/1`);
    if (status === 200) return;
    if (n === 100) throw new Error(`The Ingress answers ${status}.`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
