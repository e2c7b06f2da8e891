/**
 * Lets Node read TypeScript, for programs that tests start: `--import` of this file, with `?built=FOLDER` for where "k4s" is. tsx would read
 * all that is built too, to no end but its source maps: that costs each process a second.
 */
import { readFile } from "node:fs/promises";
import { register } from "node:module";
import { pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";
import { transform } from "esbuild";

const built = new URL(import.meta.url).searchParams.get("built");

// Node loads it again for its hooks, in a thread of theirs.
if (isMainThread) {
  process.setSourceMapsEnabled(true);
  register(import.meta.url);
}

export function resolve(specifier, context, next) {
  const [, file = "index"] = /^k4s(?:\/(testing))?$/.exec(specifier) ?? [undefined, ""];
  return next(file ? pathToFileURL(`${built}/${file}.js`).href : specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  const text = await readFile(new URL(url), "utf8");
  const options = { loader: "ts", format: "esm", target: "node20", sourcemap: "inline", sourcefile: url };
  const { code } = await transform(text, options);
  return { format: "module", source: code, shortCircuit: true };
}
