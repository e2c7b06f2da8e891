/**
 * RBAC, Kubernetes' way to say who may do what: a user may do what a rule of one of its roles allows, and nothing else. It
 * answers in Kubernetes' words (`plugin/pkg/auth/authorizer/rbac`).
 */
import type { Attributes, RuleList, Subject, User, Verdict } from "../../resources/index.ts";
import type { Binding, MissingRole, Rights } from "./rights.ts";
import { allows } from "./rules.ts";

/** The group that may do everything, whatever roles say: how a cluster is mended whose roles are gone. */
const masters = "system:masters";

export function isMaster({ groups }: User): boolean {
  return groups.includes(masters);
}

export function verdictOf(rights: Rights, user: User, asked: Attributes): Verdict {
  if (isMaster(user)) return { allowed: true };
  const missing: MissingRole[] = [];
  for (const right of rights.rulesFor(user, asked.namespace)) {
    if ("missing" in right) missing.push(right);
    else if (allows(right.rule, asked))
      return { allowed: true, reason: `RBAC: allowed by ${bindingText(right.binding, right.subject)}` };
  }
  if (missing.length === 0) return { allowed: false };
  return { allowed: false, reason: `RBAC: ${problemText(missing)}` };
}

/** All that a user may do in the namespace, rule by rule. */
export function ruleListOf(rights: Rights, user: User, namespace: string): RuleList {
  const missing: MissingRole[] = [];
  const resourceRules: RuleList["resourceRules"][number][] = [];
  const nonResourceRules: RuleList["nonResourceRules"][number][] = [];
  for (const right of rights.rulesFor(user, namespace)) {
    if ("missing" in right) missing.push(right);
    else {
      const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = right.rule;
      if (resources?.length)
        resourceRules.push({ verbs, apiGroups, resources, ...(resourceNames?.length && { resourceNames }) });
      if (nonResourceURLs?.length) nonResourceRules.push({ verbs, nonResourceURLs });
    }
  }
  const problem = missing.length > 0 ? { evaluationError: problemText(missing) } : {};
  return { resourceRules, nonResourceRules, incomplete: missing.length > 0, ...problem };
}

function bindingText({ kind, metadata, roleRef }: Binding, subject: Subject): string {
  const place = metadata.namespace ? `${metadata.name}/${metadata.namespace}` : metadata.name;
  const who = subject.kind === "ServiceAccount" ? `${subject.name}/${subject.namespace}` : subject.name;
  return `${kind} "${place}" of ${roleRef.kind} "${roleRef.name}" to ${subject.kind} "${who}"`;
}

/** One sentence, or several in brackets, as Go joins errors: each once. */
function problemText(missing: readonly MissingRole[]): string {
  const texts = new Set(
    missing.map(
      ({ missing: { kind, name } }) =>
        `${kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(name)} not found`,
    ),
  );
  return texts.size === 1 ? [...texts].join() : `[${[...texts].join(", ")}]`;
}
