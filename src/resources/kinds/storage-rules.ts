/**
 * What must be right in the kinds around storage classes and drivers, as in Kubernetes' `pkg/apis/storage/validation`, and
 * which of their fields never change.
 */
import type { Cause } from "../../errors/index.ts";
import type { KindRules } from "../definition/index.ts";
import {
  duplicate,
  forbidden,
  immutable,
  invalidValue,
  misnamed,
  notSupported,
  required,
} from "../faults.ts";
import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  TopologySelectorTerm,
  VolumeAttachment,
  VolumeAttributesClass,
} from "../generated/kubernetes.gen.ts";
import { dnsSubdomain, labelKey, qualifiedName } from "../names.ts";
import { parseQuantity } from "../quantity.ts";
import { isSame } from "../sameness.ts";
import { labelSelectorFaults } from "../selectors/index.ts";

const maxParameters = 512;
const reclaimPolicies = ["Delete", "Retain"];
const bindingModes = ["Immediate", "WaitForFirstConsumer"];

export const storageClassRules: KindRules<StorageClass> = {
  validate(draft, old) {
    const { provisioner = "", parameters = {}, reclaimPolicy, volumeBindingMode, allowedTopologies } = draft;
    const causes: Cause[] = [];
    if (old) {
      if (!isSame(parameters, old.parameters ?? {}))
        causes.push(forbidden("parameters", "updates to parameters are forbidden."));
      if (provisioner !== old.provisioner)
        causes.push(forbidden("provisioner", "updates to provisioner are forbidden."));
      if (reclaimPolicy !== old.reclaimPolicy) causes.push(immutable("reclaimPolicy", reclaimPolicy));
      if (volumeBindingMode !== old.volumeBindingMode)
        causes.push(immutable("volumeBindingMode", volumeBindingMode));
    }
    if (provisioner === "") causes.push(required("provisioner"));
    else causes.push(...misnamed(value => qualifiedName(value.toLowerCase()), provisioner, "provisioner"));
    causes.push(...parameterFaults(parameters, "parameters"));
    if (reclaimPolicy && !reclaimPolicies.includes(reclaimPolicy))
      causes.push(notSupported("reclaimPolicy", reclaimPolicy, reclaimPolicies));
    if (volumeBindingMode && !bindingModes.includes(volumeBindingMode))
      causes.push(notSupported("volumeBindingMode", volumeBindingMode, bindingModes));
    allowedTopologies?.forEach((term, i) => {
      causes.push(...topologyFaults(term, `allowedTopologies[${i}]`));
      if (allowedTopologies.slice(0, i).some(other => isSame(other, term)))
        causes.push(duplicate(`allowedTopologies[${i}].matchLabelExpressions`, ""));
    });
    return causes;
  },
};

function topologyFaults({ matchLabelExpressions = [] }: TopologySelectorTerm, field: string): Cause[] {
  const keys = matchLabelExpressions.map(({ key }) => key);
  return matchLabelExpressions.flatMap(({ key, values = [] }, i) => {
    const path = `${field}.matchLabelExpressions[${i}]`;
    const repeated = values.flatMap((value, j) =>
      values.indexOf(value) < j ? [duplicate(`${path}.values[${j}]`, value)] : [],
    );
    return [
      ...(values.length === 0 ? [required(`${path}.values`)] : []),
      ...repeated,
      ...misnamed(labelKey, key, `${path}.key`),
      ...(keys.indexOf(key) < i ? [duplicate(`${path}.key`, key)] : []),
    ];
  });
}

function parameterFaults(parameters: Readonly<Record<string, string>>, field: string): Cause[] {
  const names = Object.keys(parameters);
  if (names.length > maxParameters) {
    const message = `Too long: may not be more than ${maxParameters} bytes`;
    return [{ reason: "FieldValueTooLong", message, field }];
  }
  return names.includes("") ? [invalidValue(field, "", "field can not be empty.")] : [];
}

const maxNameLength = 63;
const groupPolicies = ["File", "None", "ReadWriteOnceWithFSType"];
const lifecycleModes = ["Ephemeral", "Persistent"];

export const csiDriverRules: KindRules<CSIDriver> = {
  validate({ metadata: { name = "" }, spec }, old) {
    const { fsGroupPolicy, volumeLifecycleModes = [], tokenRequests = [] } = spec ?? {};
    const causes = driverNameFaults(name, "metadata.name");
    if (fsGroupPolicy && !groupPolicies.includes(fsGroupPolicy))
      causes.push(notSupported("spec.fsGroupPolicy", fsGroupPolicy, groupPolicies));
    volumeLifecycleModes.forEach(mode => {
      if (!lifecycleModes.includes(mode))
        causes.push(notSupported("spec.volumeLifecycleModes", mode, lifecycleModes));
    });
    const audiences = new Set<string>();
    tokenRequests.forEach(({ audience = "", expirationSeconds }, i) => {
      const path = `spec.tokenRequests[${i}]`;
      if (audiences.has(audience)) causes.push(duplicate(`${path}.audience`, audience));
      audiences.add(audience);
      if (expirationSeconds !== undefined && expirationSeconds < 600) {
        const detail = "may not specify a duration less than 10 minutes";
        causes.push(invalidValue(`${path}.expirationSeconds`, expirationSeconds, detail));
      }
    });
    for (const fixed of ["attachRequired", "volumeLifecycleModes"] as const) {
      if (old && !isSame(spec?.[fixed], old.spec[fixed]))
        causes.push(immutable(`spec.${fixed}`, spec?.[fixed]));
    }
    return causes;
  },
};

