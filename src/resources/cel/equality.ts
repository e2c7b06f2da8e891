/** Whether two values of CEL are equal, as its operator `==` has it, for the functions that look for a value in a list. */
import { isSame } from "../sameness.ts";
import { library } from "./library.ts";

export function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (isNumber(one) && isNumber(other)) return one >= other && one <= other;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one))
    return (
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((value, index) => isEqual(value, other[index]))
    );
  if (one instanceof Map)
    return (
      other instanceof Map &&
      one.size === other.size &&
      [...one].every(([key, value]) => other.has(key) && isEqual(value, other.get(key)))
    );
  return isSameObject(one, other);
}

/** Times, durations, bytes: the interpreter knows them. */
function isSameObject(one: object, other: object): boolean {
  try {
    return library().evaluate("one == other", { one, other }) === true;
  } catch {
    // What Kubernetes adds (quantities, addresses) it does not know; these say by their fields what they are.
    return isSame(one, other);
  }
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}
