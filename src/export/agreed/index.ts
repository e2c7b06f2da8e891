/** The door of agreed/: what the manifests of an export and the runtime in its containers both go by. */
export { probePaths } from "./probe-paths.ts";
export { variables } from "./variables.ts";
