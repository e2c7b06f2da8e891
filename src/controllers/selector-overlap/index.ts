/** The door of selector-overlap/. */
export { selectorOverlap } from "./selector-overlap.ts";
