/**
 * What the tests of patches share: any JSON, frozen JSON, and the cases that were recorded from a real Kubernetes, where
 * that recording stands beside the repository.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import type { Json, JsonMap } from "../json.ts";

const key = fc.oneof(fc.constantFrom("a", "b", "c", "constructor", "toString"), fc.string({ maxLength: 3 }));
const number = fc.integer({ min: -9, max: 9 }).map(n => n + 0);

/** Any JSON, with few keys, so that two values often meet; never `__proto__`, which is refused. */
export const { json, jsonMap } = fc.letrec<{ json: Json; jsonMap: JsonMap }>(tie => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, "", "x"),
    number,
    fc.array(tie("json"), { maxLength: 4 }),
    tie("jsonMap"),
  ),
  jsonMap: fc.dictionary(
    key.filter(name => name !== "__proto__" && !name.startsWith("$")),
    tie("json"),
    { maxKeys: 4, noNullPrototype: true },
  ),
}));

/** Frozen through and through, as objects of the store are. */
export function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly body: JsonMap;
}

export interface Recorded {
  readonly name: string;
  readonly about: string;
  readonly given: readonly Exchange[];
  readonly request: { readonly method: string; readonly path: string; readonly body: unknown };
  readonly response: { readonly status: number; readonly body: JsonMap };
}

const folder = fileURLToPath(new URL("../../../../shared/kubernetes-1.35/admission/", import.meta.url));

/** The recorded cases whose name starts so. Empty where the recording is not there: the caller then says so. */
export function recorded(prefix: string): Recorded[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter(file => file.startsWith(prefix));
  return files.map(file => JSON.parse(readFileSync(folder + file, "utf8")));
}

export const whyNoRecording = "the recording of a real Kubernetes is not beside the repository";
