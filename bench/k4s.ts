/**
 * The k4s side of every comparison, through the public API only and with default options: images in bench/workers,
 * a ReplicaSet, a Service over it, and `cluster.api`.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Peer } from "./peers/peer.d.mts";
import { dist, workers } from "./places.ts";

/** The part of the cluster's promise that is measured. */
export interface Cluster {
  start(): Promise<void>;
  serve(): Promise<{ readonly url: string; readonly ca: string }>;
  stop(): Promise<void>;
  /** Where Ingresses are reached. */
  readonly ingress: string | undefined;
  apply(manifest: string | object | object[]): Promise<unknown>;
  create(draft: object): Promise<unknown>;
  get(kind: string, name: string): Promise<WithStatus | undefined>;
  list(kind: string): Promise<WithStatus[]>;
  patch(kind: string, name: string, patch: object): Promise<unknown>;
  delete(kind: string, name: string): Promise<unknown>;
  waitFor(
    ref: string,
    condition: string | ((object: WithStatus) => boolean),
    options?: { timeoutMs?: number },
  ): Promise<unknown>;
  readonly api: {
    request(
      to: string,
      body: unknown,
      options?: { timeoutMs?: number; transfer?: ArrayBuffer[] },
    ): Promise<unknown>;
    send(to: string, body: unknown): Promise<void>;
  };
}
interface WithStatus {
  readonly metadata: { readonly name: string };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** Loads the built k4s. Rows that do not mean to count this call it before the clock runs. */
export async function loadK4s(): Promise<{
  Cluster: new (options: object) => Cluster;
  VirtualClock: new () => { advance(ms: number): Promise<void> };
}> {
  return await import(pathToFileURL(join(dist, "index.js")).href);
}

export async function startCluster(options: { nodes?: number; ingress?: string } = {}): Promise<Cluster> {
  const { Cluster } = await loadK4s();
  const cluster = new Cluster({ images: [workers], ...options });
  await cluster.start();
  return cluster;
}

export interface Replicas {
  readonly name: string;
  /** The module in bench/workers; the function of the same name where none is given. */
  readonly module: string;
  readonly function?: string;
  readonly replicas: number;
  readonly parameters?: object;
}

/** A ReplicaSet of a worker function. */
export function replicaSet({ name, module, function: fn = module, replicas, parameters }: Replicas): object {
  const template = { module, function: fn, ...(parameters && { parameters }) };
  return { apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { name }, spec: { replicas, template } };
}

/** A Service over all replicas of the ReplicaSet of the same name. */
function serviceOver(name: string): object {
  return { apiVersion: "v1", kind: "Service", metadata: { name }, spec: { selector: `${name}-*` } };
}

/** Applies both and waits until all replicas answer. */
export async function serve(cluster: Cluster, replicas: Replicas): Promise<void> {
  await cluster.apply([replicaSet(replicas), serviceOver(replicas.name)]);
  await allReady(cluster, replicas.name, replicas.replicas);
  await cluster.waitFor(`Service/${replicas.name}`, () => true);
}

/** How many objects are applied at once: a manifest may have 3 MB. */
const appliedAtOnce = 1_000;

/** Applies the objects, many at once. */
export async function applyMany(cluster: Cluster, objects: readonly object[]): Promise<void> {
  for (let from = 0; from < objects.length; from += appliedAtOnce)
    await cluster.apply(objects.slice(from, from + appliedAtOnce));
}

/** Resolves once the ReplicaSet counts so many ready replicas. How long a side may take is the row's affair (measure.ts). */
export async function allReady(cluster: Cluster, name: string, count: number): Promise<void> {
  const isReady = (set: WithStatus) => (set.status?.readyReplicas ?? 0) === count;
  await cluster.waitFor(`ReplicaSet/${name}`, isReady, { timeoutMs: 600_000 });
}

/** A Service of echoes as a peer like any other. An ArrayBuffer is handed over rather than copied, there and back. */
export function k4sEcho(): Peer {
  let cluster: Cluster;
  return {
    name: "k4s",
    async start(count) {
      cluster = await startCluster();
      await serve(cluster, { name: "echo", module: "echo", replicas: count });
    },
    request: body =>
      body instanceof ArrayBuffer
        ? cluster.api.request("echo", body, { transfer: [body] })
        : cluster.api.request("echo", body),
    stop: () => cluster.stop(),
  };
}
