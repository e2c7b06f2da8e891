/** The door of openapi/: what is served, described for programs. */
export { describe } from "./descriptions.ts";
export { OpenApiDocuments } from "./documents.ts";
export { openApiV2Type } from "./v2.ts";
