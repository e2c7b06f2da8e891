/** Faults over, everything becomes as it was declared, and then nothing is written any more. */
import type { MakeInvariant, Seen } from "../invariant.ts";

/** What goes on being written in a cluster at rest. */
const alwaysWritten = ["Lease", "Node", "Event"];
/** For so long nothing else may be. */
const restMs = 120_000;

export const clusterSettles: MakeInvariant = () => ({
  name: "the cluster settles",
  settled: seen => unfinished(seen) ?? restless(seen),
});

function restless({ record, now }: Seen): string | undefined {
  const late = record.changes.findLast(
    ({ key, at }) => at > now - restMs && !alwaysWritten.includes(key.kind),
  );
  return late && `${late.actor} still writes to ${late.key.kind} ${late.key.namespace}/${late.key.name}`;
}

function unfinished({ record }: Seen): string | undefined {
  // In others a quota may hold pods back.
  const inDefault = "default";
  for (const { metadata, spec, status = {} } of record.list("Deployment", inDefault)) {
    const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
    const wanted = spec.replicas ?? 1;
    if (replicas !== wanted || updatedReplicas !== wanted || availableReplicas !== wanted)
      return `Deployment ${metadata.name} has ${replicas} pods, ${updatedReplicas} of them new, ${availableReplicas} available, of ${wanted}`;
  }
  for (const { metadata, spec, status } of record.list("StatefulSet", inDefault)) {
    const wanted = spec.replicas ?? 1;
    const { readyReplicas = 0, updatedReplicas = 0 } = status ?? {};
    if (readyReplicas !== wanted || updatedReplicas !== wanted)
      return `StatefulSet ${metadata.name} has ${readyReplicas} ready pods, ${updatedReplicas} of them new, of ${wanted}`;
  }
  for (const { metadata, status } of record.list("DaemonSet", inDefault)) {
    const {
      desiredNumberScheduled: wanted = 0,
      numberAvailable = 0,
      updatedNumberScheduled = 0,
    } = status ?? {};
    if (numberAvailable !== wanted || updatedNumberScheduled !== wanted)
      return `DaemonSet ${metadata.name} has ${numberAvailable} pods available, ${updatedNumberScheduled} of them new, of ${wanted}`;
  }
  for (const { metadata, spec, status } of record.list("Job", inDefault)) {
    const wanted = spec.completions ?? 1;
    const { succeeded = 0, conditions = [] } = status ?? {};
    const isOver = conditions.some(
      ({ type, status }) => status === "True" && /^(Complete|Failed)$/.test(type),
    );
    if (!isOver) return `Job ${metadata.name} has ${succeeded} of ${wanted} completions, and goes on`;
  }
  return undefined;
}
