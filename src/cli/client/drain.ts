/**
 * `k4s node cordon`, `uncordon` and `drain`: what kubectl does under these names, with the rights of the user that asks, over the
 * Kubernetes API alone. Which pods go, and when a drain is refused, operations/drain.ts says, as it does for the library.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, hasReason, messageOf } from "../../errors/index.ts";
import { cordon, type DrainPort, empty } from "../../operations/index.ts";
import type { Node, Pod } from "../../resources/index.ts";
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";
import { nodeIn } from "./node.ts";

export interface DrainVerbOptions extends WhereOptions {
  readonly force?: boolean;
  readonly ignoreDaemonsets?: boolean;
  readonly deleteEmptydirData?: boolean;
  readonly disableEviction?: boolean;
  readonly gracePeriod: number;
  readonly podSelector?: string;
  /** Seconds; 0: as long as it takes. */
  readonly timeout: number;
}

/** Cordons all, so that what leaves one does not go to the next; then drains one after another. Where one fails, the others are drained all the same, as by kubectl. */
export async function nodeDrain(names: readonly string[], options: DrainVerbOptions): Promise<void> {
  const port = drainPort(new Connection(options));
  const { force, ignoreDaemonsets = false, deleteEmptydirData, disableEviction } = options;
  const { gracePeriod, podSelector, timeout } = options;
  const pending: { readonly node: string; readonly error: unknown }[] = [];
  const nodes = names.map(nodeIn);
  for (const node of nodes) await cordon(port, node);
  for (const node of nodes) {
    try {
      await empty(port, node, {
        ...{ force, disableEviction, podSelector },
        ignoreDaemonSets: ignoreDaemonsets,
        deleteEmptyDirData: deleteEmptydirData,
        // As in kubectl, a negative one means the pod's own.
        ...(gracePeriod >= 0 && { gracePeriodSeconds: gracePeriod }),
        timeoutMs: timeout === 0 ? Number.POSITIVE_INFINITY : timeout * 1_000,
      });
    } catch (error) {
      if (nodes.length === 1) throw error;
      port.warn(
        `unable to drain node ${JSON.stringify(node)} due to error: ${messageOf(error)}, continuing...`,
      );
      pending.push({ node, error });
    }
  }
  const [first] = pending;
  if (!first) return;
  port.warn(`There are pending nodes to be drained:\n${pending.map(({ node }) => ` ${node}`).join("\n")}`);
  throw first.error;
}

export async function nodeCordon(
  names: readonly string[],
  options: WhereOptions,
  unschedulable: boolean,
): Promise<void> {
  const connection = new Connection(options);
  for (const node of names.map(nodeIn)) {
    const changed = await setUnschedulable(connection, node, unschedulable);
    process.stdout.write(`node/${node} ${changed ? "" : "already "}${unschedulable ? "" : "un"}cordoned\n`);
  }
}

function pathOf({ metadata: { namespace = "", name } }: Pod, subresource = ""): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}${subresource}`;
}

/** Resolves to whether that changed the node. */
async function setUnschedulable(
  connection: Connection,
  name: string,
  unschedulable: boolean,
): Promise<boolean> {
  const path = `/api/v1/nodes/${encodeURIComponent(name)}`;
  const { spec } = await connection.json<Node>(path);
  if ((spec?.unschedulable ?? false) === unschedulable) return false;
  const body = { spec: { unschedulable: unschedulable || null } };
  await connection.text(path, { method: "PATCH", body, contentType: "application/merge-patch+json" });
  return true;
}

function drainPort(connection: Connection): DrainPort {
  const find = async (pod: Pod): Promise<Pod | undefined> => {
    try {
      return await connection.json<Pod>(pathOf(pod));
    } catch (error) {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    }
  };
  const wait = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal });
  return {
    ruleNames: {
      force: "--force",
      deleteEmptyDirData: "--delete-emptydir-data",
      ignoreDaemonSets: "--ignore-daemonsets",
    },
    pods: async (node, labelSelector) => {
      const query = new URLSearchParams({ fieldSelector: `spec.nodeName=${node}` });
      if (labelSelector !== undefined) query.set("labelSelector", labelSelector);
      return (await connection.json<{ readonly items: readonly Pod[] }>(`/api/v1/pods?${query}`)).items;
    },
    cordon: node => setUnschedulable(connection, node, true),
    find,
    evict: async (pod, gracePeriodSeconds) => {
      const { namespace, name } = pod.metadata;
      const body = {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { namespace, name },
        deleteOptions: { gracePeriodSeconds },
      };
      await connection.text(pathOf(pod, "/eviction"), { method: "POST", body });
    },
    delete: async (pod, gracePeriodSeconds) => {
      const preconditions = { uid: pod.metadata.uid };
      const body = { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds, preconditions };
      await connection.text(pathOf(pod), { method: "DELETE", body });
    },
    gone: async (pod, { timeoutMs, signal }) => {
      const until = Date.now() + timeoutMs;
      while ((await find(pod))?.metadata.uid === pod.metadata.uid) {
        if (Date.now() >= until) throw new ApiError("Timeout", "it is still there");
        await wait(100, signal);
      }
    },
    now: () => Date.now(),
    sleep: wait,
    say: text => void process.stdout.write(`${text}\n`),
    warn: text => void process.stderr.write(`${text}\n`),
  };
}
