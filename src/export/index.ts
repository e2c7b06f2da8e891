/** The door of export/: what runs in a cluster, as manifests and images for any Kubernetes. */
export { type Exported, exported } from "./export.ts";
export type { ApiObject } from "./objects/index.ts";
export { optionFault } from "./option-fault.ts";
export { writeFolder } from "./written/index.ts";
