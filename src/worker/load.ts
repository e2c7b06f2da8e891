/**
 * Loads the code of an image inside its thread. A bundle is compiled under the name of the user's own file and requires
 * from there, so that packages are found, stack traces and debuggers show the source (by its inline source map), and
 * nothing has to be written to a disk.
 */
import { createRequire, Module } from "node:module";
import { dirname } from "node:path";
import { constants, Script } from "node:vm";
import { realClock } from "../outside/index.ts";
import type { Code } from "./protocol.ts";
import { shared } from "./shared-bytes.ts";
import { mapStacksOf } from "./source-map.ts";

export interface Compiling {
  /** What V8 has made of this very text in another thread: reading that takes a third of what compiling does. */
  readonly compiled?: Uint8Array | undefined;
  /**
   * Called once with that, for other threads, when the code has run for a moment or ends: by then V8 has compiled what a
   * start calls.
   */
  readonly keep?: (compiled: Uint8Array) => void;
}

/** The first answer comes first. */
const momentMs = 20;

/** Resolves to what the module exports; rejects with what it throws. */
export async function load(code: Code, compiling: Compiling = {}): Promise<unknown> {
  if (code.format === "commonjs") return run(code, compiling);
  process.setSourceMapsEnabled(true);
  // Only a module may await at its top level. From a data: URL nothing relative is found: the bundler left nothing so.
  // We are a script out of a cache (loader-entry.ts), which cannot import in every Node; a module can.
  const importing = run({ ...code, text: "module.exports = url => import(url);" }, {});
  const url = `data:text/javascript;base64,${Buffer.from(code.text).toString("base64")}`;
  return await (importing as (url: string) => Promise<unknown>)(url);
}

type Body = (
  exports: unknown,
  require: NodeJS.Require,
  module: Module,
  filename: string,
  folder: string,
) => void;

/** On a line of its own, so that those of the text are its own in whatever shows them. */
const head = "(function (exports, require, module, __filename, __dirname) {\n";

/** As Node does with a file that is required. */
function run({ filename, text }: Code, { compiled, keep }: Compiling): unknown {
  const require = createRequire(filename);
  const module = new Module(filename);
  module.filename = filename;
  module.paths = require.resolve.paths("any-package") ?? [];
  const script = new Script(`${head}${text}\n})`, {
    filename,
    lineOffset: -1,
    cachedData: compiled,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  if (keep) giveLater(() => keep(shared(script.createCachedData())));
  const body = script.runInThisContext() as Body;
  mapStacksOf(filename, text);
  body.call(module.exports, module.exports, require, module, filename, dirname(filename));
  return module.exports;
}

/** After a moment, or at the end if that comes first. */
function giveLater(give: () => void): void {
  let isGiven = false;
  const once = () => {
    if (isGiven) return;
    isGiven = true;
    try {
      give();
    } catch {
      // The code has replaced what this takes. It is not to fail for it: the next thread compiles anew.
    }
  };
  realClock.after(momentMs, once);
  process.once("exit", once);
}
