/** What a path within a volume must be. */
import type { Cause } from "../../../errors/index.ts";
import { invalidValue } from "../../faults.ts";

export function localPathFaults(path: string, field: string): Cause[] {
  if (path.startsWith("/")) return [invalidValue(field, path, "must be a relative path")];
  return path.split("/").includes("..") ? [invalidValue(field, path, "must not contain '..'")] : [];
}
