/** The door of columns/: what `kubectl get` shows of each kind that has no file of its own, by API group. */
export * from "./access.ts";
export * from "./control-plane.ts";
export * from "./core.ts";
export * from "./devices.ts";
export * from "./networking.ts";
export * from "./storage.ts";
export * from "./workloads.ts";
