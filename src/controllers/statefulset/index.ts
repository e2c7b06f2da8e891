/** The door of statefulset/. */
export { statefulset } from "./statefulset.ts";
