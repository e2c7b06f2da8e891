/**
 * Moving pods away on purpose, as `kubectl drain` does: the node gets no more of them, and each that is there is asked to go by
 * the Eviction API, which keeps what PodDisruptionBudgets promise. Where a budget forbids it, it is asked again each second.
 */
import type { Api, Caller, Client } from "./api/index.ts";
import { ApiError } from "./errors/index.ts";
import type { Clock } from "./outside/index.ts";
import { controllerOf, hasEnded, type KindRegistry, type Pod } from "./resources/index.ts";

export interface EvictOptions {
  /** How long the pod has to end, in seconds; its own time where left out. */
  readonly gracePeriodSeconds?: number;
}

export interface DrainOptions extends EvictOptions {
  /** Pods that no controller owns go too, although nothing makes them anew. Default false: they refuse the drain. */
  readonly force?: boolean;
  /** How long all of it may take, in milliseconds. Default 10 minutes. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface DrainParts {
  readonly client: Client;
  readonly api: Pick<Api, "create">;
  readonly caller: Caller;
  readonly kinds: KindRegistry;
  readonly clock: Clock;
}

const usualMs = 600_000;
const againMs = 1_000;
const mirror = "kubernetes.io/config.mirror";

/** Fails with TooManyRequests where a budget forbids it now, NotFound where there is no such pod. */
export async function evict(
  { api, caller, kinds }: DrainParts,
  { namespace, name }: Pick<Pod["metadata"], "namespace" | "name">,
  { gracePeriodSeconds }: EvictOptions = {},
): Promise<void> {
  const target = { kind: kinds.find("Pod"), namespace, name, subresource: "eviction" };
  const body = {
    apiVersion: "policy/v1",
    kind: "Eviction",
    metadata: { namespace, name },
    ...(gracePeriodSeconds !== undefined && { deleteOptions: { gracePeriodSeconds } }),
  };
  await api.create(caller, target, body);
}

/** Fails with NotFound where there is no such node. */
export async function cordon({ client }: DrainParts, name: string, unschedulable: boolean): Promise<void> {
  await client.patch("Node", name, { spec: { unschedulable: unschedulable || null } });
}

/**
 * Resolves when the pods that were there are gone; those of DaemonSets stay, as they would come back. Fails with BadRequest,
 * before anything is done, where pods would be lost that no controller owns; with Timeout where budgets, or pods, hold out.
 */
export async function drain(parts: DrainParts, node: string, options: DrainOptions = {}): Promise<void> {
  const { client, clock } = parts;
  const { force = false, timeoutMs = usualMs } = options;
  const until = clock.now() + timeoutMs;
  const there = (await client.list("Pod", { fieldSelector: `spec.nodeName=${node}` })).filter(mustLeave);
  const lost = there.filter(pod => controllerOf(pod) === undefined && !hasEnded(pod));
  if (lost.length > 0 && !force) {
    const names = lost.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(", ");
    throw new ApiError(
      "BadRequest",
      `no controller would make these pods anew: ${names} (force: true drains them)`,
    );
  }
  await cordon(parts, node, true);
  await Promise.all(there.map(pod => moveAway(parts, pod, { ...options, until })));
}

function mustLeave(pod: Pod): boolean {
  return controllerOf(pod)?.kind !== "DaemonSet" && pod.metadata.annotations?.[mirror] === undefined;
}

async function moveAway(
  parts: DrainParts,
  { metadata: { namespace, name, uid } }: Pod,
  { until, signal, ...options }: DrainOptions & { readonly until: number },
): Promise<void> {
  const { client, clock } = parts;
  for (;;) {
    const pod = await client.get("Pod", name, namespace);
    if (pod?.metadata.uid !== uid) return;
    try {
      await evict(parts, pod.metadata, options);
      break;
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== "TooManyRequests") throw error;
      if (clock.now() < until) {
        await clock.sleep(againMs, signal);
        continue;
      }
      throw new ApiError(
        "Timeout",
        `Pod ${namespace}/${name} could not be evicted in time`,
        {},
        { cause: error },
      );
    }
  }
  const timeoutMs = Math.max(0, until - clock.now());
  await client.waitFor(`Pod/${namespace}/${name}`, pod => pod?.metadata.uid !== uid, { timeoutMs, signal });
}
