import { storeSuite } from "../store.suite.ts";
import { watchSuite } from "../watchers.suite.ts";
import { MemoryStore } from "./memory.ts";

storeSuite("in memory", options => new MemoryStore(options));
storeSuite("in memory, with gaps", options => new MemoryStore({ ...options, revisionStep: 7 }), {
  stride: 7,
});
watchSuite("in memory", options => new MemoryStore(options));
