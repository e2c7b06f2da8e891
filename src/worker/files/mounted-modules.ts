/**
 * Modules in what is mounted: `import`, `require` and `new Worker` of `/data/x` load it from its place, which is what it is called then
 * (`__filename`, `import.meta.url`), and what it imports itself is looked for around that. Node's loader looks for files without the
 * functions of `node:fs`, so it is told here. `import` needs Node 22.15: before, only a thread of its own could tell it. What a mount has not
 * is looked for on the machine: what k4s itself loads may lie below one.
 */
import fs from "node:fs";
import Module from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import threads from "node:worker_threads";
import type { Places } from "./places.ts";

// As it is now: it is changed next.
const { existsSync } = fs;

interface Resolved {
  readonly url: string;
}
interface Context {
  readonly conditions: readonly string[];
}
type Next = (specifier: string, context: Context) => Resolved;
/** Without a public name, and of Node 22.15 and later; the types are of Node 20. */
interface Loader {
  _resolveFilename(request: string, ...rest: unknown[]): string;
  registerHooks?(hooks: { resolve(specifier: string, context: Context, next: Next): Resolved }): void;
}

/** For `import` of node:worker_threads it takes effect with syncBuiltinESMExports. */
export function leadModules(places: Places): void {
  // A root folder is for commands, and they load nothing from it.
  if (places.hasRoot) return;
  const loader = Module as typeof Module & Loader;
  const { _resolveFilename, registerHooks } = loader;
  loader._resolveFilename = (request, ...rest) => {
    const usual = (path: string) => _resolveFilename.call(Module, path, ...rest);
    const found = request.startsWith("/") ? places.find(request) : undefined;
    if (!found?.mount) return usual(request);
    try {
      return usual(found.place);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
      return usual(request);
    }
  };
  registerHooks?.({
    resolve(specifier, context, next) {
      // That comes to the function above.
      const isRequired = context.conditions.includes("require");
      return next(isRequired ? specifier : placeOf(specifier, places), context);
    },
  });
  class LedWorker extends threads.Worker {
    constructor(...[file, options]: ConstructorParameters<typeof threads.Worker>) {
      const isCode = options?.eval === true || (typeof file === "string" && !file.startsWith("/"));
      super(isCode ? file : new URL(placeOf(urlOf(file), places)), options);
    }
  }
  Object.defineProperty(LedWorker, "name", { value: "Worker" });
  Object.assign(threads, { Worker: LedWorker });
}

function urlOf(file: string | URL): string {
  return typeof file === "string" ? pathToFileURL(file).href : file.href;
}

/** What names a file of a mount, by its place; anything else as it is. */
function placeOf(specifier: string, places: Places): string {
  if (!/^(?:file:|\/)/.test(specifier) || !URL.canParse(specifier, "file:")) return specifier;
  const url = new URL(specifier, "file:");
  const { mount, place } = places.find(fileURLToPath(url));
  return mount && existsSync(place) ? pathToFileURL(place).href + url.search + url.hash : specifier;
}
