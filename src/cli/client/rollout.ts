/** `k4s rollout`: how far a workload has come, and to start it anew. */
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "../../errors/index.ts";
import { shownName } from "./apply.ts";
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";
import { oneTarget, pathOf, resourcesOf, theOne } from "./resources.ts";

interface Workload {
  readonly metadata: { readonly generation?: number };
  readonly spec: { readonly replicas?: number; readonly paused?: boolean };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly { readonly type: string; readonly reason?: string }[];
  };
}

export interface RolloutOptions extends WhereOptions {
  readonly timeout: number;
}

async function found(words: readonly string[], options: WhereOptions) {
  const connection = new Connection(options);
  const { word, name } = oneTarget(words);
  const resource = theOne(word, await resourcesOf(connection));
  return { connection, resource, name, path: pathOf(resource, connection.namespace, name) };
}

/** Resolves when it is rolled out; fails with a Timeout, or where its deadline has passed. */
export async function rolloutStatus(words: readonly string[], options: RolloutOptions): Promise<void> {
  const { connection, resource, name, path } = await found(words, options);
  const until = Date.now() + options.timeout * 1_000;
  let told = "";
  for (;;) {
    const workload = await connection.json<Workload>(path);
    const missing = whatIsMissing(workload);
    if (missing === undefined) {
      process.stdout.write(`${shownName(resource, name)} successfully rolled out\n`);
      return;
    }
    if (workload.status?.conditions?.some(({ reason }) => reason === "ProgressDeadlineExceeded"))
      throw new ApiError("Timeout", `${shownName(resource, name)} exceeded its progress deadline`);
    if (missing !== told) process.stdout.write(`Waiting for ${shownName(resource, name)}: ${missing}\n`);
    told = missing;
    if (Date.now() > until) throw new ApiError("Timeout", `${shownName(resource, name)}: ${missing}`);
    await sleep(100);
  }
}

function whatIsMissing({ metadata, spec, status = {} }: Workload): string | undefined {
  const { replicas = 1 } = spec;
  const {
    observedGeneration = 0,
    updatedReplicas,
    readyReplicas = 0,
    availableReplicas = readyReplicas,
  } = status;
  if (observedGeneration < (metadata.generation ?? 0)) return "its controller has not seen it yet";
  if (updatedReplicas !== undefined && updatedReplicas < replicas)
    return `${updatedReplicas} of ${replicas} new replicas are there`;
  if ((status.replicas ?? 0) > replicas)
    return `${(status.replicas ?? 0) - replicas} old replicas are still there`;
  if (availableReplicas < replicas) return `${availableReplicas} of ${replicas} replicas are available`;
  return undefined;
}

/** All its pods are replaced, by its own strategy. */
export async function rolloutRestart(words: readonly string[], options: WhereOptions): Promise<void> {
  const annotations = { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() };
  await change(words, options, { spec: { template: { metadata: { annotations } } } }, "restarted");
}

export async function rolloutPause(words: readonly string[], options: WhereOptions): Promise<void> {
  await change(words, options, { spec: { paused: true } }, "paused");
}

export async function rolloutResume(words: readonly string[], options: WhereOptions): Promise<void> {
  await change(words, options, { spec: { paused: null } }, "resumed");
}

async function change(
  words: readonly string[],
  options: WhereOptions,
  body: unknown,
  done: string,
): Promise<void> {
  const { connection, resource, name, path } = await found(words, options);
  await connection.text(path, { method: "PATCH", body, contentType: "application/merge-patch+json" });
  process.stdout.write(`${shownName(resource, name)} ${done}\n`);
}
