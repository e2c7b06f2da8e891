/**
 * Runs a plugin of a user: a module that exports `filter`, `score` or both, in a thread of its own. So a plugin that spins, throws
 * or ends the thread costs the pod that was asked about its placement, and the cluster nothing: after the time limit the thread is
 * killed, and the next call begins with a new one. The module is bundled when it is first called, and again when one of its files
 * has changed.
 *
 * One call is made after another: a cycle and a report may ask at the same time, and each has the time limit for itself. What a
 * call needs to know of nodes is sent once, and again when something on the node has changed.
 */
import { type FSWatcher, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { messageOf } from "../errors/index.ts";
import type { Clock } from "../outside/index.ts";
import type { Pod } from "../resources/index.ts";
import type { NodeInfo } from "./node-info.ts";
import type { Amounts } from "./requests.ts";

/** The functions that a plugin may export. */
export type PluginFunction = "filter" | "score";

export interface PluginHostOptions {
  /** The path of the module, TypeScript or JavaScript. */
  readonly module: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** How long one call may take, for all nodes together, in milliseconds. */
  readonly limitMs: number;
  readonly clock: Pick<Clock, "after">;
  /** The module has changed: what it said before may not hold any more. */
  readonly onChange: () => void;
}

/** What a function returned, by the node. */
export type PluginAnswers = ReadonlyMap<NodeInfo, unknown>;

/** So much memory a plugin may have: it shares the cluster's process, and one that leaks is ended before that suffers. */
const maxOldGenerationSizeMb = 256;

interface Answer {
  readonly answers?: readonly unknown[];
  readonly error?: string;
}

/** What the thread runs: the user's module, and what answers for it. */
const programFor = (module: string) => `
import { parentPort } from "node:worker_threads";
import * as plugin from ${JSON.stringify(module)};
const known = new Map();
const given = ["filter", "score"].filter(name => name in plugin);
const odd = given.find(name => typeof plugin[name] !== "function");
const wrong = odd
  ? odd + " must be a function, not " + typeof plugin[odd]
  : given.length === 0
    ? "its module must export a function filter, score, or both; it exports " + (Object.keys(plugin).join(", ") || "nothing")
    : undefined;
parentPort.on("message", async ({ call, pod, args, changed, names }) => {
  for (const info of changed) known.set(info.node.metadata.name, info);
  try {
    if (wrong !== undefined) throw new TypeError(wrong);
    const answers = typeof plugin[call] === "function" ? [] : undefined;
    if (answers) for (const name of names) answers.push(await plugin[call](pod, known.get(name), args));
    parentPort.postMessage({ answers });
  } catch (error) {
    parentPort.postMessage({ error: String(error?.message ?? error) });
  }
});`;

export class PluginHost {
  readonly #options: PluginHostOptions;
  #thread: Promise<Thread> | undefined;
  /** Settles when the calls are over that were made so far. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: PluginHostOptions) {
    this.#options = { ...options, module: resolve(options.module) };
  }

  /**
   * What the function says of the pod on each node that is still there when it is asked; undefined where the module has no such
   * function. Rejects where it throws, takes too long, or cannot be loaded.
   */
  call(call: PluginFunction, pod: Pod, nodeInfos: readonly NodeInfo[]): Promise<PluginAnswers | undefined> {
    const answers = this.#turn.then(() => this.#call(call, pod, nodeInfos));
    // What went wrong is told to the one that called.
    this.#turn = answers.catch(() => {});
    return answers;
  }

  async #call(
    call: PluginFunction,
    pod: Pod,
    nodeInfos: readonly NodeInfo[],
  ): Promise<PluginAnswers | undefined> {
    this.#thread ??= this.#begin();
    try {
      const thread = await this.#thread;
      // A node that went while this call waited has no object any more.
      const asked = nodeInfos.filter(({ node }) => node !== undefined);
      const { answers, error } = await thread.ask(call, pod, asked, this.#options);
      if (error !== undefined) throw new Error(error);
      return answers && new Map(asked.map((nodeInfo, i) => [nodeInfo, answers[i]]));
    } catch (error) {
      // What was thrown is the module's; whether the thread is still there is seen at the next call.
      if (
        await this.#thread?.then(
          thread => thread.isOver,
          () => true,
        )
      )
        this.#thread = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.then(
      each => each.end(),
      () => {},
    );
  }

  async #begin(): Promise<Thread> {
    const { build } = await import("esbuild");
    const { module, onChange } = this.#options;
    const url = pathToFileURL(module).href;
    const built = await build({
      stdin: { contents: programFor(module), resolveDir: dirname(module), loader: "ts" },
      ...{ bundle: true, platform: "node", format: "esm", target: "node20", write: false, metafile: true },
      ...{ logLevel: "silent", absWorkingDir: dirname(module) },
      // What is bundled runs under another address: files beside the module are found from where it is, and so is what is required.
      define: { "import.meta.url": JSON.stringify(url) },
      banner: {
        js: `import { createRequire as requireOf } from "node:module"; globalThis.require = requireOf(${JSON.stringify(url)});`,
      },
    });
    const [script] = built.outputFiles;
    const files = Object.keys(built.metafile.inputs).map(file => resolve(dirname(module), file));
    return new Thread(script?.text ?? "", [module, ...files], () => {
      void this.close();
      onChange();
    });
  }
}

