/**
 * Loads the code of an image inside its thread or child process, as the program that Node was started with: by Node's own
 * loader, from its own place. What is thrown meanwhile is an uncaught error, as it is there.
 */
import Module, { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { installHooks } from "./hooks.ts";
import type { Code } from "./protocol.ts";

/**
 * Resolves to what the module exports; undefined where it threw, and the program caught that.
 * @param begins called when the module is about to run
 */
export async function load(code: Code, begins: () => void): Promise<unknown> {
  // A program that says nothing of them has none in plain Node; tsx turns them on.
  if (code.loader !== "node") process.setSourceMapsEnabled(true);
  // What was loaded to run it is no part of the program.
  const { cache } = createRequire(code.filename);
  for (const name of Object.keys(cache)) delete cache[name];
  // What `require.main` is of what is required in an ES module.
  delete (process as { mainModule?: unknown }).mainModule;
  if (code.loader === "tsx") await installTsx();
  if (code.hooks) installHooks(code.hooks, code.loader === "tsx");
  const file = code.oneFile ?? code.filename;
  // Without the options that tsx starts Node with, a Node that does not know TypeScript would take this for CommonJS.
  const knowsTypeScript = Boolean((process.features as { typescript?: unknown }).typescript);
  const isOnlyImported = code.loader === "tsx" && file.endsWith(".mts") && !knowsTypeScript;
  if (isOnlyImported) {
    begins();
    process.once("beforeExit", nothingLeft);
  } else if (!(await runAsMain(file, begins))) return undefined;
  const loaded = code.isCommonJs ? cache[file] : undefined;
  if (loaded) return loaded.exports;
  try {
    const exports: unknown = await import(pathToFileURL(file).href);
    process.off("beforeExit", nothingLeft).off("exit", unsettled);
    return exports;
  } catch {
    // Node tells it as an uncaught error. Where the program goes on all the same, its own listener has caught that.
    await new Promise(resolve => setImmediate(resolve));
    return undefined;
  }
}

/** As Node does it for the main module: nothing can wake it any more, and it still awaits. */
function nothingLeft(): void {
  process.once("exit", unsettled);
}

function unsettled(): void {
  process.exitCode ??= 13;
}

async function installTsx(): Promise<void> {
  const [commonjs, modules] = await Promise.all([import("tsx/cjs/api"), import("tsx/esm/api")]);
  commonjs.register();
  modules.register();
}

/** False if it threw. In a turn of its own, where no code of ours could catch what it throws before Node does. */
function runAsMain(file: string, begins: () => void): Promise<boolean> {
  return new Promise(resolve => {
    setImmediate(() => {
      let isDone = false;
      begins();
      try {
        Module.runMain(file);
        isDone = true;
      } finally {
        resolve(isDone);
      }
    });
  });
}
