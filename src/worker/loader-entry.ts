/**
 * What Piscina loads in a new thread: a few lines that run the bootstrap (thread-entry.ts) as it was compiled beforehand
 * (node/compiled.ts). Where V8 refuses that, it compiles the text, as it would have without. In the built package the
 * bootstrap has Piscina's worker in it, and a thread begins here: these lines are all that it has to find and read.
 */
import { Script } from "node:vm";
import { workerData } from "node:worker_threads";
import type { CompiledScript } from "./protocol.ts";
import type Bootstrap from "./thread-entry.ts";
import type { ThreadTask } from "./thread-entry.ts";

/**
 * The class of this very module: what `node:module` exports, without the loader of ES modules that this brings along. Few
 * containers need that one, and then Node loads it.
 */
const Module = module.constructor;

const { filename, text, compiled, isComplete } = workerData as CompiledScript;
const script = new Script(text, { filename, cachedData: compiled });
const bootstrap = { exports: {} as { readonly default: typeof Bootstrap } };
const requireBuiltin = (name: string) => (name === "node:module" ? Module : require(name));
script.runInThisContext()(requireBuiltin, bootstrap, filename);

const hasAll = isComplete && script.cachedDataRejected !== true;

export default (task: ThreadTask) =>
  bootstrap.exports.default(task, hasAll ? undefined : () => script.createCachedData());
