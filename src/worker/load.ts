/**
 * Loads the code of an image inside its thread. A bundle is compiled under the name of the user's own file and requires
 * from there, so that packages are found, stack traces and debuggers show the source (by its inline source map), and
 * nothing has to be written to a disk.
 */
import Module, { createRequire } from "node:module";
import type { Code } from "./protocol.ts";

/** Resolves to what the module exports; rejects with what it throws. */
export async function load(code: Code): Promise<unknown> {
  process.setSourceMapsEnabled(true);
  if (code.format === "commonjs") return compile(code);
  // Only a module may await at its top level. From a data: URL nothing relative is found: the bundler left nothing so.
  // We are a script out of a cache (loader-entry.ts), which cannot import in every Node; a module can.
  const importing = compile({ ...code, text: "module.exports = url => import(url);" });
  const url = `data:text/javascript;base64,${Buffer.from(code.text).toString("base64")}`;
  return await (importing as (url: string) => Promise<unknown>)(url);
}

/**
 * What Node does for a file that is required, without the file. It has no public name, but has been stable for ten years and
 * is what every loader of other languages uses; the public vm.compileFunction does not read source maps, and a stack trace
 * would point into the bundle.
 */
interface Compilable extends Module {
  _compile(text: string, filename: string): unknown;
}

function compile({ filename, text }: Code): unknown {
  const module = new Module(filename) as Compilable;
  module.filename = filename;
  module.paths = createRequire(filename).resolve.paths("any-package") ?? [];
  module._compile(text, filename);
  return module.exports;
}
