/** The door of store/: the port and its drivers, the registry through which everything is written, watches, and why. */
export {
  type Admission,
  type AdmissionRequest,
  isPending,
  type Operation,
} from "./admission.ts";
export { allocate } from "./allocation.ts";
export { deepFreeze } from "./freeze.ts";
export {
  administrator,
  apiServerWriter,
  controllerWriter,
  nodeWriter,
  schedulerWriter,
  serviceAccountUser,
  type User,
  type Writer,
} from "./identity.ts";
export { MemoryStore, type MemoryStoreOptions } from "./memory.ts";
export { forbidden, invalid, type Named, notFound } from "./refusals.ts";
export { type KindSource, Registry, type RegistryParts } from "./registry.ts";
export type {
  Author,
  Change,
  ListOptions,
  ObjectKey,
  Past,
  Store,
  Stored,
  Unwatch,
  WatchOptions,
} from "./store.ts";
export type { DeleteOptions, RegistryVerbs, Request, Written } from "./verbs.ts";
export { type Allocate, noSuchPath, type Rules, subresourceOf } from "./versions.ts";
export { type ObjectWatch, type ObjectWatchOptions, type WatchEvent, watchObjects } from "./watch.ts";
export type { OnFault } from "./watchers.ts";
export { causeChain } from "./why.ts";