function driverNameFaults(name: string, field: string): Cause[] {
  if (name === "") return [required(field)];
  const causes: Cause[] = [];
  if (name.length > maxNameLength) {
    const message = `Too long: may not be more than ${maxNameLength} bytes`;
    causes.push({ reason: "FieldValueTooLong", message, field });
  }
  return causes.concat(misnamed(value => dnsSubdomain(value.toLowerCase()), name, field));
}

export const csiNodeRules: KindRules<CSINode> = {
  validate({ spec }) {
    const names = new Set<string>();
    return (spec?.drivers ?? []).flatMap(({ name = "", nodeID = "", topologyKeys = [], allocatable }, i) => {
      const path = `spec.drivers[${i}]`;
      const causes = driverNameFaults(name, `${path}.name`);
      if (nodeID === "") causes.push(required(`${path}.nodeID`));
      if (allocatable?.count !== undefined && allocatable.count < 0) {
        const detail = "must be greater than or equal to 0";
        causes.push(invalidValue(`${path}.allocatable.count`, allocatable.count, detail));
      }
      for (const key of topologyKeys) causes.push(...misnamed(labelKey, key, path));
      if (names.has(name)) causes.push(duplicate(`${path}.name`, name));
      names.add(name);
      return causes;
    });
  },
};

export const storageCapacityRules: KindRules<CSIStorageCapacity> = {
  validate({ storageClassName = "", nodeTopology, capacity, maximumVolumeSize }, old) {
    const causes = storageClassName
      ? misnamed(dnsSubdomain, storageClassName, "storageClassName")
      : [required("storageClassName")];
    if (nodeTopology) causes.push(...labelSelectorFaults(nodeTopology, "nodeTopology"));
    for (const [name, amount] of Object.entries({ capacity, maximumVolumeSize })) {
      if (amount !== undefined && parseQuantity(amount).billionths < 0n)
        causes.push(invalidValue(name, amount, "must be greater than or equal to 0"));
    }
    if (old && storageClassName !== old.storageClassName)
      causes.push(immutable("storageClassName", storageClassName));
    if (old && !isSame(nodeTopology, old.nodeTopology)) causes.push(immutable("nodeTopology", nodeTopology));
    return causes;
  },
};

export const volumeAttachmentRules: KindRules<VolumeAttachment> = {
  validate({ spec }, old) {
    if (old)
      return isSame(spec, old.spec)
        ? []
        : [forbidden("spec", "updates to volumeattachment spec are forbidden.")];
    const { attacher = "", nodeName = "", source } = spec ?? {};
    const causes = attacher ? driverNameFaults(attacher, "spec.attacher") : [required("spec.attacher")];
    const { persistentVolumeName: name, inlineVolumeSpec: inline } = source ?? {};
    if (name === undefined && !inline)
      causes.push(required("spec.source", "must specify one of inlineVolumeSpec and persistentVolumeName"));
    if (name !== undefined && inline) {
      const detail = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
      causes.push(forbidden("spec.source", detail));
    }
    if (name === "")
      causes.push(
        required("spec.source.persistentVolumeName", "must specify non empty persistentVolumeName"),
      );
    if (nodeName === "") causes.push(required("spec.nodeName"));
    else causes.push(...misnamed(dnsSubdomain, nodeName, "spec.nodeName"));
    return causes;
  },
  initialStatus: () => ({ attached: false }),
};

/** As long as a volume has its class, or may have, the class stays. */
const classFinalizer = "kubernetes.io/vac-protection";

export const volumeAttributesClassRules: KindRules<VolumeAttributesClass> = {
  prepare: draft => withFinalizer(draft, classFinalizer),
  validate({ driverName = "", parameters }, old) {
    const causes = driverNameFaults(driverName, "driverName");
    if (!parameters || Object.keys(parameters).length === 0)
      causes.push(required("parameters", "must contain at least one key/value pair"));
    else causes.push(...parameterFaults(parameters, "parameters"));
    if (!old) return causes;
    if (driverName !== old.driverName)
      causes.push(forbidden("driverName", "updates to driverName are forbidden."));
    if (!isSame(parameters ?? {}, old.parameters ?? {}))
      causes.push(forbidden("parameters", "updates to parameters are forbidden."));
    return causes;
  },
};

/** A new object with a finalizer that holds it while something needs it. */
export function withFinalizer<T extends { readonly metadata: { readonly finalizers?: readonly string[] } }>(
  draft: T,
  finalizer: string,
): T {
  const { finalizers = [] } = draft.metadata;
  if (finalizers.includes(finalizer)) return draft;
  return { ...draft, metadata: { ...draft.metadata, finalizers: [...finalizers, finalizer] } };
}
