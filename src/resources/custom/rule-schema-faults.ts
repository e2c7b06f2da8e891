/**
 * What is wrong with the rules of a schema (`x-kubernetes-validations`), as expressions: each is compiled against the part of
 * the schema that it stands in.
 */
import type { Cause } from "../../errors/index.ts";
import { invalidValue } from "../faults.ts";
import type { ValidationRule } from "../generated/kubernetes.gen.ts";
import type { Schema } from "../schema/index.ts";
import { asRoot, compiledRules, hasRules } from "./rules.ts";

export function ruleSchemaFaults(root: Schema, path: string): Cause[] {
  return hasRules(root) ? faultsAt(asRoot(root), path, undefined) : [];
}

/** @param uncorrelated the path of the part within which old and new values cannot be told to be the same */
function faultsAt(schema: Schema, path: string, uncorrelated: string | undefined): Cause[] {
  if (!hasRules(schema)) return [];
  const { properties = {}, items, additionalProperties, listType, atomic } = schema;
  const inFields = uncorrelated ?? (atomic ? path : undefined);
  const inItems = uncorrelated ?? (listType === "map" ? undefined : path);
  return [
    ...Object.entries(properties).flatMap(([name, field]) =>
      faultsAt(field, `${path}.properties[${name}]`, inFields),
    ),
    ...(additionalProperties
      ? faultsAt(additionalProperties, `${path}.additionalProperties`, uncorrelated)
      : []),
    ...(items ? faultsAt(items, `${path}.items`, inItems) : []),
    ...ownFaults(schema, path, uncorrelated),
  ];
}

function ownFaults(schema: Schema, path: string, uncorrelated: string | undefined): Cause[] {
  return compiledRules(schema).flatMap(({ rule, condition, message, usesOld }, i) => {
    const at = `${path}.x-kubernetes-validations[${i}]`;
    const causes: Cause[] = [];
    if (condition.fault !== undefined) causes.push(invalidValue(`${at}.rule`, inGo(rule), condition.fault));
    if (message?.fault !== undefined)
      causes.push(invalidValue(`${at}.messageExpression`, inGo(rule), `messageExpression ${message.fault}`));
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
