/**
 * What expressions in CEL know of a write: the object before and after, the request, the namespace, the parameters of a policy,
 * and the variables that are themselves expressions. Nothing is declared of what objects look like: they are of any kind.
 */
import { admissionExpression, CelError, type Draft, plainCelValue } from "../resources/index.ts";
import type { AdmissionRequest } from "../store/index.ts";
import type { StoreReader } from "./plugin.ts";

export type Values = Readonly<Record<string, unknown>>;

/** The values of the variables, but for `params` and `variables`. */
export function valuesOf(object: Draft | undefined, request: AdmissionRequest, reader: StoreReader): Values {
  const { kind, namespace, old } = request;
  const room =
    kind.name === "Namespace" || namespace === "" ? undefined : reader.get("Namespace", "", namespace);
  return {
    object: plainCelValue(object ?? null),
    oldObject: plainCelValue(old ?? null),
    request: plainCelValue(requestOf(request)),
    namespaceObject: plainCelValue(room ?? null),
    params: null,
    variables: new Map(),
  };
}

/** As AdmissionReview has it. */
export function requestOf({ operation, kind, namespace, name, subresource, user, dryRun }: AdmissionRequest) {
  const [{ group, version }] = kind.versions;
  const ofKind = { group, version, kind: kind.kind };
  const resource = { group, version, resource: kind.plural };
  return {
    kind: ofKind,
    resource,
    subResource: subresource,
    requestKind: ofKind,
    requestResource: resource,
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
  };
}

/** With the variables of a policy, each evaluated when it is first asked for. */
export function withVariables(
  values: Values,
  variables: readonly { readonly name: string; readonly expression: string }[],
): Values {
  const own: Record<string, unknown> = {};
  const all = { ...values, variables: own };
  for (const { name, expression } of variables) {
    let result: { readonly value: unknown } | undefined;
    Object.defineProperty(own, name, {
      enumerable: true,
      get() {
        result ??= { value: admissionExpression(expression).run(all) };
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
  for (const { name, expression } of conditions) {
    try {
      if (admissionExpression(expression, "bool").run(values) !== true) return {};
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      return { error: `match condition '${name}' failed: ${error.message}` };
    }
  }
  return undefined;
}
