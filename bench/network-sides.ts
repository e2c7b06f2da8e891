/** The sides of the rows about ordinary programs: a server and a client in two pods, and in two threads by hand. */
import { join } from "node:path";
import { type Cluster, serve, startCluster } from "./k4s.ts";
import { loadPeer } from "./peers.ts";
import { peersFolder } from "./places.ts";
import type { OpenSide, Side } from "./row.ts";
import type { Load } from "./workers/load.mjs";

interface RawHttp {
  start(): Promise<void>;
  answersPerSecond(load: Load): Promise<number>;
  stop(): Promise<void>;
}

/** @param client what the program in the second pod uses: it calls the first by the name of its Service */
export function podsSide(client: "http" | "undici" | "dns", load: Load): OpenSide {
  return async (): Promise<Side> => {
    const cluster: Cluster = await startCluster();
    await serve(cluster, { name: "web", module: "http-server", function: "httpServer", replicas: 1 });
    await cluster.apply({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web" },
      spec: { selector: "web-*", ports: [{ port: 80 }] },
    });
    await serve(cluster, { name: "caller", module: "http-caller", function: "httpCaller", replicas: 1 });
    const to = { host: client === "dns" ? "web.default.svc.cluster.local" : "web" };
    const body = { client, to, peers: join(peersFolder, "raw-http.mjs"), ...load };
    return {
      round: async () => Number(await cluster.api.request("caller", body)),
      close: () => cluster.stop(),
    };
  };
}

export function rawHttpSide(make: "rawHttpTcp" | "rawUndiciUnix", load: Load): OpenSide {
  return async () => {
    const peer = await loadPeer<RawHttp>("raw-http", make);
    await peer.start();
    return { round: () => peer.answersPerSecond(load), close: () => peer.stop() };
  };
}
