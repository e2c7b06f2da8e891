/** The door of pod-security/: what a pod of a namespace may not ask for. */
export { podSecurity } from "./pod-security.ts";
