/**
 * Moving pods away on purpose, as `kubectl drain` does: the node gets no more of them, and each that is there is asked to go by
 * the Eviction API, which keeps what PodDisruptionBudgets promise. Where a budget forbids it, it is asked again each second.
 */
import type { Api, Caller, Client } from "../../api/index.ts";
import { ApiError, hasReason } from "../../errors/index.ts";
import type { Clock } from "../../outside/index.ts";
import { controllerOf, hasEnded, type KindRegistry, type Pod } from "../../resources/index.ts";

export interface EvictOptions {
  /** How long the pod has to end, in seconds; its own time where left out. */
  readonly gracePeriodSeconds?: number;
}

export interface DrainOptions extends EvictOptions {
  /** Pods that no controller owns go too, although nothing makes them anew. Default false: they refuse the drain. */
  readonly force?: boolean;
  /** Pods that have an emptyDir go too, although what is in it is lost. Default false: they refuse the drain. */
  readonly deleteEmptyDirData?: boolean;
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
 * before anything is done, where pods or data would be lost for good; with Timeout where budgets, or pods, hold out. Where one
 * pod cannot be moved, no further one is evicted once it fails.
 */
export async function drain(parts: DrainParts, node: string, options: DrainOptions = {}): Promise<void> {
  const { client, clock } = parts;
  const { timeoutMs = usualMs, signal } = options;
  const until = clock.now() + timeoutMs;
  const there = (await client.list("Pod", { fieldSelector: `spec.nodeName=${node}` })).filter(mustLeave);
  assertNothingLost(there, options);
  await cordon(parts, node, true);
  const failing = new AbortController();
  const given = AbortSignal.any(signal ? [signal, failing.signal] : [failing.signal]);
  const moves = there.map(pod =>
    moveAway(parts, pod, { ...options, until, signal: given }).catch(error => failing.abort(error)),
  );
  await Promise.all(moves);
  failing.signal.throwIfAborted();
}

/** What kubectl refuses, too: each with the option that has the pods go all the same. */
function assertNothingLost(
  pods: readonly Pod[],
  { force = false, deleteEmptyDirData = false }: DrainOptions,
): void {
  const going = pods.filter(pod => !hasEnded(pod));
  const alone = force ? [] : going.filter(pod => controllerOf(pod) === undefined);
  const withData = deleteEmptyDirData ? [] : going.filter(({ spec }) => spec.volumes?.some(hasEmptyDir));
  const problems = [
    ...(alone.length > 0
      ? [`no controller would make these pods anew: ${namesOf(alone)} (force: true drains them)`]
      : []),
    ...(withData.length > 0
      ? [`these pods keep data in an emptyDir: ${namesOf(withData)} (deleteEmptyDirData: true drains them)`]
      : []),
  ];
  if (problems.length > 0) throw new ApiError("BadRequest", problems.join("; "));
}

function hasEmptyDir({ emptyDir }: { readonly emptyDir?: unknown }): boolean {
  return emptyDir !== undefined;
}

function namesOf(pods: readonly Pod[]): string {
  return pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(", ");
}

function mustLeave(pod: Pod): boolean {
  return controllerOf(pod)?.kind !== "DaemonSet" && pod.metadata.annotations?.[mirror] === undefined;
}

async function moveAway(
  parts: DrainParts,
  { metadata: { namespace, name, uid } }: Pod,
  { until, signal, ...options }: DrainOptions & { readonly until: number; readonly signal: AbortSignal },
): Promise<void> {
  const { client, clock } = parts;
  for (;;) {
    const pod = await client.get("Pod", name, namespace);
    if (pod?.metadata.uid !== uid) return;
    signal.throwIfAborted();
    try {
      await evict(parts, pod.metadata, options);
      break;
    } catch (error) {
      // It went by itself since it was read.
      if (hasReason(error, "NotFound")) return;
      if (!hasReason(error, "TooManyRequests")) throw error;
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
