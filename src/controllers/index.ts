/** The door of controllers/: one for each resource. To add a kind that acts, write its file and name it here. */
export { container } from "./container.ts";
export { replicaset } from "./replicaset.ts";
