/**
 * ValidatingAdmissionPolicy: rules in CEL that every write must meet to which a binding puts them. A binding says where a
 * policy holds, with which parameters, and whether a write that breaks it is denied, or only warned about. The texts are those of
 * Kubernetes' `policy/validating`.
 */
import { ApiError, type Reason } from "../errors/index.ts";
import {
  admissionExpression,
  budgetSpent,
  CelError,
  CostBudget,
  celText,
  type Draft,
  fromStoredVersion,
  type KindVersion,
  type KubernetesObject,
  matchesSelector,
  plainCelValue,
  type ValidatingAdmissionPolicy,
  type ValidatingAdmissionPolicyBinding,
  type Validation,
} from "../resources/index.ts";
import { type AdmissionRequest, forbidden } from "../store/index.ts";
import { type AdmissionPlugin, isAboutAdmission, type StoreReader } from "./plugin.ts";
import { isSelected, versionInRules } from "./request-rules.ts";
import { failedCondition, type Values, valuesOf, withVariables } from "./request-variables.ts";

const longestMessage = 5 * 1024;

export const validatingAdmissionPolicy: AdmissionPlugin = {
  name: "ValidatingAdmissionPolicy",
  on: [{ operations: ["CREATE", "UPDATE", "DELETE", "CONNECT"], subresources: ["*"] }],
  validate(object, request, reader) {
    if (isAboutAdmission(request.kind)) return;
    const bindings = reader.list("ValidatingAdmissionPolicyBinding");
    if (bindings.length === 0) return;
    const values = new Map<KindVersion, Values>();
    for (const binding of bindings) {
      const policy = reader.get("ValidatingAdmissionPolicy", "", binding.spec?.policyName ?? "");
      const version = policy && versionFor(policy, binding, object, request, reader);
      if (!version) continue;
      const inVersion = values.get(version) ?? valuesOf(object, request, version, reader);
      values.set(version, inVersion);
      for (const violation of violations(policy, binding, inVersion, request, reader))
        act(policy, binding, request, violation);
    }
  },
};

/** In which version the policy sees the write; undefined where it is not about it, or the binding keeps it from that. */
function versionFor(
  policy: ValidatingAdmissionPolicy,
  binding: ValidatingAdmissionPolicyBinding,
  object: Draft | undefined,
  request: AdmissionRequest,
  reader: StoreReader,
): KindVersion | undefined {
  const { matchConstraints = {} } = policy.spec ?? {};
  const { matchResources } = binding.spec ?? {};
  const version = versionInRules(matchConstraints.resourceRules, request, matchConstraints.matchPolicy);
  const holds = ({ excludeResourceRules, ...selectors }: typeof matchConstraints) =>
    !versionInRules(excludeResourceRules, request, selectors.matchPolicy) &&
    isSelected(selectors, object, request, reader);
  if (!version || !holds(matchConstraints)) return undefined;
  if (!matchResources) return version;
  const { resourceRules, matchPolicy } = matchResources;
  const isBound = !resourceRules?.length || versionInRules(resourceRules, request, matchPolicy) !== undefined;
  return isBound && holds(matchResources) ? version : undefined;
}

interface Violation {
  readonly message: string;
  /** Which of the policy's validations. */
  readonly index?: number;
  readonly reason?: string;
}

function violations(
  policy: ValidatingAdmissionPolicy,
  binding: ValidatingAdmissionPolicyBinding,
  values: Values,
  request: AdmissionRequest,
  reader: StoreReader,
): Violation[] {
  const {
    failurePolicy = "Fail",
    matchConditions = [],
    validations = [],
    variables = [],
  } = policy.spec ?? {};
  const failing = (message: string): Violation[] => (failurePolicy === "Fail" ? [{ message }] : []);
  const params = paramsOf(policy, binding, request, reader);
  if (typeof params === "string") return failing(params);
  return params.flatMap(param => {
    const budget = new CostBudget();
    const all = withVariables({ ...values, params: plainCelValue(param ?? null) }, variables, budget);
    const failed = failedCondition(matchConditions, all);
    if (failed) return failed.error === undefined ? [] : failing(failed.error);
    note(policy, all, request);
    const found = validations.flatMap((each, index) =>
      violation(each, all, failing, budget).map(found => ({ ...found, index })),
    );
    return budget.isSpent ? failing(budgetSpent) : found;
  });
}

/** The longest value that is noted for the audit log. */
const longestNote = 10 * 1024;

/** What the policy says is to be noted of a write; nothing where that cannot be told. */
function note(
  { metadata, spec }: ValidatingAdmissionPolicy,
  values: Values,
  request: AdmissionRequest,
): void {
  if (!request.annotate) return;
  const budget = new CostBudget();
  for (const { key, valueExpression } of spec?.auditAnnotations ?? []) {
    const value = noted(valueExpression, values, budget);
    if (value !== undefined) request.annotate(`${metadata.name}/${key}`, value.slice(0, longestNote));
  }
}

