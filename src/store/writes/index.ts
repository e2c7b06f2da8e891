/** The door of writes/: the registry, through which every object is written, and the rules of a write that hold for all kinds. */
export { type Admission, type AdmissionRequest, isPending, type Operation } from "./admission.ts";
export { forbidden, invalid, type Named, notFound } from "./refusals.ts";
export { type KindSource, Registry, type RegistryParts } from "./registry.ts";
export type { DeleteOptions, RegistryVerbs, Request, Written } from "./verbs.ts";
export { noSuchPath, type Rules, subresourceOf } from "./versions.ts";
