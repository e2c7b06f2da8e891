/** The door of cel/: expressions in the Common Expression Language, with the functions that Kubernetes adds. */
export { declaredType } from "./declared-types.ts";
export { CelEnvironment, CelError, CelExpression, textOf } from "./expression.ts";
export { library as celLibrary } from "./library.ts";
export { celValue } from "./values.ts";
