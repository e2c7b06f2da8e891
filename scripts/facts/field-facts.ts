/** The facts of one field: what a schema can say, with `quantity` for the format of that name. */
import type { Schema } from "../../src/resources/schema/schema.ts";

export type FieldFacts = Partial<Omit<Schema, "properties" | "items">> & { readonly quantity?: true };

/** A list that is merged by these keys when it is applied, and by the first of them in strategic merge patches. */
export function mergedBy(...keys: [string, ...string[]]): FieldFacts {
  return { listType: "map", listMapKeys: keys, patchStrategy: "merge", patchMergeKey: keys[0] };
}
