/** The door of quota/: what a namespace may hold. */
export { resourceQuota } from "./resource-quota.ts";
export { usedOf } from "./usage.ts";