class Thread {
  readonly #worker: Worker;
  readonly #watchers: readonly FSWatcher[];
  /** What the thread knows of each node: as which generation. */
  readonly #sent = new Map<string, number>();
  isOver = false;

  constructor(script: string, files: readonly string[], onChange: () => void) {
    // As a module by its address, because one that is a text (`eval`) could not wait at its top level.
    const url = new URL(`data:text/javascript;base64,${Buffer.from(script).toString("base64")}`);
    const resourceLimits = { maxOldGenerationSizeMb };
    this.#worker = new Worker(url, { execArgv: [], env: {}, resourceLimits });
    this.#worker.unref();
    const ended = () => {
      this.isOver = true;
    };
    // An error is told to the call that waits for it.
    this.#worker.once("exit", ended).on("error", ended);
    const folders = new Set(files.filter(file => !file.includes("node_modules")).map(file => dirname(file)));
    const names = new Set(files.map(file => basename(file)));
    const changed = (_: string, name: string | null) => {
      if (this.isOver || (name !== null && !names.has(name))) return;
      this.isOver = true;
      onChange();
    };
    this.#watchers = [...folders].flatMap(folder => {
      // A folder that cannot be watched, or not any more: the plugin stays as it is.
      try {
        return [watch(folder, { persistent: false }, changed).on("error", () => {})];
      } catch {
        return [];
      }
    });
  }

  ask(
    call: PluginFunction,
    pod: Pod,
    nodeInfos: readonly NodeInfo[],
    { args, limitMs, clock }: PluginHostOptions,
  ): Promise<Answer> {
    const changed = nodeInfos.filter(
      ({ node, generation }) => this.#sent.get(node.metadata.name) !== generation,
    );
    for (const { node, generation } of changed) this.#sent.set(node.metadata.name, generation);
    const names = nodeInfos.map(({ node }) => node.metadata.name);
    return new Promise((done, fail) => {
      const over = () => {
        tooLong.cancel();
        this.#worker.off("message", answered).off("error", failed).off("exit", ended);
      };
      const answered = (answer: Answer) => {
        over();
        done(answer);
      };
      const failed = (error: unknown) => {
        over();
        fail(new Error(messageOf(error), { cause: error }));
      };
      const ended = () => failed(new Error("its thread ended"));
      const tooLong = clock.after(limitMs, () => {
        failed(new Error(`it took longer than ${limitMs} ms`));
        void this.end();
      });
      this.#worker.on("message", answered).on("error", failed).on("exit", ended);
      this.#worker.postMessage({ call, pod, args, changed: changed.map(shown), names });
    });
  }

  async end(): Promise<void> {
    this.isOver = true;
    for (const watcher of this.#watchers) watcher.close();
    await this.#worker.terminate();
  }
}

/** A node as a plugin sees it. */
function shown({ node, pods, allocatable, requested }: NodeInfo) {
  return { node, pods: [...pods.values()], allocatable: plain(allocatable), requested: plain(requested) };
}

function plain({ cpu, memory, pods, others }: Amounts): Record<string, number> {
  return { ...Object.fromEntries(others), cpu, memory, pods };
}
