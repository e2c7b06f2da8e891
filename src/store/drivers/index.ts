/** The door of drivers/: what keeps objects, behind the port of store.ts. */
export { MemoryStore } from "./memory.ts";
