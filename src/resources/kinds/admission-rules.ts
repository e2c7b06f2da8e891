/**
 * What is wrong with policies of admission, and with their bindings, in the words of Kubernetes'
 * `admissionregistration/validation`: their expressions must compile.
 */
import type { Cause } from "../../errors/index.ts";
import { admissionExpression } from "../cel/index.ts";
import type { KindRules } from "../definition/index.ts";
import { duplicate, invalidValue, notSupported, required } from "../faults.ts";
import type {
  MatchCondition,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "../generated/kubernetes.gen.ts";
import { qualifiedName } from "../names.ts";
import { valuesOf } from "../schema/index.ts";

export const policyRules: KindRules<ValidatingAdmissionPolicy> = {
  validate({ spec = {} }) {
    const { validations = [], auditAnnotations = [], variables = [], matchConditions = [] } = spec;
    const { resourceRules = [] } = spec.matchConstraints ?? {};
    return [
      ...(spec.matchConstraints ? [] : [required("spec.matchConstraints")]),
      ...(spec.matchConstraints && resourceRules.length === 0
        ? [required("spec.matchConstraints.resourceRules")]
        : []),
      ...conditionFaults(matchConditions, "spec.matchConditions"),
      ...variables.flatMap(({ name, expression }, i) => [
        ...variableNameFaults(name, `spec.variables[${i}].name`),
        ...expressionFaults(expression, `spec.variables[${i}].expression`),
      ]),
      ...(validations.length === 0 && auditAnnotations.length === 0
        ? [
            required("spec.validations", "validations or auditAnnotations must contain at least one item"),
            required(
              "spec.auditAnnotations",
              "validations or auditAnnotations must contain at least one item",
            ),
          ]
        : []),
      ...validations.flatMap(({ expression, message, messageExpression, reason }, i) => [
        ...messageFaults(message, `spec.validations[${i}].message`),
        ...expressionFaults(expression, `spec.validations[${i}].expression`, "bool"),
        ...(messageExpression
          ? expressionFaults(messageExpression, `spec.validations[${i}].messageExpression`, "string")
          : []),
        ...(reason !== undefined && !reasons.includes(reason)
          ? [notSupported(`spec.validations[${i}].reason`, reason, reasons)]
          : []),
      ]),
      ...auditAnnotations.flatMap(({ valueExpression }, i) =>
        expressionFaults(valueExpression, `spec.auditAnnotations[${i}].valueExpression`),
      ),
    ];
  },
  initialStatus: () => ({}),
};

function variableNameFaults(name: string | undefined, field: string): Cause[] {
  if (!name) return [required(field, "name is not specified")];
  return /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name)
    ? []
    : [invalidValue(field, name, "name is not a valid CEL identifier")];
}

function messageFaults(message: string | undefined, field: string): Cause[] {
  if (!message) return [];
  const text = message.trim();
  if (text === "") return [invalidValue(field, message, "message must be non-empty if specified")];
  return /[\n\r]/.test(text) ? [invalidValue(field, message, "message must not contain line breaks")] : [];
}

const reasons = ["Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"];
const actions = () => valuesOf("ValidatingAdmissionPolicyBindingSpec", "validationActions");

export const policyBindingRules: KindRules<ValidatingAdmissionPolicyBinding> = {
  validate({ spec = {} }) {
    const { policyName, validationActions = [], paramRef } = spec;
    const field = "spec.validationActions";
    const names = new Set<string>(validationActions);
    return [
      ...(policyName ? [] : [required("spec.policyName")]),
      ...(paramRef && !paramRef.name && !paramRef.selector
        ? [required("spec.paramRef", "one of name or selector must be specified")]
        : []),
      ...(validationActions.length === 0
        ? [required(field, "at least one validation action is required")]
        : []),
      ...validationActions.flatMap((action, i) => {
        if (!actions().includes(action)) return [notSupported(`${field}[${i}]`, action, actions())];
        return validationActions.indexOf(action) < i ? [duplicate(`${field}[${i}]`, action)] : [];
      }),
      ...(names.has("Deny") && names.has("Warn")
        ? [
            invalidValue(
              field,
              validationActions,
              "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)",
            ),
          ]
        : []),
    ];
  },
};

function conditionFaults(conditions: readonly MatchCondition[], path: string): Cause[] {
  return conditions.flatMap(({ name, expression }, i) => [
    ...(name
      ? qualifiedName(name).map(wrong => invalidValue(`${path}[${i}].name`, name, wrong))
      : [required(`${path}[${i}].name`)]),
    ...expressionFaults(expression, `${path}[${i}].expression`, "bool"),
    ...(conditions.findIndex(each => each.name === name) < i ? [duplicate(`${path}[${i}].name`, name)] : []),
  ]);
}

function expressionFaults(expression: string | undefined, field: string, type?: string): Cause[] {
  if (!expression?.trim()) return [required(field, `${field.split(".").at(-1)} is not specified`)];
  const { fault } = admissionExpression(expression, type);
  return fault === undefined ? [] : [invalidValue(field, expression, fault)];
}
