/** The door of service/: what lists the pods of a Service, in both forms. */

export { endpoints } from "./endpoints.ts";
export { service } from "./service.ts";
