/**
 * A cluster with its API on a port of its own, and a kubeconfig file with which clients find it. It leaves nothing behind, so
 * that any number of them run side by side. `k4s up` and `k4s with` start one, and so do tests (testing.ts).
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { everyStep, ownFolder } from "../outside/index.ts";
import type { ServeOptions } from "../server/index.ts";
import { Cluster } from "./cluster.ts";
import type { ClusterOptions } from "./options/index.ts";

export interface ServedClusterOptions extends ClusterOptions {
  /** What to apply first: files, or folders of them; or the text of manifests. */
  readonly manifests?: string | readonly (string | URL)[];
  /** Where the API listens; loopback and any free port where left out. */
  readonly listen?: ServeOptions["listen"];
  /** Whether it is encrypted. Default: true. */
  readonly tls?: boolean;
  /** The certificate that it is served with, its key, and by whom clients are to trust it: files. One of its own where left out. */
  readonly tlsCert?: ServeOptions["tlsCert"];
  readonly tlsKey?: ServeOptions["tlsKey"];
  readonly tlsCa?: ServeOptions["tlsCa"];
  /** Where the cluster's DNS server listens, `HOST:PORT`; there is none where left out. */
  readonly dns?: string | number;
  /** What cluster, user and context are called in the kubeconfig. Default: `k4s`. */
  readonly name?: string;
  /** A file for the audit log; "-" for standard output. There is none where left out. */
  readonly auditLog?: string;
  /** A file that says what the audit log tells. */
  readonly auditPolicy?: string;
}

export interface ServedCluster extends AsyncDisposable {
  /** The cluster itself: what is not asked over HTTP. */
  readonly cluster: Cluster;
  /** Where the API is served: `https://127.0.0.1:40123`. */
  readonly url: string;
  /** Where the cluster's DNS server answers: `127.0.0.1:40124`; undefined where there is none. */
  readonly dns: string | undefined;
  /** A file for `KUBECONFIG`, or for `loadFromFile` of a client library. It is removed at the end. */
  readonly kubeconfig: string;
  /** For child processes: `{ ...process.env, ...env }`. */
  readonly env: { readonly KUBECONFIG: string };
  /** Ends it, and all that runs in it. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Resolves when the API answers and the manifests are applied. Fails with an ApiError, and has left nothing behind, where
 * the options or a manifest are wrong or the address is taken.
 */
export async function startServedCluster({
  manifests = [],
  listen,
  tls,
  tlsCert,
  tlsKey,
  tlsCa,
  dns,
  name,
  auditLog,
  auditPolicy,
  ...options
}: ServedClusterOptions = {}): Promise<ServedCluster> {
  const cluster = new Cluster(options);
  const folder = ownFolder("served");
  await mkdir(folder, { mode: 0o700 });
  const kubeconfig = join(folder, "kubeconfig");
  const stop = () => everyStep([() => cluster.stop(), () => rm(folder, { recursive: true, force: true })]);
  try {
    await cluster.start();
    const { url, kubeconfig: text } = await cluster.serve({
      ...(listen !== undefined && { listen }),
      ...(tls !== undefined && { tls }),
      ...(tlsCert !== undefined && { tlsCert }),
      ...(tlsKey !== undefined && { tlsKey }),
      ...(tlsCa !== undefined && { tlsCa }),
      ...(name !== undefined && { name }),
      ...(auditLog !== undefined && { auditLog }),
      ...(auditPolicy !== undefined && { auditPolicy }),
    });
    const names = dns === undefined ? undefined : await cluster.serveDns({ listen: dns });
    if (typeof manifests === "string") await cluster.apply(manifests);
    else for (const path of manifests) await cluster.applyFile(path);
    // It holds a token: for its owner alone.
    await writeFile(kubeconfig, text, { mode: 0o600 });
    const reached = names && (names.host.includes(":") ? `[${names.host}]` : names.host);
    const dnsAt = names && `${reached}:${names.port}`;
    return {
      cluster,
      url,
      dns: dnsAt,
      kubeconfig,
      env: { KUBECONFIG: kubeconfig },
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
