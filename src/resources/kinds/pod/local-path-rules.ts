/** What a path within a volume must be. */
import type { Cause } from "../../../errors/index.ts";
import { invalidValue } from "../../faults.ts";

/** A path that leads nowhere but down. */
export function localPathFaults(path: string, field: string): Cause[] {
  const absolute = path.startsWith("/") ? [invalidValue(field, path, "must be a relative path")] : [];
  return [...absolute, ...upwardFaults(path, field)];
}

/** A path, absolute or not, that never leads up. */
export function upwardFaults(path: string, field: string): Cause[] {
  return path.split("/").includes("..") ? [invalidValue(field, path, "must not contain '..'")] : [];
}

/** The path of a file that is written into a volume: names that start with two dots are for those who write there. */
export function filePathFaults(path: string, field: string): Cause[] {
  const causes = localPathFaults(path, field);
  const isReserved = path.startsWith("..") && !path.startsWith("../");
  // `..` alone is told as what leads up, and as reserved too.
  return isReserved ? [...causes, invalidValue(field, path, "must not start with '..'")] : causes;
}
