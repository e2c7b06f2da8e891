/** The door of store/: the port, its drivers, and the registry, through which everything is written. */
export { MemoryStore, type MemoryStoreOptions } from "./memory.ts";
export type {
  Author,
  Change,
  ListOptions,
  ObjectKey,
  Store,
  Unwatch,
  WatchOptions,
} from "./store.ts";
export type { OnFault } from "./watchers.ts";
