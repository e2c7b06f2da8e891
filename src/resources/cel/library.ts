/** The interpreter of CEL, loaded when the first expression is met: a cluster without any needs none of it. */
import { createRequire } from "node:module";
import type * as Cel from "@marcbachmann/cel-js";

export type { Environment } from "@marcbachmann/cel-js";

let loaded: typeof Cel | undefined;

export function library(): typeof Cel {
  loaded ??= createRequire(import.meta.url)("@marcbachmann/cel-js") as typeof Cel;
  return loaded;
}
