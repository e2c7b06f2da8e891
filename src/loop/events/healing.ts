/**
 * The acts by which a cluster heals. Each is an event of Kubernetes' own, which says in addition that it is one; so what
 * `cluster.stats()` and Prometheus count is what people read.
 *
 * - `restart`: a container was started again in its pod (`Started`).
 * - `evacuation`: a pod was sent off a node that is lost, tainted or shuts down (`TaintManagerEviction`, `DeletionByPodGC`, `NodeShutdown`).
 * - `reschedule`: a pod was given a node in place of one that was sent off (`Scheduled`).
 */
export type HealingAct = "restart" | "evacuation" | "reschedule";

/** All of them, so that what has not happened yet is seen as 0. */
export const healingActs: readonly HealingAct[] = ["restart", "evacuation", "reschedule"];
