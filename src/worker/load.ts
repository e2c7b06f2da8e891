/**
 * Loads the code of an image inside its thread. A bundle is compiled under the name of the user's own file and requires
 * from there, so that packages are found, stack traces and debuggers show the source (by its inline source map), and
 * nothing has to be written to a disk.
 */
import { createRequire, Module } from "node:module";
import { dirname } from "node:path";
import { compileFunction, constants } from "node:vm";
import type { Code } from "./protocol.ts";
import { mapStacksOf } from "./source-map.ts";

/** Resolves to what the module exports; rejects with what it throws. */
export async function load(code: Code): Promise<unknown> {
  if (code.format === "commonjs") return run(code);
  process.setSourceMapsEnabled(true);
  // Only a module may await at its top level. From a data: URL nothing relative is found: the bundler left nothing so.
  // We are a script out of a cache (loader-entry.ts), which cannot import in every Node; a module can.
  const importing = run({ ...code, text: "module.exports = url => import(url);" });
  const url = `data:text/javascript;base64,${Buffer.from(code.text).toString("base64")}`;
  return await (importing as (url: string) => Promise<unknown>)(url);
}

/** As Node does with a file that is required. */
function run({ filename, text }: Code): unknown {
  const require = createRequire(filename);
  const module = new Module(filename);
  module.filename = filename;
  module.paths = require.resolve.paths("any-package") ?? [];
  const body = compileFunction(text, ["exports", "require", "module", "__filename", "__dirname"], {
    filename,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  mapStacksOf(filename, text);
  body.call(module.exports, module.exports, require, module, filename, dirname(filename));
  return module.exports;
}
