/**
 * What Piscina loads in a new thread: a few lines that run the bootstrap (thread-entry.ts) as the main thread has compiled it
 * (node/compiled.ts). Where V8 refuses that, it compiles the text, as it would have without.
 */
import { createRequire } from "node:module";
import { Script } from "node:vm";
import { workerData } from "node:worker_threads";
import type { CompiledScript } from "./protocol.ts";
import type { ThreadTask } from "./thread-entry.ts";

const { filename, text, compiled } = workerData as CompiledScript;
const script = new Script(text, { filename, cachedData: compiled });
const module = { exports: {} as { readonly default: (task: ThreadTask) => Promise<never> } };
script.runInThisContext()(createRequire(filename), module, filename);

export default module.exports.default;
