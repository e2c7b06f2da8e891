/** The door of openapi/: what is served, described for programs. */
export type { Describe, PublishedName } from "./schemas.ts";
export { type OpenApiParts, openApiIndex, openApiText } from "./v3.ts";
