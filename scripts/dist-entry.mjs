/**
 * What `import "k4s"` runs in the built package; scripts/build.mjs adds the names that it exports. Compiling the library takes
 * V8 longer than all that a small program does with it, so what V8 made of it is kept between runs, as bundles of images
 * are, in node_modules/.cache/k4s: with it an import takes half the time, and functions that ran once need not be
 * compiled again. Where it cannot be kept or does not fit (another Node, other flags), the library is compiled as usual.
 */
import { readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Script } from "node:vm";
import { cacheFolder, compiledBy, writeIfPossible } from "../src/outside/cache-folder.ts";

/** By then a program has called what it calls when it starts, and V8 has not yet forgotten what ran only once. */
const startedMs = 5_000;

/** Of the library's text, sixteen characters; set by the build. What is kept begins with it. */
const digest = "DIGEST";

// Whatever links lead here: a thread is told to load what it has begun with, and must know it by its name.
const filename = realpathSync.native(fileURLToPath(new URL("./core.cjs", import.meta.url)));
const url = pathToFileURL(filename);
const folder = cacheFolder();
const keptAt = folder && join(folder, `core-${compiledBy()}`);
const kept = keptAt === undefined ? undefined : whatIsKept(keptAt);
const script = new Script(readFileSync(filename, "latin1"), { filename, cachedData: kept });
// biome-ignore lint/correctness/noUnusedVariables: the build adds the exports, which are what it has.
const core = script.runInThisContext()(requireFromHere, url.href, join(dirname(filename), "piscina"));
if (keptAt !== undefined && (kept === undefined || script.cachedDataRejected)) keepWhenStarted(keptAt);

/** What require() is for the library. To make a real one, Node loads a module that most programs do without. */
function requireFromHere(name) {
  return name.startsWith("node:")
    ? process.getBuiltinModule(name)
    : process.getBuiltinModule("node:module").createRequire(url)(name);
}

function whatIsKept(file) {
  try {
    const all = readFileSync(file);
    // V8 itself compares no more of the text than its length.
    return all.toString("latin1", 0, digest.length) === digest ? all.subarray(digest.length) : undefined;
  } catch {
    return undefined;
  }
}

/** Once: when the program has started, or when it ends before. */
function keepWhenStarted(file) {
  const now = () => {
    process.off("exit", now);
    writeIfPossible(file, Buffer.concat([Buffer.from(digest), script.createCachedData()]));
  };
  process.on("exit", now);
  setTimeout(now, startedMs).unref();
}
