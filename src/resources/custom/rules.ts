/**
 * The rules of a schema (`x-kubernetes-validations`): conditions in CEL that an object of a custom kind, or a part of it, must
 * meet. A rule that names `oldSelf` is about a change, and only asked where there is a value to compare with. After
 * Kubernetes' `apiserver/schema/cel`; what rules may cost at most is asked when they are defined (rule-costs.ts).
 */
import type { Cause } from "../../errors/index.ts";
import {
  budgetSpent,
  CelEnvironment,
  CelError,
  type CelExpression,
  CostBudget,
  celLibrary,
  celValue,
  costExceeded,
  declaredType,
  textOf,
} from "../cel/index.ts";
import { shown } from "../faults.ts";
import type { ValidationRule } from "../generated/kubernetes.gen.ts";
import { isMap } from "../json.ts";
import { isSame } from "../sameness.ts";
import { earlierElements, type Schema } from "../schema/index.ts";

interface CompiledRule {
  readonly rule: ValidationRule;
  readonly condition: CelExpression;
  readonly message: CelExpression | undefined;
  /** Whether it is about a change. */
  readonly usesOld: boolean;
}

/** Longer ones are cut off from what a person reads; Kubernetes takes the plain message instead. */
const longestMessage = 5 * 1024;

/** The causes after which rules are not asked: they rely on what these deny. */
const blocking = [
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
];

/**
 * What the rules say of an object, given what is wrong with it already. Where one costs too much, by itself or with those before it, that is
 * told, and no further one is asked.
 * @param old what it is to replace; rules about what did not change are not asked again
 */
export function ruleFaults(schema: Schema, object: unknown, old: unknown, causes: readonly Cause[]): Cause[] {
  if (!hasRules(schema)) return [];
  if (causes.some(({ reason }) => blocking.includes(reason ?? ""))) return [notChecked];
  return faultsAt(asRoot(schema), object, old, "", new CostBudget());
}

const notChecked: Cause = {
  reason: "FieldValueInvalid",
  field: "<nil>",
  message:
    "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
};

/** Whether there is a rule in a schema at all. */
export function hasRules(schema: Schema): boolean {
  let known = withRules.get(schema);
  if (known === undefined) {
    known = (schema.rules?.length ?? 0) > 0 || innerSchemas(schema).some(hasRules);
    withRules.set(schema, known);
  }
  return known;
}

const withRules = new WeakMap<Schema, boolean>();

function innerSchemas({ properties = {}, items, additionalProperties, allOf = [] }: Schema): Schema[] {
  return [
    ...Object.values(properties),
    ...(items ? [items] : []),
    ...(additionalProperties ? [additionalProperties] : []),
    ...allOf,
  ];
}

/** A whole object: its rules know apiVersion, kind, and of the metadata the names. */
export function asRoot(schema: Schema): Schema {
  let root = roots.get(schema);
  if (root === undefined) {
    root = { ...schema, properties: { ...schema.properties, ...ofEveryObject } };
    roots.set(schema, root);
  }
  return root;
}

const roots = new WeakMap<Schema, Schema>();
const text: Schema = { type: "string" };
const ofEveryObject = {
  apiVersion: text,
  kind: text,
  metadata: { type: "object", properties: { name: text, generateName: text } },
} as const;

/** The rules of a schema, each compiled against it. */
export function compiledRules(schema: Schema): readonly CompiledRule[] {
  let compiled = compiledOf.get(schema);
  if (compiled === undefined) {
    compiled = compile(schema);
    compiledOf.set(schema, compiled);
  }
  return compiled;
}

const compiledOf = new WeakMap<Schema, readonly CompiledRule[]>();

function compile(schema: Schema): CompiledRule[] {
  const { rules = [] } = schema;
  if (rules.length === 0) return [];
  const environment = (isOptional: boolean) =>
    new CelEnvironment(types => {
      const self = declaredType(types, schema, "Self");
      return { self, oldSelf: isOptional ? `optional<${self}>` : self };
    });
  const usual = environment(false);
  return rules.map(rule => {
    const own = rule.optionalOldSelf ? environment(true) : usual;
    const condition = own.compile(rule.rule, "bool");
    const message = rule.messageExpression ? own.compile(rule.messageExpression, "string") : undefined;
    return { rule, condition, message, usesOld: condition.uses("oldSelf") };
  });
}

