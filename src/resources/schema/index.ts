/** The door of schema/: what a schema says, and what is done with one: decode, fill in, validate, prune. */
export { decode } from "./decode.ts";
export type { DecodeFault } from "./decode-faults.ts";
export { withDefaults } from "./defaults.ts";
export { definition, objectSchema, valuesOf } from "./definitions.ts";
export { hasFormat } from "./format.ts";
export { converterFault, decoderFault, printed } from "./go/index.ts";
export { earlierElements } from "./list-elements.ts";
export { firstMatch, matchesPattern, patternFault, patternMatches } from "./pattern.ts";
export { pruned, prunedBy } from "./prune.ts";
export type { Schema } from "./schema.ts";
export { structuralSchema } from "./structural-schema.ts";
export { structuralFaults, structuralFaultsOfValue } from "./structural-validation.ts";
export { schemaFaults } from "./validation.ts";
export { publishedName, type WireFields, wireFields } from "./wire-fields.ts";
export { withZeros } from "./zeros.ts";
