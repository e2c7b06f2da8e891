/** The door of patch/: how a change that is written as data is applied: merge, JSON and strategic patches, and apply. */
export { applyManifest, lastAppliedAnnotation } from "./apply.ts";
export { asJson, asJsonMap, sharing } from "./json.ts";
export { applyJsonPatch } from "./json-patch.ts";
export { applyMergePatch } from "./merge-patch.ts";
export { applyStrategicPatch } from "./strategic-patch.ts";
