/**
 * What must be right in what a claim asks for, as in Kubernetes' `ValidatePersistentVolumeClaimSpec`: of a PersistentVolumeClaim, and of
 * the claim that a pod makes for itself.
 */
import type { Cause } from "../../errors/index.ts";
import { forbidden, invalidValue, misnamed, notSupported, required } from "../faults.ts";
import type { PersistentVolumeClaimSpec } from "../generated/kubernetes.gen.ts";
import { dnsLabel, dnsSubdomain } from "../names.ts";
import { parseQuantity } from "../quantity.ts";
import { isSame } from "../sameness.ts";
import { valuesOf } from "../schema/index.ts";
import { labelSelectorFaults } from "../selectors/index.ts";

const accessModes = () => valuesOf("PersistentVolumeClaimSpec", "accessModes");
const alone = "ReadWriteOncePod";
const volumeModes = ["Block", "Filesystem"];

export function claimSpecFaults(spec: PersistentVolumeClaimSpec, field: string): Cause[] {
  const { accessModes: modes = [], selector, resources, storageClassName, volumeMode } = spec ?? {};
  const { volumeAttributesClassName: attributes } = spec ?? {};
  const causes = accessModeFaults(modes, `${field}.accessModes`, "at least 1 access mode is required");
  if (selector) causes.push(...labelSelectorFaults(selector, `${field}.selector`));
  const { storage } = resources?.requests ?? {};
  const at = { field: `${field}.resources.requests[storage]` };
  if (storage === undefined) causes.push({ ...required(`${field}.resources[storage]`), at });
  else if (parseQuantity(storage).billionths <= 0n)
    causes.push({
      ...invalidValue(`${field}.resources[storage]`, storage, "must be greater than zero"),
      at,
    });
  if (storageClassName) causes.push(...misnamed(dnsSubdomain, storageClassName, `${field}.storageClassName`));
  causes.push(...volumeModeFaults(volumeMode, `${field}.volumeMode`), ...sourceFaults(spec ?? {}, field));
  if (attributes) causes.push(...misnamed(dnsSubdomain, attributes, `${field}.volumeAttributesClassName`));
  return causes;
}

export function accessModeFaults(modes: readonly string[], field: string, missing: string): Cause[] {
  if (modes.length === 0) return [required(field, missing)];
  const causes: Cause[] = modes.flatMap((mode, i) =>
    accessModes().includes(mode)
      ? []
      : [{ ...notSupported(field, mode, accessModes()), at: { field: `${field}[${i}]` } }],
  );
  if (modes.length > 1 && modes.includes(alone))
    causes.push(forbidden(field, "may not use ReadWriteOncePod with other access modes"));
  return causes;
}

export function volumeModeFaults(mode: string | undefined, field: string): Cause[] {
  return !mode || volumeModes.includes(mode) ? [] : [notSupported(field, mode, volumeModes)];
}

/** What the volume is to be filled from. Kubernetes prints nothing of the one that differs from the other. */
function sourceFaults({ dataSource, dataSourceRef }: PersistentVolumeClaimSpec, field: string): Cause[] {
  const { namespace = "" } = dataSourceRef ?? {};
  const causes = [
    ...(dataSource ? referenceFaults(dataSource, `${field}.dataSource`) : []),
    ...(dataSourceRef ? referenceFaults(dataSourceRef, `${field}.dataSourceRef`) : []),
  ];
  if (namespace) causes.push(...misnamed(dnsLabel, namespace, `${field}.dataSourceRef.namespace`));
  if (!dataSource || !dataSourceRef) return causes;
  const at = { field: `${field}.dataSource` };
  const crossing = "may not be specified when dataSourceRef.namespace is specified";
  if (namespace) causes.push({ ...invalidValue(field, {}, crossing), at });
  else if (!isSame({ ...dataSource }, { ...dataSourceRef }))
    causes.push({ ...invalidValue(field, {}, "must match dataSourceRef"), at });
  return causes;
}

function referenceFaults(
  { apiGroup, kind, name }: { readonly apiGroup?: string; readonly kind: string; readonly name: string },
  field: string,
): Cause[] {
  const causes: Cause[] = [];
  if (name === "") causes.push(required(`${field}.name`));
  if (kind === "") causes.push(required(`${field}.kind`));
  if (!apiGroup && kind && kind !== "PersistentVolumeClaim") {
    const detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
    causes.push(invalidValue(field, kind, detail));
  }
  if (apiGroup) causes.push(...misnamed(dnsSubdomain, apiGroup, `${field}.apiGroup`));
  return causes;
}

export function fractionWarnings(amounts: Readonly<Record<string, string>> = {}, field: string): string[] {
  const { storage } = amounts;
  if (storage === undefined || parseQuantity(storage).billionths % 1_000_000_000n === 0n) return [];
  return [`${field}[storage]: fractional byte value "${storage}" is invalid, must be an integer`];
}
