/** The door of short-forms/: what k4s lets one leave out, and the full objects that it stands for. */
export { type Copied, copiedContainer } from "./replicaset-template.ts";
export { contract, expand, shortFormCauses, shortPath, withoutMistakes } from "./short-forms.ts";
