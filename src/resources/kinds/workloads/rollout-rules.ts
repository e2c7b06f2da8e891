/**
 * What must be right in a Deployment, a DaemonSet and a StatefulSet, as in Kubernetes' `pkg/apis/apps/validation`: counts that
 * are not negative, a selector that takes what the template makes, a roll-out that can go on.
 */
import { type Cause, didYouMean } from "../../../errors/index.ts";
import { forbidden, invalidValue, notSupported } from "../../faults.ts";
import type { DaemonSet, Deployment, StatefulSet } from "../../generated/kubernetes.gen.ts";
import { dnsLabel } from "../../names.ts";
import type { Draft } from "../../object.ts";
import { isSame } from "../../sameness.ts";
import { countOrShareFaults, isNone, negative, overAllFaults } from "../numbers.ts";
import { selectorFaults, templateFaults, templateMetadataFaults } from "./replicaset.ts";

export function deploymentFaults({ spec }: Draft<Deployment>, old?: Deployment): Cause[] {
  const {
    replicas,
    minReadySeconds = 0,
    revisionHistoryLimit,
    progressDeadlineSeconds,
    strategy = {},
  } = spec;
  const causes = [
    ...immutable("spec.selector", spec.selector, old?.spec.selector),
    ...negative("spec.replicas", replicas),
    ...negative("spec.minReadySeconds", minReadySeconds),
    ...negative("spec.revisionHistoryLimit", revisionHistoryLimit),
    ...negative("spec.progressDeadlineSeconds", progressDeadlineSeconds),
  ];
  causes.push(...selectorFaults(spec.selector, spec.template, "spec"));
  if (spec.template && spec.template !== old?.spec.template)
    causes.push(...templateFaults(spec.template, "spec.template"));
  if (progressDeadlineSeconds !== undefined && progressDeadlineSeconds <= minReadySeconds) {
    const detail = "must be greater than minReadySeconds";
    causes.push(invalidValue("spec.progressDeadlineSeconds", progressDeadlineSeconds, detail));
  }
  return causes.concat(strategyFaults(strategy));
}

/** Kubernetes tells of an unknown strategy as a whole, by the names that its fields have inside. */
function unknownStrategy(field: string, type: string, kinds: readonly string[]): Cause {
  const cause = notSupported(field, { Type: type, RollingUpdate: null }, kinds, didYouMean(type, kinds));
  return { ...cause, at: { field: `${field}.type` } };
}

function strategyFaults({ type, rollingUpdate }: NonNullable<Deployment["spec"]["strategy"]>): Cause[] {
  const field = "spec.strategy.rollingUpdate";
  const types = ["Recreate", "RollingUpdate"];
  if (type && !types.includes(type)) return [unknownStrategy("spec.strategy", type, types)];
  if (!rollingUpdate) return [];
  if (type === "Recreate")
    return [forbidden(field, "may not be specified when strategy `type` is 'Recreate'")];
  if (type !== "RollingUpdate") return [];
  const { maxUnavailable, maxSurge } = rollingUpdate;
  const causes = [
    ...countOrShareFaults(`${field}.maxUnavailable`, maxUnavailable),
    ...countOrShareFaults(`${field}.maxSurge`, maxSurge),
    ...overAllFaults(`${field}.maxUnavailable`, maxUnavailable),
  ];
  if (isNone(maxUnavailable) && isNone(maxSurge)) {
    const detail = "may not be 0 when `maxSurge` is 0";
    causes.push(invalidValue(`${field}.maxUnavailable`, maxUnavailable, detail));
  }
  return causes;
}

export function daemonSetFaults({ spec }: Draft<DaemonSet>, old?: DaemonSet): Cause[] {
  const { minReadySeconds, revisionHistoryLimit, updateStrategy } = spec;
  const causes = [
    ...immutable("spec.selector", spec.selector, old?.spec.selector),
    ...negative("spec.minReadySeconds", minReadySeconds),
    ...negative("spec.revisionHistoryLimit", revisionHistoryLimit),
  ];
  causes.push(...selectorFaults(spec.selector, spec.template, "spec", "for daemonset"));
  if (spec.template && spec.template !== old?.spec.template)
    causes.push(...templateFaults(spec.template, "spec.template", "DaemonSet"));
  const type = updateStrategy?.type;
  const types = ["RollingUpdate", "OnDelete"];
  if (type && !types.includes(type)) return [...causes, unknownStrategy("spec.updateStrategy", type, types)];
  if (type !== "RollingUpdate" || !updateStrategy?.rollingUpdate) return causes;
  const field = "spec.updateStrategy.rollingUpdate";
  const { maxUnavailable, maxSurge } = updateStrategy.rollingUpdate;
  for (const [name, value] of Object.entries({ maxUnavailable, maxSurge })) {
    causes.push(
      ...countOrShareFaults(`${field}.${name}`, value),
      ...overAllFaults(`${field}.${name}`, value),
    );
  }
  if (!isNone(maxUnavailable) && !isNone(maxSurge)) {
    causes.push(
      invalidValue(`${field}.maxSurge`, maxSurge, "may not be set when maxUnavailable is non-zero"),
    );
  } else if (isNone(maxUnavailable) && isNone(maxSurge)) {
    const message = "Required value: cannot be 0 when maxSurge is 0";
    causes.push({ reason: "FieldValueRequired", field: `${field}.maxUnavailable`, message });
  }
  return causes;
}

