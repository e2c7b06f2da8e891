/** The door of replicaset/. */

export { replicaset } from "./replicaset.ts";
export { replicationController } from "./replication-controller.ts";
