/** The door of fields/: who manages which fields of an object, and server-side apply. */
export { applied } from "./apply.ts";
export { type FieldsWrite, updatedFields } from "./update.ts";