function faultsAt(schema: Schema, value: unknown, old: unknown, path: string, budget: CostBudget): Cause[] {
  if (value === undefined || value === null || !hasRules(schema)) return [];
  const own = ownFaults(schema, value, old, path, budget);
  return [...own, ...innerFaults(schema, value, old, path, budget)];
}

function ownFaults(schema: Schema, value: unknown, old: unknown, path: string, budget: CostBudget): Cause[] {
  const rules = compiledRules(schema);
  if (rules.length === 0 || budget.isSpent) return [];
  const hasOld = old !== undefined && old !== null;
  const isUnchanged = hasOld && isSame(value, old);
  const self = celValue(schema, value);
  const before = hasOld ? celValue(schema, old) : undefined;
  return rules.flatMap(compiled => {
    const { rule, condition, usesOld } = compiled;
    if (budget.isSpent) return [];
    if (usesOld ? !hasOld && !rule.optionalOldSelf : isUnchanged) return [];
    const { Optional } = celLibrary();
    const oldSelf = rule.optionalOldSelf ? (hasOld ? Optional.of(before) : Optional.none()) : before;
    const variables = { self, ...(oldSelf !== undefined && { oldSelf }) };
    try {
      if (condition.run(variables, budget) === true) return [];
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      if (error.message === costExceeded) budget.close();
      const message = `Invalid value: ${shown(schema.type ?? "")}: ${failureText(error, rule)}`;
      return [{ reason: "FieldValueInvalid", field: path || "<nil>", message }];
    }
    return [causeOf(compiled, schema, value, path, messageOf(compiled, variables, budget))];
  });
}

function failureText({ message }: CelError, rule: ValidationRule): string {
  if (message === budgetSpent) return message;
  if (message.startsWith("no such overload"))
    return `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${ruleText(rule)}`;
  if (message === costExceeded)
    return `'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${ruleText(rule)}`;
  return `${message} evaluating rule: ${ruleText(rule)}`;
}

function ruleText({ rule, message }: ValidationRule): string {
  return message ? JSON.stringify(message) : rule.trim();
}

function messageOf(
  { rule, message }: CompiledRule,
  variables: Readonly<Record<string, unknown>>,
  budget: CostBudget,
): string {
  const plain = rule.message ? rule.message.trim() : `failed rule: ${ruleText(rule)}`;
  if (!message) return plain;
  try {
    const text = textOf(message.run(variables, budget))?.trim();
    const isUsable = text !== undefined && !/[\n\r]/.test(text) && text.length <= longestMessage;
    return isUsable ? text : plain;
  } catch (error) {
    if (error instanceof CelError) return plain;
    throw error;
  }
}

function causeOf(
  { rule }: CompiledRule,
  schema: Schema,
  value: unknown,
  path: string,
  detail: string,
): Cause {
  const { reason = "FieldValueInvalid", fieldPath = "" } = rule;
  const field = `${path}${path ? fieldPath : fieldPath.replace(/^\./, "")}` || "<nil>";
  // Of an object or a list the value is left out: it may be long.
  const isLong = schema.type === "object" || schema.type === "array";
  const said = isLong ? "" : `: ${shown(value)}`;
  const kinds: Readonly<Record<string, string>> = {
    FieldValueForbidden: "Forbidden",
    FieldValueRequired: "Required value",
    FieldValueDuplicate: `Duplicate value${said}`,
  };
  return { reason, field, message: `${kinds[reason] ?? `Invalid value${said}`}: ${detail}` };
}

/** What the rules further inside say. What stood there before is known where it can be told which it was. */
function innerFaults(
  schema: Schema,
  value: unknown,
  old: unknown,
  path: string,
  budget: CostBudget,
): Cause[] {
  const { properties = {}, items, additionalProperties, allOf = [], atomic } = schema;
  const ofAll = allOf.flatMap(each => faultsAt({ type: schema.type, ...each }, value, old, path, budget));
  if (Array.isArray(value)) {
    if (!items) return ofAll;
    const earlier = earlierElements(schema, old);
    return [
      ...ofAll,
      ...value.flatMap((item, i) => faultsAt(items, item, earlier(item), `${path}[${i}]`, budget)),
    ];
  }
  if (!isMap(value)) return ofAll;
  const before = isMap(old) && atomic !== true ? old : {};
  const fields = Object.entries(value).flatMap(([name, inner]) => {
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (known) return faultsAt(known, inner, before[name], path ? `${path}.${name}` : name, budget);
    return additionalProperties
      ? faultsAt(additionalProperties, inner, before[name], `${path}[${name}]`, budget)
      : [];
  });
  return [...ofAll, ...fields];
}
