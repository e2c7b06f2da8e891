/** The door of drivers/: what keeps objects, behind the port of store.ts. */
export { MemoryStore, type MemoryStoreOptions } from "./memory.ts";
export type { OnFault } from "./watchers.ts";
