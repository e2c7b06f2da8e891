/**
 * What a failed pod means for its Job: which rule of the `podFailurePolicy` it meets, and how long to wait before another is
 * started (10 s after the first failure in a row, then twice as long each time, ten minutes at most).
 */
import type { Job, Pod, PodFailurePolicyRule } from "../../resources/index.ts";

const firstDelayMs = 10_000;
const longestDelayMs = 600_000;

/** The rule of the policy that the pod meets first, and, where it ends the Job, the sentence that says why. */
export interface Met {
  readonly action: PodFailurePolicyRule["action"];
  readonly message: string;
}

/** Undefined where no rule is met: then the failure counts. */
export function ruleMet({ spec }: Job, pod: Pod): Met | undefined {
  for (const [place, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const why = exitMet(rule, pod) ?? conditionMet(rule, pod);
    if (why) return { action: rule.action, message: `${why} matching ${rule.action} rule at index ${place}` };
  }
  return undefined;
}

function exitMet({ onExitCodes }: PodFailurePolicyRule, { metadata, status }: Pod): string | undefined {
  if (!onExitCodes) return undefined;
  const { containerName, operator, values } = onExitCodes;
  for (const { name, state } of [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
  ]) {
    const exitCode = state?.terminated?.exitCode ?? 0;
    if (exitCode === 0 || (containerName && containerName !== name)) continue;
    if (values.includes(exitCode) === (operator === "In"))
      return `Container ${name} for pod ${metadata.namespace}/${metadata.name} failed with exit code ${exitCode}`;
  }
  return undefined;
}

function conditionMet(
  { onPodConditions }: PodFailurePolicyRule,
  { metadata, status }: Pod,
): string | undefined {
  for (const pattern of onPodConditions ?? []) {
    const wanted = pattern.status ?? "True";
    const isMet = status?.conditions?.some(({ type, status: is }) => type === pattern.type && is === wanted);
    if (isMet) return `Pod ${metadata.namespace}/${metadata.name} has condition ${pattern.type}`;
  }
  return undefined;
}

/** When the next pod may start, in milliseconds since 1970, after those that have failed since the last success. */
export function nextStartAt(pods: readonly Pod[]): number {
  const succeededAt = Math.max(0, ...pods.filter(pod => pod.status?.phase === "Succeeded").map(endedAt));
  const failures = pods.filter(pod => pod.status?.phase === "Failed").map(endedAt);
  const inARow = failures.filter(at => at > succeededAt);
  if (inARow.length === 0) return 0;
  return Math.max(...inARow) + Math.min(longestDelayMs, firstDelayMs * 2 ** (inARow.length - 1));
}

/** When the pod's last container ended, in milliseconds since 1970. */
export function endedAt({ metadata, status }: Pod): number {
  const ends = (status?.containerStatuses ?? []).map(({ state }) =>
    Date.parse(state?.terminated?.finishedAt ?? ""),
  );
  const known = ends.filter(Number.isFinite);
  const transitions = (status?.conditions ?? []).map(({ lastTransitionTime = "" }) =>
    Date.parse(lastTransitionTime),
  );
  const times = known.length > 0 ? known : transitions.filter(Number.isFinite);
  return times.length > 0 ? Math.max(...times) : Date.parse(metadata.creationTimestamp);
}
