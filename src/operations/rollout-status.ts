/**
 * How far a workload's template has come, read from its status, in the sentences of kubectl: for `cluster.rollout.status` and for
 * `k4s rollout status`, which knows the workload from the API alone.
 */
import { ApiError } from "../errors/index.ts";
import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from "../resources/index.ts";
import type { RolledOut } from "./rollout-revisions.ts";

/** How far a template has come: the sentence is kubectl's. */
export interface RolloutStatus {
  readonly done: boolean;
  readonly message: string;
}

/** Throws Timeout where its progress deadline has passed, BadRequest where it waits for its pods to be deleted (`OnDelete`). */
export function rolloutStatus(workload: RolledOut | ReplicaSet): RolloutStatus {
  switch (workload.kind) {
    case "Deployment":
      return deploymentStatus(workload);
    case "StatefulSet":
      return statefulSetStatus(workload);
    case "DaemonSet":
      return daemonSetStatus(workload);
    case "ReplicaSet":
      return replicaSetStatus(workload);
  }
}

/** The short form rolls its changes out by itself, and says how many copies are as it wants them. */
function replicaSetStatus(workload: ReplicaSet): RolloutStatus {
  const { name } = workload.metadata;
  if (!isSeen(workload)) return waiting("Waiting for replica set spec update to be observed...");
  const { replicas: wanted = 1 } = workload.spec;
  const { replicas = 0, availableReplicas = 0 } = workload.status ?? {};
  const what = `Waiting for replica set ${JSON.stringify(name)} rollout to finish:`;
  if (replicas > wanted)
    return waiting(`${what} ${replicas - wanted} old replicas are pending termination...`);
  if (availableReplicas < wanted)
    return waiting(`${what} ${availableReplicas} of ${wanted} updated replicas are available...`);
  return { done: true, message: `replica set ${JSON.stringify(name)} successfully rolled out` };
}

function isSeen({ metadata, status }: RolledOut | ReplicaSet): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}

function waiting(message: string): RolloutStatus {
  return { done: false, message };
}

function deploymentStatus(workload: Deployment): RolloutStatus {
  const { name } = workload.metadata;
  if (!isSeen(workload)) return waiting("Waiting for deployment spec update to be observed...");
  const { replicas: wanted = 1 } = workload.spec;
  const { conditions = [], updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = workload.status ?? {};
  if (conditions.some(({ type, reason }) => type === "Progressing" && reason === "ProgressDeadlineExceeded"))
    throw new ApiError("Timeout", `deployment ${JSON.stringify(name)} exceeded its progress deadline`);
  const what = `Waiting for deployment ${JSON.stringify(name)} rollout to finish:`;
  if (updatedReplicas < wanted)
    return waiting(`${what} ${updatedReplicas} out of ${wanted} new replicas have been updated...`);
  if (replicas > updatedReplicas)
    return waiting(`${what} ${replicas - updatedReplicas} old replicas are pending termination...`);
  if (availableReplicas < updatedReplicas)
    return waiting(`${what} ${availableReplicas} of ${updatedReplicas} updated replicas are available...`);
  return { done: true, message: `deployment ${JSON.stringify(name)} successfully rolled out` };
}

function daemonSetStatus(workload: DaemonSet): RolloutStatus {
  const { name } = workload.metadata;
  if (workload.spec.updateStrategy?.type === "OnDelete") throw onDelete();
  if (!isSeen(workload)) return waiting("Waiting for daemon set spec update to be observed...");
  const {
    updatedNumberScheduled = 0,
    desiredNumberScheduled: wanted = 0,
    numberAvailable = 0,
  } = workload.status ?? {};
  const what = `Waiting for daemon set ${JSON.stringify(name)} rollout to finish:`;
  if (updatedNumberScheduled < wanted)
    return waiting(`${what} ${updatedNumberScheduled} out of ${wanted} new pods have been updated...`);
  if (numberAvailable < wanted)
    return waiting(`${what} ${numberAvailable} of ${wanted} updated pods are available...`);
  return { done: true, message: `daemon set ${JSON.stringify(name)} successfully rolled out` };
}

function statefulSetStatus(workload: StatefulSet): RolloutStatus {
  const { spec, status } = workload;
  if (spec.updateStrategy?.type === "OnDelete") throw onDelete();
  if (!isSeen(workload)) return waiting("Waiting for statefulset spec update to be observed...");
  const { replicas: wanted = 1 } = spec;
  const { readyReplicas = 0, updatedReplicas = 0, updateRevision, currentRevision } = status ?? {};
  if (readyReplicas < wanted) return waiting(`Waiting for ${wanted - readyReplicas} pods to be ready...`);
  const { partition = 0 } = spec.updateStrategy?.rollingUpdate ?? {};
  if (partition > 0) {
    if (updatedReplicas < wanted - partition)
      return waiting(
        `Waiting for partitioned roll out to finish: ${updatedReplicas} out of ${wanted - partition} new pods have been updated...`,
      );
    return {
      done: true,
      message: `partitioned roll out complete: ${updatedReplicas} new pods have been updated...`,
    };
  }
  if (updateRevision !== currentRevision)
    return waiting(
      `waiting for statefulset rolling update to complete ${updatedReplicas} pods at revision ${updateRevision}...`,
    );
  const { currentReplicas = 0 } = status ?? {};
  return {
    done: true,
    message: `statefulset rolling update complete ${currentReplicas} pods at revision ${currentRevision}...`,
  };
}

function onDelete(): ApiError {
  return new ApiError("BadRequest", "rollout status is only available for RollingUpdate strategy type");
}
