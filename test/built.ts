/**
 * The source as it is bundled before the tests (build.ts), for those that start a program: with it, each takes a fraction of the
 * time to begin; read by tsx, the source costs it more than a second.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** Its folder. */
    built: string;
  }
}

/** With `index.js`, `testing.js` and `cli.js`. */
export const built = inject("built");

/** The environment of a program in which tsx is to take "k4s" from there. */
export const takesBuilt = { TSX_TSCONFIG_PATH: join(built, "tsconfig.json") };

/** What `--import` takes for a program of TypeScript that finds "k4s" there: typescript-loader.mjs. */
export const readsTypeScript = `${pathToFileURL(join(import.meta.dirname, "typescript-loader.mjs"))}?built=${encodeURIComponent(built)}`;
