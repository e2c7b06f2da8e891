/**
 * What must be right in the status of a workload that is written, as in Kubernetes' `pkg/apis/apps/validation`: counts are not negative,
 * no part is more than the whole, and the count of collisions, from which names are made, never falls.
 */
import type { Cause } from "../../../errors/index.ts";
import { invalidValue } from "../../faults.ts";
import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from "../../generated/kubernetes.gen.ts";
import type { Draft } from "../../object.ts";
import { negative } from "../numbers.ts";

type Counts = Readonly<Record<string, unknown>>;

function countOf(status: Counts, name: string): number {
  const value = status[name];
  return typeof value === "number" ? value : 0;
}

function negatives(status: Counts, names: readonly string[]): Cause[] {
  return names.flatMap(name => negative(`status.${name}`, countOf(status, name)));
}

/** What is more than `whole`, of which it is a part. */
function beyond(status: Counts, parts: readonly string[], whole: string, told = whole): Cause[] {
  return parts.flatMap(name => {
    const count = countOf(status, name);
    if (count <= countOf(status, whole)) return [];
    return [invalidValue(`status.${name}`, count, `cannot be greater than ${told}`)];
  });
}

function fewerCollisions(status: Counts, old: Counts): Cause[] {
  const count = countOf(status, "collisionCount");
  if (count >= countOf(old, "collisionCount")) return [];
  return [invalidValue("status.collisionCount", count, "cannot be decremented")];
}

export function deploymentStatusFaults({ status = {} }: Draft<Deployment>, old: Deployment): Cause[] {
  const parts = ["updatedReplicas", "readyReplicas", "availableReplicas"];
  const given = { ...status };
  return [
    ...negatives(given, [
      "observedGeneration",
      "replicas",
      ...parts,
      "unavailableReplicas",
      "collisionCount",
    ]),
    ...beyond(given, parts, "replicas", "status.replicas"),
    ...beyond(given, ["availableReplicas"], "readyReplicas"),
    ...fewerCollisions(given, { ...old.status }),
  ];
}

/** Of a ReplicaSet or a ReplicationController. */
export function replicasStatusFaults({ status }: { readonly status?: ReplicaSet["status"] }): Cause[] {
  const parts = ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"];
  const given = { ...status };
  return [
    ...negatives(given, ["replicas", ...parts, "observedGeneration"]),
    ...beyond(given, parts, "replicas", "status.replicas"),
    ...beyond(given, ["availableReplicas"], "readyReplicas"),
  ];
}

export function statefulSetStatusFaults({ status }: Draft<StatefulSet>, old: StatefulSet): Cause[] {
  const parts = ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"];
  const given = { ...status };
  return [
    ...negatives(given, ["replicas", ...parts, "observedGeneration", "collisionCount"]),
    ...beyond(given, parts, "replicas", "status.replicas"),
    ...beyond(given, ["availableReplicas"], "readyReplicas", "status.readyReplicas"),
    ...fewerCollisions(given, { ...old.status }),
  ];
}

export function daemonSetStatusFaults({ status }: Draft<DaemonSet>, old: DaemonSet): Cause[] {
  const given = { ...status };
  const names = [
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
    "observedGeneration",
    "updatedNumberScheduled",
    "numberAvailable",
    "numberUnavailable",
    "collisionCount",
  ];
  return [...negatives(given, names), ...fewerCollisions(given, { ...old.status })];
}
