/**
 * js-yaml, loaded when the first text is read: a program that applies objects needs none of it, and what is imported at the
 * start takes its time of every start.
 */
import { createRequire } from "node:module";
import type * as jsYaml from "js-yaml";

let loaded: typeof jsYaml | undefined;

export function yaml(): typeof jsYaml {
  loaded ??= createRequire(import.meta.url)("js-yaml") as typeof jsYaml;
  return loaded;
}

/** The kinds of js-yaml's events; the compiler sees to it that they are the same. */
export const EVENT_ID = {
  DOCUMENT: 1,
  SEQUENCE: 2,
  MAPPING: 3,
  SCALAR: 4,
  ALIAS: 5,
  POP: 6,
} as const satisfies typeof jsYaml.EVENT_ID;

/** The ways to write a scalar, likewise. */
export const SCALAR_STYLE = {
  PLAIN: 1,
  SINGLE_QUOTED: 2,
  DOUBLE_QUOTED: 3,
  LITERAL_BLOCK: 4,
  FOLDED_BLOCK: 5,
} as const satisfies typeof jsYaml.SCALAR_STYLE;
