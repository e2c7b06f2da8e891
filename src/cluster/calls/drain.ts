/** How the program that runs a cluster evicts pods, cordons nodes and drains them: by its own API (operations/drain.ts does the rest). */
import type { Api, Caller, Client } from "../../api/index.ts";
import type { DrainPort } from "../../operations/index.ts";
import type { Clock } from "../../outside/index.ts";
import type { KindRegistry, Pod } from "../../resources/index.ts";

export interface EvictOptions {
  /** How long the pod has to end, in seconds; its own time where left out. */
  readonly gracePeriodSeconds?: number;
}

export interface DrainParts {
  readonly client: Client;
  readonly api: Pick<Api, "create">;
  readonly caller: Caller;
  readonly kinds: KindRegistry;
  readonly clock: Clock;
}

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

/** Resolves to whether that changed the node. Fails with NotFound where there is no such node. */
export async function cordon({ client }: DrainParts, name: string, unschedulable: boolean): Promise<boolean> {
  const before = await client.get("Node", name);
  if (before && (before.spec?.unschedulable ?? false) === unschedulable) return false;
  await client.patch("Node", name, { spec: { unschedulable: unschedulable || null } });
  return true;
}

export function drainPort(parts: DrainParts): DrainPort {
  const { client, clock } = parts;
  return {
    ruleNames: {
      force: "force: true",
      deleteEmptyDirData: "deleteEmptyDirData: true",
      ignoreDaemonSets: "ignoreDaemonSets: true",
    },
    pods: (node, labelSelector) =>
      client.list("Pod", {
        fieldSelector: `spec.nodeName=${node}`,
        ...(labelSelector !== undefined && { labelSelector }),
      }),
    cordon: node => cordon(parts, node, true),
    find: ({ metadata }) => client.get("Pod", metadata.name, metadata.namespace),
    evict: (pod, gracePeriodSeconds) => evict(parts, pod.metadata, { gracePeriodSeconds }),
    delete: async ({ metadata: { name, namespace, uid } }, gracePeriodSeconds) => {
      await client.delete("Pod", name, { namespace, gracePeriodSeconds, preconditions: { uid } });
    },
    gone: async ({ metadata: { name, namespace, uid } }, options) => {
      await client.waitFor(`Pod/${namespace}/${name}`, pod => pod?.metadata.uid !== uid, options);
    },
    now: () => clock.now(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    // The program sees it from the pods.
    say: () => {},
    warn: () => {},
  };
}
