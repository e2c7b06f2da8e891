/** The door of cel/: expressions in the Common Expression Language, with the functions that Kubernetes adds. */
export { admissionExpression, typeMistakes } from "./admission-expression.ts";
export { Authorizer } from "./authorizer-functions.ts";
export { CelError } from "./cel-error.ts";
export { budgetSpent, CostBudget, costExceeded, mostOfMatchConditions } from "./cost.ts";
export { declaredType } from "./declared-types.ts";
export { CelEnvironment, type CelExpression, textOf } from "./expression.ts";
export { library as celLibrary } from "./library.ts";
export { mostOccurrences, sizedType } from "./sized-types.ts";
export { celValue, plainCelValue } from "./values.ts";
