/**
 * What Kubernetes fills in itself is left out of a manifest: found by leaving a field out and looking whether the object, completed again,
 * is the same. So there is no list of defaults here that could be wrong.
 */
import {
  completed,
  type Draft,
  isMap,
  isSame,
  type JsonMap,
  type KindDefinition,
} from "../../resources/index.ts";
import type { ApiObject } from "./parts.ts";

type Json = JsonMap[string];
type Step = string | number;

/** @param kind undefined: of a custom kind, whose definition fills in what it fills in */
export function withoutDefaults(object: ApiObject, kind: KindDefinition | undefined): ApiObject {
  if (!kind || !isMap(object.spec)) return object;
  const complete = (value: ApiObject) => completed(kind, value as never as Draft) as never as Json;
  const whole = complete(object);
  let slim = object;
  const visit = (path: readonly Step[]): void => {
    const value = valueAt(slim, path);
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) if (isBranch(value[i])) visit([...path, i]);
      return;
    }
    if (!isMap(value)) return;
    for (const key of Object.keys(value)) {
      const field = [...path, key];
      const shorter = removed(slim, field) as ApiObject;
      if (isFilledIn(shorter, complete, whole)) slim = shorter;
      else if (isBranch(value[key])) visit(field);
    }
  };
  visit(["spec"]);
  return slim;
}

function isFilledIn(shorter: ApiObject, complete: (value: ApiObject) => Json, whole: Json): boolean {
  try {
    return isSame(complete(shorter), whole);
  } catch {
    // It cannot even be completed without this field.
    return false;
  }
}

function isBranch(value: Json): boolean {
  return typeof value === "object" && value !== null;
}

function valueAt(value: Json, path: readonly Step[]): Json {
  let at = value;
  for (const step of path) at = (at as Record<Step, Json>)[step];
  return at;
}

function removed(value: Json, [step, ...rest]: readonly Step[]): Json {
  if (step === undefined || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each, i) => (i === step ? removed(each, rest) : each));
  const map = value as JsonMap;
  if (rest.length > 0) return { ...map, [step]: removed(map[step], rest) };
  return Object.fromEntries(Object.entries(map).filter(([key]) => key !== step));
}
