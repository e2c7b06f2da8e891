/**
 * What a failed pod means for its Job: which rule of the `podFailurePolicy` it meets, and how long to wait before another is
 * started (10 s after the first failure in a row, then twice as long each time, ten minutes at most).
 */
import {
  conditionOf,
  isTerminating,
  type Job,
  type Pod,
  type PodCondition,
  type PodFailurePolicyRule,
} from "../../resources/index.ts";

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

/** One that was told to go counts as failed too, unless the Job waits until it has ended (`podReplacementPolicy: Failed`). */
export function isFailed({ spec }: Job, pod: Pod): boolean {
  const phase = pod.status?.phase;
  if (phase === "Failed" || phase === "Succeeded") return phase === "Failed";
  return spec.podReplacementPolicy !== "Failed" && isTerminating(pod);
}

/** How long to wait after so many failures in a row, in milliseconds. */
export function delayAfter(failures: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 1));
}

/**
 * When the pod ended, in milliseconds since 1970: when its last container did, or it became unready, or it was told to go. A
 * sidecar ends after the others.
 */
export function endedAt({ metadata, spec, status }: Pod): number {
  const sidecars = spec.initContainers?.filter(({ restartPolicy }) => restartPolicy === "Always") ?? [];
  const names = new Set(sidecars.map(({ name }) => name));
  const sidecarStatuses = status?.initContainerStatuses?.filter(({ name }) => names.has(name)) ?? [];
  const ends = [...(status?.containerStatuses ?? []), ...sidecarStatuses].map(({ state }) =>
    Date.parse(state?.terminated?.finishedAt ?? ""),
  );
  if (ends.length > 0 && ends.every(Number.isFinite)) return Math.max(...ends);
  const ready = conditionOf<PodCondition>({ status }, "Ready");
  const unreadyAt = ready?.status === "False" ? Date.parse(ready.lastTransitionTime ?? "") : Number.NaN;
  if (Number.isFinite(unreadyAt)) return unreadyAt;
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp } = metadata;
  const madeAt = Date.parse(creationTimestamp);
  // A period that ends beyond the last time that can be written does not tell when it began.
  if (deletionTimestamp)
    return Math.max(madeAt, Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1_000);
  return madeAt;
}
