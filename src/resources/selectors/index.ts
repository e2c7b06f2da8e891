/** The door of selectors/: which objects are meant, by labels, fields, or a glob over names. */
export {
  checkFieldSelector,
  type FieldRequirement,
  type FieldTexts,
  matchesFields,
  parseFieldSelector,
  selectedName,
  textAt,
} from "./field-selector.ts";
export { type Glob, isPlain } from "./glob.ts";
export {
  equalitiesIn,
  holds,
  type LabelRequirement,
  type Labels,
  matchesLabels,
  matchesRequirements,
  matchesSelector,
  meetRequirements,
  nameLabel,
  plainValuesOf,
  requirementsOf,
  serviceSelects,
} from "./selector.ts";
export { labelSelectorFaults, serviceSelectorFaults } from "./selector-faults.ts";
export { formatLabelSelector, goTextOfSelector, parseLabelSelector } from "./selector-text.ts";
