/** The door of writes/: the registry, through which every object is written, and the rules of a write that hold for all kinds. */
export { type Admission, isPending } from "./admission.ts";
export type { AdmissionRequest, AuthorizeWrite, DeleteOptions, Operation } from "./asked-write.ts";

export { PendingAnswers, requestSeconds } from "./pending-answers.ts";
export { forbidden, invalid, type Named, noSuchPath, notAllowed, notFound } from "./refusals.ts";
export { Registry } from "./registry.ts";
export { subresourceOf } from "./subresources.ts";
export type { RegistryVerbs, Request, Written } from "./verbs.ts";
