/**
 * ReplicationController (`v1`): what ReplicaSets were called before. It keeps its pods as a ReplicaSet does that selects by the
 * same labels, so each run is one of a ReplicaSet (replicaset.ts); only the form of the selector and of the status differ.
 */
import { concerning, controller, owned, type World } from "../../loop/index.ts";
import {
  controllerOf,
  matchesLabels,
  type Pod,
  type ReplicaSet,
  type ReplicaSetStatus,
  type ReplicationController,
} from "../../resources/index.ts";
import { keepReplicas } from "./replicaset.ts";

export const replicationController = controller({
  kind: "ReplicationController",
  name: "replication-controller",
  wokenBy: [owned("Pod", "ReplicationController"), concerning("Pod", "ReplicationController", mayTake)],
  concerns: ({ metadata }, previous) => metadata.generation !== previous?.metadata.generation,
  looksAtMany: true,
  reconcile: (given, world) => keepReplicas(asReplicaSet(given), reportingFor(given, world)),
});

/** A pod that nothing has in charge, and that has the labels. */
function mayTake({ spec }: ReplicationController, pod: Pod): boolean {
  return controllerOf(pod) === undefined && matchesLabels(spec?.selector, pod.metadata.labels);
}

/** Still of its own kind, so that the pods name it as what has them in charge. */
function asReplicaSet(given: ReplicationController): ReplicaSet {
  const { selector: matchLabels, ...spec } = given.spec ?? {};
  return { ...given, spec: { ...spec, selector: { matchLabels } } } as unknown as ReplicaSet;
}

/** Its status does not tell of pods that are on their way out. */
function reportingFor(given: ReplicationController, world: World): World {
  const report = async (_: unknown, status: unknown) => {
    const { terminatingReplicas: _counted, ...told } = status as ReplicaSetStatus;
    return world.report(given, told);
  };
  return { ...world, report: report as World["report"] };
}