const changeable = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
] as const;

export function statefulSetFaults({ spec }: Draft<StatefulSet>, old?: StatefulSet): Cause[] {
  const { podManagementPolicy, updateStrategy, ordinals, persistentVolumeClaimRetentionPolicy } = spec;
  const causes: Cause[] = [];
  if (old) {
    const before = { ...old.spec };
    const after = { ...spec };
    for (const name of changeable) {
      delete (before as Partial<StatefulSet["spec"]>)[name];
      delete (after as Partial<StatefulSet["spec"]>)[name];
    }
    const list = `${changeable
      .slice(0, -1)
      .map(name => `'${name}'`)
      .join(", ")} and 'minReadySeconds'`;
    const detail = `updates to statefulset spec for fields other than ${list} are forbidden`;
    if (!isSame(before, after)) causes.push(forbidden("spec", detail));
  }
  if (podManagementPolicy && !["OrderedReady", "Parallel"].includes(podManagementPolicy)) {
    const detail = "must be 'OrderedReady' or 'Parallel'";
    causes.push(invalidValue("spec.podManagementPolicy", podManagementPolicy, detail));
  }
  const type = updateStrategy?.type;
  if (type && type !== "RollingUpdate" && type !== "OnDelete") {
    const given = { Type: type, RollingUpdate: null };
    const cause = invalidValue("spec.updateStrategy", given, "must be 'RollingUpdate' or 'OnDelete'");
    causes.push({ ...cause, at: { field: "spec.updateStrategy.type" } });
  }
  causes.push(
    ...negative("spec.updateStrategy.rollingUpdate.partition", updateStrategy?.rollingUpdate?.partition),
    ...negative("spec.replicas", spec.replicas),
    ...negative("spec.minReadySeconds", spec.minReadySeconds),
    ...negative("spec.ordinals.start", ordinals?.start),
  );
  const unavailable = updateStrategy?.rollingUpdate?.maxUnavailable;
  if (updateStrategy?.type === "RollingUpdate" && unavailable !== undefined) {
    const field = "spec.updateStrategy.rollingUpdate.maxUnavailable";
    causes.push(...countOrShareFaults(field, unavailable));
    if (isNone(unavailable)) causes.push(invalidValue(field, unavailable, "cannot be 0"));
    causes.push(...overAllFaults(field, unavailable));
  }
  if (updateStrategy?.type === "OnDelete" && updateStrategy.rollingUpdate) {
    const detail = "only allowed for updateStrategy 'RollingUpdate'";
    const field = "spec.updateStrategy.rollingUpdate";
    causes.push(invalidValue(field, updateStrategy.rollingUpdate, detail));
  }
  for (const when of ["whenDeleted", "whenScaled"] as const) {
    const policy = persistentVolumeClaimRetentionPolicy?.[when];
    if (!policy || ["Retain", "Delete"].includes(policy)) continue;
    const field = `spec.persistentVolumeClaimRetentionPolicy.${when}`;
    causes.push(notSupported(field, policy, ["Retain", "Delete"]));
  }
  if (spec.serviceName && !old) {
    const { serviceName } = spec;
    causes.push(...dnsLabel(serviceName).map(wrong => invalidValue("spec.serviceName", serviceName, wrong)));
  }
  causes.push(...selectorFaults(spec.selector, spec.template, "spec", "for statefulset"));
  // The pods are checked when they are made: their volumes come from claims that are no part of the template.
  if (spec.template) causes.push(...templateMetadataFaults(spec.template, "spec.template", "StatefulSet"));
  return causes;
}

function immutable(field: string, value: unknown, old: unknown): Cause[] {
  if (old === undefined || value === undefined || isSame(value, old)) return [];
  return [invalidValue(field, value, "field is immutable")];
}
