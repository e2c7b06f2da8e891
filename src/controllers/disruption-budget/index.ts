/** The door of disruption-budget/. */
export { disruptionBudget } from "./disruption-budget.ts";
