/** The door of openapi/: what is served, described for programs. */
export { describe } from "./descriptions.ts";

export { openApiV2Bytes, openApiV2Document, openApiV2Type } from "./v2.ts";
export { type OpenApiParts, openApiIndex, openApiText } from "./v3.ts";
