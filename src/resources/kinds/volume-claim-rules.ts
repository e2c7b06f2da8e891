/**
 * PersistentVolumeClaims: which of their fields may change, as in Kubernetes' `ValidatePersistentVolumeClaimUpdate`; and the finalizer that
 * holds them while they are in use.
 */
import type { Cause } from "../../errors/index.ts";
import type { KindRules } from "../definition/index.ts";
import { forbidden, immutable } from "../faults.ts";
import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  TypedLocalObjectReference,
} from "../generated/kubernetes.gen.ts";
import type { Draft } from "../object.ts";
import { compareQuantities } from "../quantity.ts";
import { isSame } from "../sameness.ts";
import { claimSpecFaults, fractionWarnings } from "./claim-spec-rules.ts";
import { snapshotGroup } from "./snapshots/index.ts";
import { withFinalizer } from "./storage-rules.ts";

export const claimRules: KindRules<PersistentVolumeClaim> = {
  fill: withSources,
  prepare: draft => withFinalizer(draft, "kubernetes.io/pvc-protection"),
  validate({ spec }, old) {
    return [...(old ? claimChangeFaults(spec, old) : []), ...claimSpecFaults(spec, "spec")];
  },
  warnings: ({ spec }) => fractionWarnings(spec.resources?.requests, "spec.resources.requests"),
  initialStatus: () => ({ phase: "Pending" }),
};

/**
 * The older and the newer field say the same. What only programs of other makers could fill a volume with is to be named in the newer one:
 * in the older one alone it is dropped without a word, and the volume is empty.
 */
function withSources(
  draft: Draft<PersistentVolumeClaim>,
  old?: PersistentVolumeClaim,
): Draft<PersistentVolumeClaim> {
  const { dataSource, dataSourceRef, ...others } = draft.spec;
  if (!dataSource === !dataSourceRef) return draft;
  if (dataSource) {
    const isKept = old?.spec.dataSource || old?.spec.dataSourceRef || isOfDrivers(dataSource);
    return { ...draft, spec: isKept ? { ...draft.spec, dataSourceRef: dataSource } : others };
  }
  if (!dataSourceRef || dataSourceRef.namespace) return draft;
  return { ...draft, spec: { ...draft.spec, dataSource: dataSourceRef } };
}

/** Whether drivers can fill a volume from it by themselves. */
function isOfDrivers({ apiGroup, kind }: TypedLocalObjectReference): boolean {
  if (kind === "PersistentVolumeClaim") return !apiGroup;
  return kind === "VolumeSnapshot" && apiGroup === snapshotGroup;
}

const immutableSpec =
  "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

/** A claim that is bound may grow, and have its volume changed to another class of attributes; all else of it stays. */
function claimChangeFaults(
  spec: PersistentVolumeClaimSpec,
  { spec: old, status }: PersistentVolumeClaim,
): Cause[] {
  const { volumeAttributesClassName: attributes, resources } = spec;
  const { storage } = resources?.requests ?? {};
  const { storage: before } = old.resources?.requests ?? {};
  const isClassed = old.storageClassName === undefined && spec.storageClassName !== undefined;
  const same = {
    // The binder says which volume it is, once.
    ...(!old.volumeName && { volumeName: old.volumeName }),
    ...(isClassed && { storageClassName: old.storageClassName }),
    ...(status?.phase === "Bound" && {
      ...(resources?.requests && {
        resources: { ...resources, requests: { ...resources.requests, ...(before && { storage: before }) } },
      }),
      ...(attributes !== undefined && { volumeAttributesClassName: old.volumeAttributesClassName }),
    }),
  };
  const causes: Cause[] = [];
  if (!isSame(definedOf({ ...spec, ...same }), definedOf(old))) causes.push(forbidden("spec", immutableSpec));
  const { storage: has } = status?.capacity ?? {};
  const isLess = storage !== undefined && before !== undefined && compareQuantities(storage, before) < 0;
  if (isLess && has !== undefined && compareQuantities(storage, has) <= 0)
    causes.push(forbidden("spec.resources.requests.storage", "field can not be less than status.capacity"));
  // Kubernetes names the field without the spec that it stands in.
  if (!isSame(spec.volumeMode, old.volumeMode))
    causes.push({ ...immutable("volumeMode", spec.volumeMode), at: { field: "spec.volumeMode" } });
  if (old.volumeAttributesClassName === undefined || attributes) return causes;
  const emptied = `update from non-nil value to ${attributes === "" ? "an empty string" : "nil"} is forbidden`;
  return [...causes, forbidden("spec.volumeAttributesClassName", emptied)];
}

function definedOf(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
