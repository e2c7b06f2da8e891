/**
 * What is wrong with the rules of a schema (`x-kubernetes-validations`), as expressions: each is compiled against the part of
 * the schema that it stands in.
 */
import type { Cause } from "../../errors/index.ts";
import { mostOccurrences, sizedType } from "../cel/index.ts";
import { invalidValue } from "../faults.ts";
import type { ValidationRule } from "../generated/kubernetes.gen.ts";
import type { Schema } from "../schema/index.ts";
import { RuleCosts } from "./rule-costs.ts";
import { asRoot, compiledRules, hasRules } from "./rules.ts";

export function ruleSchemaFaults(root: Schema, path: string): Cause[] {
  if (!hasRules(root)) return [];
  const costs = new RuleCosts();
  const causes = faultsAt(asRoot(root), path, { uncorrelated: undefined, most: 1, costs });
  return [...causes, ...costs.faults(path)];
}

/** What is known of the place of a part in the whole. */
interface Place {
  /** The path of the part within which old and new values cannot be told to be the same. */
  readonly uncorrelated: string | undefined;
  /** How many such parts there are at most; undefined where nothing says. */
  readonly most: number | undefined;
  readonly costs: RuleCosts;
}

function faultsAt(schema: Schema, path: string, place: Place): Cause[] {
  if (!hasRules(schema)) return [];
  const { properties = {}, items, additionalProperties, listType, atomic } = schema;
  const inFields = { ...place, uncorrelated: place.uncorrelated ?? (atomic ? path : undefined) };
  const inValues = { ...place, most: product(place.most, schema.maxProperties) };
  const inItems = {
    ...place,
    uncorrelated: place.uncorrelated ?? (listType === "map" ? undefined : path),
    most: product(place.most, schema.maxItems),
  };
  return [
    ...Object.entries(properties).flatMap(([name, field]) =>
      faultsAt(field, `${path}.properties[${name}]`, inFields),
    ),
    ...(additionalProperties ? faultsAt(additionalProperties, `${path}.additionalProperties`, inValues) : []),
    ...(items ? faultsAt(items, `${path}.items`, inItems) : []),
    ...ownFaults(schema, path, place),
  ];
}

function product(most: number | undefined, each: number | undefined): number | undefined {
  return most === undefined || each === undefined ? undefined : most * each;
}

function ownFaults(schema: Schema, path: string, { uncorrelated, most, costs }: Place): Cause[] {
  const type = sizedType(schema);
  const occurrences = most ?? mostOccurrences(type?.fewestBytes ?? 0);
  return compiledRules(schema).flatMap(({ rule, condition, message, usesOld }, i) => {
    const at = `${path}.x-kubernetes-validations[${i}]`;
    const causes: Cause[] = [];
    if (type) causes.push(...costs.faultsOf(`${at}.rule`, "rule", condition.mostCost(type) * occurrences));
    if (condition.fault !== undefined) causes.push(invalidValue(`${at}.rule`, inGo(rule), condition.fault));
    if (message?.fault !== undefined)
      causes.push(invalidValue(`${at}.messageExpression`, inGo(rule), `messageExpression ${message.fault}`));
    else if (message && type)
      causes.push(...costs.faultsOf(`${at}.messageExpression`, "messageExpression", message.mostCost(type)));
    if (usesOld && uncorrelated !== undefined)
      causes.push(
        invalidValue(
          `${at}.rule`,
          rule.rule,
          `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`,
        ),
      );
    if (!usesOld && rule.optionalOldSelf !== undefined)
      causes.push(
        invalidValue(
          `${at}.optionalOldSelf`,
          rule.optionalOldSelf,
          "may not be set if oldSelf is not used in rule",
        ),
      );
    return causes;
  });
}

/** As Kubernetes prints a rule. */
function inGo({ rule, message, messageExpression, reason, fieldPath, optionalOldSelf }: ValidationRule) {
  return {
    Rule: rule,
    Message: message ?? "",
    MessageExpression: messageExpression ?? "",
    Reason: reason ?? null,
    FieldPath: fieldPath ?? "",
    OptionalOldSelf: optionalOldSelf ?? null,
  };
}