function noted(expression: string, values: Values, budget: CostBudget): string | undefined {
  try {
    return celText(admissionExpression(expression).run(values, budget))?.trim();
  } catch (error) {
    if (error instanceof CelError) return undefined;
    throw error;
  }
}

function violation(
  validation: Validation,
  values: Values,
  failing: (message: string) => Violation[],
  budget: CostBudget,
): Violation[] {
  const { expression, reason } = validation;
  try {
    if (admissionExpression(expression, "bool").run(values, budget) === true) return [];
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return failing(`expression '${expression}' resulted in error: ${error.message}`);
  }
  return [{ message: messageOf(validation, values, budget), ...(reason && { reason }) }];
}

function messageOf(
  { expression, message, messageExpression }: Validation,
  values: Values,
  budget: CostBudget,
): string {
  const plain = message?.trim() || `failed expression: ${expression.trim()}`;
  if (!messageExpression) return plain;
  try {
    const text = celText(admissionExpression(messageExpression).run(values, budget))?.trim();
    return text !== undefined && !text.includes("\n") && text.length <= longestMessage ? text : plain;
  } catch (error) {
    if (error instanceof CelError) return plain;
    throw error;
  }
}

/** The objects that a binding takes its parameters from, in the version that the policy names; or what is wrong. */
function paramsOf(
  { spec }: ValidatingAdmissionPolicy,
  { spec: { paramRef } = {} }: ValidatingAdmissionPolicyBinding,
  request: AdmissionRequest,
  reader: StoreReader,
): readonly (KubernetesObject | undefined)[] | string {
  const { apiVersion = "", kind: kindName = "" } = spec?.paramKind ?? {};
  if (!apiVersion || !kindName) return [undefined];
  const known = reader.kindOf({ apiVersion, kind: kindName });
  if (!known) {
    const kind = `${apiVersion.includes("/") ? "" : "/"}${apiVersion}, Kind=${kindName}`;
    return `failed to configure policy: failed to find resource referenced by paramKind: '${kind}'`;
  }
  if (!paramRef) return [undefined];
  const { kind, version } = known;
  const { name, selector = {}, parameterNotFoundAction } = paramRef;
  const namespace = paramRef.namespace || request.namespace;
  const misconfigured = (why: string) => `failed to configure binding: ${why}`;
  if (kind.scope === "Cluster" && paramRef.namespace)
    return misconfigured("paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
  if (kind.scope === "Namespaced" && !namespace)
    return misconfigured(
      "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources",
    );
  const where = kind.scope === "Namespaced" ? { namespace } : {};
  const found = reader
    .list<string>(kind.name, where)
    .filter(({ metadata }) =>
      name ? metadata.name === name : matchesSelector(selector, metadata.labels ?? {}),
    );
  if (found.length > 0) return found.map(object => fromStoredVersion(kind, version, object));
  if (parameterNotFoundAction === "Allow") return [];
  return misconfigured("no params found for policy binding with `Deny` parameterNotFoundAction");
}

const failureNote = "validation.policy.admission.k8s.io/validation_failure";

/** Does what the binding says about a write that breaks its policy. */
function act(
  policy: ValidatingAdmissionPolicy,
  binding: ValidatingAdmissionPolicyBinding,
  { kind, name, warn, annotate }: AdmissionRequest,
  { message, reason = "Invalid", index = 0 }: Violation,
): void {
  const actions = binding.spec?.validationActions ?? [];
  const [policyName, bindingName] = [policy.metadata.name, binding.metadata.name];
  if (actions.includes("Warn"))
    warn(
      `Validation failed for ValidatingAdmissionPolicy '${policyName}' with binding '${bindingName}': ${message}`,
    );
  if (actions.includes("Audit")) {
    const about = { policy: policyName, binding: bindingName, expressionIndex: index };
    annotate?.(failureNote, JSON.stringify([{ message, ...about, validationActions: actions }]));
  }
  if (!actions.includes("Deny")) return;
  const text = `ValidatingAdmissionPolicy '${policyName}' with binding '${bindingName}' denied request: ${message}`;
  const refusal = forbidden(kind, name, text);
  throw new ApiError(known(reason), refusal.message, {
    ...refusal.details,
    causes: [{ reason: "", field: "", message: text }],
  });
}

/** The reasons that a policy may give. */
function known(reason: string): Reason {
  const reasons: readonly Reason[] = ["Unauthorized", "Forbidden", "Invalid", "RequestEntityTooLarge"];
  return reasons.find(each => each === reason) ?? "Invalid";
}
