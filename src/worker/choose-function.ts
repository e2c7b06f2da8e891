/**
 * Which export of a module is run: the one that is named; else the default export; else the only function there is.
 * A module that exports no function is a script. What cannot be run is said with the names that could have been meant.
 */
import { nearestName } from "../errors/index.ts";

export type Choice =
  | { readonly run: (context: unknown) => unknown }
  | { readonly script: true }
  | { readonly problem: string };

export function chooseFunction(exports: unknown, name: string | undefined, module: string): Choice {
  const functions = functionsOf(exports);
  const names = [...functions.keys()];
  const wanted = name ?? (functions.has("default") || names.length !== 1 ? "default" : names[0]);
  const found = wanted === undefined ? undefined : functions.get(wanted);
  if (found) return { run: found };
  if (name === undefined && names.length === 0) return { script: true };
  const known = names.length === 0 ? "no function" : names.join(", ");
  if (name === undefined) {
    return { problem: `${module} has no default export, and it exports ${known}: name the one to run` };
  }
  const near = nearestName(name, names);
  const hint = near === undefined ? "" : `; did you mean "${near}"?`;
  const other = otherOf(exports, name);
  const instead = other === undefined ? "" : ` ${other} of that name, and`;
  return { problem: `${module} exports no function "${name}": it exports${instead} ${known}${hint}` };
}

/** What an export is, if it is there and no function: `a number`. */
function otherOf(exports: unknown, name: string): string | undefined {
  if (typeof exports !== "object" || exports === null || !Object.hasOwn(exports, name)) return undefined;
  const value = (exports as Record<string, unknown>)[name];
  if (Array.isArray(value)) return "an array";
  if (value === null || value === undefined) return String(value);
  if (typeof value === "function" && isClass(value)) return "a class";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

type WorkerFunction = (context: unknown) => unknown;

/** A class cannot be called. Its prototype cannot be replaced, which is so of a frozen function, too; the word `class` tells the two apart. */
function isClass(value: object): boolean {
  const prototype = Object.getOwnPropertyDescriptor(value, "prototype");
  return prototype?.writable === false && Function.prototype.toString.call(value).startsWith("class");
}

/** The functions among the exports, whether they come from `export`, `exports.x` or `module.exports = …`. */
function functionsOf(exports: unknown): Map<string, WorkerFunction> {
  const found = new Map<string, WorkerFunction>();
  const add = (name: string, value: unknown) => {
    if (typeof value === "function" && !isClass(value) && !found.has(name))
      found.set(name, value as WorkerFunction);
  };
  add("default", exports);
  if ((typeof exports !== "object" && typeof exports !== "function") || exports === null) return found;
  for (const [name, value] of Object.entries(exports)) {
    if (name === "module.exports" || name === "__esModule") continue;
    add(name, value);
    // The namespace of an imported CommonJS module: its default is the whole `module.exports`.
    if (name === "default" && typeof value === "object" && value !== null) {
      for (const [inner, member] of Object.entries(value)) add(inner, member);
    }
  }
  return found;
}
