/**
 * Label selectors as text, as they stand in queries and tables: `app=web,tier in (a,b),!old`.
 */
import { ApiError } from "../../errors/index.ts";
import type { LabelSelector } from "../generated/kubernetes.gen.ts";
import { labelKey, labelValue } from "../names.ts";
import { type LabelRequirement, requirementsOf } from "./selector.ts";

/** Reads `app=web,tier in (a,b),!old`. Throws BadRequest. */
export function parseLabelSelector(text: string): LabelRequirement[] {
  const words = text.match(/==|!=|[!(),=<>]|[^\s!(),=<>]+/g) ?? [];
  let at = 0;
  const peek = () => words[at];
  const fail = (found: string | undefined, expected: string): never => {
    throw badSelector(`found '${found ?? ""}'${expected.startsWith("'(") ? "" : ","} expected: ${expected}`);
  };
  const take = (expected: string): string => {
    const word = words[at++];
    if (word === undefined || /^([!(),=<>]|==|!=)$/.test(word)) return fail(word, expected);
    return word;
  };
  const list = (): string[] => {
    if (words[at] !== "(") fail(words[at], "'('");
    const values: string[] = [];
    do {
      at++;
      values.push(peek() === "," || peek() === ")" ? "" : take("',', ')' or identifier"));
    } while (peek() === ",");
    if (words[at++] !== ")") fail(words[at - 1], "')'");
    return values;
  };
  const requirement = (): LabelRequirement => {
    const absent = peek() === "!";
    if (absent) at++;
    const key = take("!, identifier, or 'end of string'");
    if (absent) return { key, operator: "DoesNotExist", values: [] };
    const operator = peek();
    if (operator === undefined || operator === ",") return { key, operator: "Exists", values: [] };
    at++;
    switch (operator) {
      case "in":
        return { key, operator: "In", values: list() };
      case "notin":
        return { key, operator: "NotIn", values: list() };
      case "=":
      case "==":
      case "!=": {
        const value = peek() === undefined || peek() === "," ? "" : take("identifier");
        return { key, operator: operator === "!=" ? "NotIn" : "In", values: [value] };
      }
      case ">":
      case "<":
        return { key, operator: operator === ">" ? "Gt" : "Lt", values: [take("identifier")] };
      default:
        return fail(operator, "in, notin, =, ==, !=, gt, lt");
    }
  };
  const requirements: LabelRequirement[] = [];
  while (at < words.length) {
    requirements.push(checkedRequirement(requirement()));
    if (at < words.length && words[at++] !== ",") fail(words[at - 1], "',' or 'end of string'");
  }
  return requirements;
}

function checkedRequirement(requirement: LabelRequirement): LabelRequirement {
  const { key, operator, values } = requirement;
  const [wrong] = labelKey(key);
  if (wrong !== undefined) throw badSelector(`key: Invalid value: ${JSON.stringify(key)}: ${wrong}`);
  for (const value of values) {
    const [fault] = operator === "Gt" || operator === "Lt" ? integerFault(value) : labelValue(value);
    if (fault !== undefined)
      throw badSelector(`values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${fault}`);
  }
  return requirement;
}

function integerFault(value: string): string[] {
  return /^-?\d{1,18}$/.test(value) ? [] : ["for 'Gt', 'Lt' operators, the value must be an integer"];
}

function badSelector(problem: string): ApiError {
  return new ApiError("BadRequest", `unable to parse requirement: ${problem}`);
}

/** The text of a selector, sorted by key: `app=web,tier in (a,b)`. Of an object's, only what stands in matchLabels has a `=`. */
export function formatLabelSelector(selector: LabelSelector | readonly LabelRequirement[]): string {
  if (isRequirements(selector)) return sortedText(selector.map(each => [each.key, formatRequirement(each)]));
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const labels = Object.entries(matchLabels).map(([key, value]): Part => [key, `${key}=${value}`]);
  const asked = requirementsOf({ matchExpressions });
  return sortedText([...labels, ...asked.map((each): Part => [each.key, formatRequirement(each, true)])]);
}

type Part = readonly [key: string, text: string];

function sortedText(parts: readonly Part[]): string {
  const sorted = parts.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return sorted.map(([, text]) => text).join(",");
}

function formatRequirement({ key, operator, values }: LabelRequirement, asSets = false): string {
  const list = [...values].sort().join(",");
  const isOne = values.length === 1 && !asSets;
  switch (operator) {
    case "Exists":
      return key;
    case "DoesNotExist":
      return `!${key}`;
    case "In":
      return isOne ? `${key}=${list}` : `${key} in (${list})`;
    case "NotIn":
      return isOne ? `${key}!=${list}` : `${key} notin (${list})`;
    case "Gt":
      return `${key}>${list}`;
    case "Lt":
      return `${key}<${list}`;
  }
}

function isRequirements(
  selector: LabelSelector | readonly LabelRequirement[],
): selector is readonly LabelRequirement[] {
  return Array.isArray(selector);
}

/** As Go prints the struct, which is what Kubernetes shows in some columns and messages. */
export function goTextOfSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.entries(matchLabels).sort(([a], [b]) => (a < b ? -1 : 1));
  const pairs = labels.map(([key, value]) => `${key}: ${value},`).join("");
  const asked = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(" ")}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${pairs}},MatchExpressions:[]LabelSelectorRequirement{${asked.join("")}},}`;
}
