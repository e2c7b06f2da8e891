/** The door of export/: what runs in a cluster, as manifests and images for any Kubernetes. */
export { exported } from "./export.ts";
export type { ApiObject } from "./objects/index.ts";
export { writeFolder } from "./written/index.ts";
