import { MemoryStore } from "./memory.ts";
import { storeSuite } from "./store.suite.ts";
import { watchSuite } from "./watchers.suite.ts";

storeSuite("in memory", options => new MemoryStore(options));
watchSuite("in memory", options => new MemoryStore(options));
