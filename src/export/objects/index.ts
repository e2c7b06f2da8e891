/** The door of objects/: what an object of the API is, and what of it was declared. */
export { bareMetadata } from "./bare-metadata.ts";
export { isClustersOwn } from "./clusters-own.ts";
export {
  type ApiObject,
  groupOf,
  listAt,
  mapAt,
  nameOf,
  textAt,
  textsAt,
  textsIn,
  withFields,
  without,
} from "./parts.ts";
export { withoutDefaults } from "./without-defaults.ts";
