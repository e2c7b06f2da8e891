/**
 * The two PriorityClasses of the system, as Kubernetes has them (`pkg/apis/scheduling`): pods may name them whether or not the
 * objects are there, and their names and values are no user's to give.
 */

interface SystemPriorityClass {
  readonly value: number;
  readonly description: string;
}

/** By name. */
export const systemPriorityClasses: ReadonlyMap<string, SystemPriorityClass> = new Map([
  [
    "system-cluster-critical",
    {
      value: 2_000_000_000,
      description:
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    },
  ],
  [
    "system-node-critical",
    {
      value: 2_000_001_000,
      description: "Used for system critical pods that must not be moved from their current node.",
    },
  ],
]);
