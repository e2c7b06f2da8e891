/**
 * What expressions in CEL know of a write: the object before and after, the request, the namespace, the parameters of a policy,
 * what the user may do, and the variables that are themselves expressions. Nothing is declared of what objects look like: they are
 * of any kind.
 */
import {
  Authorizer,
  admissionExpression,
  CelError,
  CostBudget,
  type Draft,
  type KindVersion,
  mostOfMatchConditions,
  plainCelValue,
  type Verdict,
} from "../resources/index.ts";
import type { AdmissionRequest } from "../store/index.ts";
import type { StoreReader } from "./plugin.ts";
import { kindIn, shownIn } from "./shown-write.ts";

export type Values = Readonly<Record<string, unknown>>;

/** The values of the variables, but for `params` and `variables`; the objects in that version. */
export function valuesOf(
  object: Draft | undefined,
  request: AdmissionRequest,
  version: KindVersion,
  reader: StoreReader,
): Values {
  const { kind, namespace, old } = request;
  const room =
    kind.name === "Namespace" || namespace === "" ? undefined : reader.get("Namespace", "", namespace);
  return {
    object: plainCelValue(shownIn(version, object, request)),
    oldObject: plainCelValue(shownIn(version, old, request)),
    request: plainCelValue(requestOf(request, version)),
    namespaceObject: plainCelValue(room ?? null),
    params: null,
    variables: new Map(),
    authorizer: new Authorizer(
      { user: request.user, authorize: reader.authorize ?? undecided },
      {
        group: kind.group,
        resource: kind.plural,
        subresource: request.subresource,
        namespace,
        name: request.name,
      },
    ),
  };
}

/** Where nobody says who may do what. */
function undecided(): Verdict {
  return { allowed: false, reason: "nothing decides about rights here" };
}

/** As AdmissionReview has it: `kind` and `resource` are those of what is shown, `requestKind` those of what was handed in. */
export function requestOf(request: AdmissionRequest, version: KindVersion) {
  const { operation, kind, version: spoken, namespace, name, subresource, user, dryRun } = request;
  const resourceIn = ({ group, version }: KindVersion) => ({ group, version, resource: kind.plural });
  return {
    kind: kindIn(version, request),
    resource: resourceIn(version),
    subResource: subresource,
    requestKind: kindIn(spoken, request),
    requestResource: resourceIn(spoken),
    requestSubResource: subresource,
    name,
    namespace,
    operation,
    userInfo: {
      username: user.name,
      uid: user.uid ?? "",
      groups: user.groups,
      ...(user.extra && { extra: user.extra }),
    },
    dryRun,
    options: optionsOf(request),
  };
}

const optionKinds = { CREATE: "CreateOptions", UPDATE: "UpdateOptions", DELETE: "DeleteOptions" } as const;

/** The options of the write, as its writer gave them; null of a stream, whose options are the object. */
function optionsOf({ operation, dryRun, options, deletion = {} }: AdmissionRequest): object | null {
  if (operation === "CONNECT") return null;
  const { gracePeriodSeconds, propagationPolicy, preconditions } = deletion;
  return {
    kind: optionKinds[operation],
    apiVersion: "meta.k8s.io/v1",
    ...(operation === "DELETE" ? {} : options),
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(preconditions && { preconditions }),
    ...(propagationPolicy && { propagationPolicy }),
    ...(dryRun && { dryRun: ["All"] }),
  };
}

/** With the variables of a policy, each evaluated when it is first asked for, and paid then. */
export function withVariables(
  values: Values,
  variables: readonly { readonly name: string; readonly expression: string }[],
  budget: CostBudget,
): Values {
  const own: Record<string, unknown> = {};
  const all = { ...values, variables: own };
  for (const { name, expression } of variables) {
    let result: { readonly value: unknown } | undefined;
    Object.defineProperty(own, name, {
      enumerable: true,
      get() {
        result ??= { value: admissionExpression(expression).run(all, budget) };
        return result.value;
      },
    });
  }
  return all;
}

/** The first of the conditions that does not hold, or why it cannot be told; undefined where all hold. */
export function failedCondition(
  conditions: readonly { readonly name: string; readonly expression: string }[],
  values: Values,
): { readonly error?: string } | undefined {
  const budget = new CostBudget(mostOfMatchConditions);
  for (const { name, expression } of conditions) {
    try {
      if (admissionExpression(expression, "bool").run(values, budget) !== true) return {};
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      return { error: `match condition '${name}' failed: ${error.message}` };
    }
  }
  return undefined;
}
