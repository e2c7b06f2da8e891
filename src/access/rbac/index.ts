/** The door of rbac/: what a user may do by roles and bindings. */
export { RoleBasedAccess } from "./role-based-access.ts";
export { allows, allowsPath } from "./rules.ts";
