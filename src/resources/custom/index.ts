/** The door of custom/: kinds that are defined at run time. */
export { acceptedNames } from "./accepted-names.ts";
export { approvalCondition } from "./approval.ts";
export { customKind, customKindName } from "./custom-kind.ts";
export { definitionCleanup, definitionRules } from "./definition-rules.ts";
export { ruleFaults } from "./rules.ts";
