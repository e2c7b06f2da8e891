/**
 * Tells of each ValidatingAdmissionPolicy what its expressions get wrong of the kinds that it names: `status.typeChecking`. A policy holds
 * whatever is found. After Kubernetes' controller of the same name.
 */
import { type Controller, controller, settled } from "../loop/index.ts";
import {
  type KindDefinition,
  type KindVersion,
  typeMistakes,
  type ValidatingAdmissionPolicy,
} from "../resources/index.ts";

/** How many kinds a policy is checked against. */
const mostKinds = 10;

/** @param kinds those that there are */
export function validatingAdmissionPolicyStatus(kinds: () => readonly KindDefinition[]): Controller {
  return controller({
    name: "validatingadmissionpolicy-status",
    kind: "ValidatingAdmissionPolicy",
    wokenBy: [],
    async reconcile(policy, world) {
      const observedGeneration = policy.metadata.generation ?? 1;
      if (policy.status?.observedGeneration === observedGeneration) return settled;
      const expressionWarnings = warningsOf(policy, kinds());
      const typeChecking = expressionWarnings.length > 0 ? { expressionWarnings } : {};
      await world.report(policy, { ...policy.status, observedGeneration, typeChecking });
      return settled;
    },
  }) as Controller;
}

interface ExpressionWarning {
  readonly fieldRef: string;
  readonly warning: string;
}

function warningsOf(
  { spec = {} }: ValidatingAdmissionPolicy,
  kinds: readonly KindDefinition[],
): ExpressionWarning[] {
  const checked = kindsOf(spec, kinds);
  return (spec.validations ?? []).flatMap(({ expression, messageExpression }, i) => {
    const at = `spec.validations[${i}]`;
    return [
      ...warningOf(checked, expression, `${at}.expression`),
      ...(messageExpression ? warningOf(checked, messageExpression, `${at}.messageExpression`) : []),
    ];
  });
}

interface Checked {
  readonly kind: KindDefinition;
  readonly version: KindVersion;
}

function warningOf(checked: readonly Checked[], expression: string, fieldRef: string): ExpressionWarning[] {
  const lines = checked.flatMap(({ kind, version }) => {
    const fault = typeMistakes(expression, version.schema);
    if (fault === undefined) return [];
    const group = version.group ? `${version.group}/` : "/";
    return [`${group}${version.version}, Kind=${kind.kind}: ${fault}\n`];
  });
  return lines.length > 0 ? [{ fieldRef, warning: lines.join("\n") }] : [];
}

/** The kinds that the rules name, those with stars left out, in the order of their names. */
function kindsOf(
  { matchConstraints }: NonNullable<ValidatingAdmissionPolicy["spec"]>,
  kinds: readonly KindDefinition[],
): Checked[] {
  const rules = matchConstraints?.resourceRules ?? [];
  const named = kinds.flatMap(kind =>
    kind.versions
      .filter(version =>
        rules.some(
          ({ apiGroups = [], apiVersions = [], resources = [] }) =>
            ![...apiGroups, ...apiVersions, ...resources].some(each => each.includes("*")) &&
            apiGroups.includes(version.group) &&
            apiVersions.includes(version.version) &&
            resources.includes(kind.plural),
        ),
      )
      .map(version => ({ kind, version })),
  );
  const nameOf = ({ kind, version }: Checked) => `${version.group} ${version.version} ${kind.kind}`;
  return named.sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1)).slice(0, mostKinds);
}
