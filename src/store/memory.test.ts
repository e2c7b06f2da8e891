import { MemoryStore } from "./memory.ts";
import { storeSuite } from "./store.suite.ts";

storeSuite("in memory", options => new MemoryStore(options));
