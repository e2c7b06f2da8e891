/** Values as flags and the environment have them. Each throws BadRequest, with what would be right; a value of a file is right already. */
import { checkFeatures, type FeatureSwitches, periodOf } from "../cluster/index.ts";
import { ApiError } from "../errors/index.ts";

/** Of a duration, such as `1m30s`. */
export function millisecondsOf(flag: string, given: string | number | undefined): number | undefined {
  if (typeof given !== "string") return given;
  const ms = periodOf(given);
  return typeof ms === "number" ? ms : wanted(flag, given, ms);
}

/** A flag without a value is true. */
export function truthOf(flag: string, given: string | boolean | undefined): boolean | undefined {
  if (typeof given !== "string") return given;
  return given === "true" || given === "false" ? given === "true" : wanted(flag, given, "true or false");
}

/** Of `pod_affinity=false,pod_priority=true`. */
export function featuresOf(given: string | FeatureSwitches | undefined): FeatureSwitches {
  if (typeof given !== "string") return given ?? {};
  const switches = given
    .split(",")
    .filter(each => each.trim() !== "")
    .map(each => {
      const [, name, value] = /^\s*(\w+)\s*=\s*(true|false)\s*$/.exec(each) ?? [];
      if (name === undefined) return wanted("--features", each, "NAME=true or NAME=false");
      return [name, value === "true"] as const;
    });
  return checkFeatures(Object.fromEntries(switches), "--features");
}

function wanted(flag: string, given: string, right: string): never {
  throw new ApiError("BadRequest", `${flag} ${given}: ${right} is wanted`);
}
