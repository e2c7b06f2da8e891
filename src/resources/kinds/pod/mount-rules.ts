/** What must be right where a container takes the volumes of its pod: as files (volumeMounts), or whole as devices (volumeDevices). */
import type { Cause } from "../../../errors/index.ts";
import { forbidden, invalidValue, notFound, notSupported, required } from "../../faults.ts";
import type { PodContainer, Volume, VolumeMount } from "../../generated/kubernetes.gen.ts";
import { localPathFaults, upwardFaults } from "./local-path-rules.ts";

type Volumes = ReadonlyMap<string, Volume>;

const readOnlyModes = ["Disabled", "Enabled", "IfPossible"];

export function mountFaults(container: PodContainer, field: string, volumes: Volumes): Cause[] {
  const { volumeMounts: mounts = [], volumeDevices: devices = [] } = container;
  const causes: Cause[] = [];
  const paths = new Set<string>();
  mounts.forEach((mount, i) => {
    const { name, mountPath } = mount;
    const path = `${field}.volumeMounts[${i}]`;
    if (name === "") causes.push(required(`${path}.name`));
    else if (name !== undefined && !volumes.has(name)) causes.push(notFound(`${path}.name`, name));
    if (mountPath === "") causes.push(required(`${path}.mountPath`));
    else if (mountPath !== undefined) {
      if (paths.has(mountPath)) causes.push(invalidValue(`${path}.mountPath`, mountPath, "must be unique"));
      paths.add(mountPath);
    }
    if (devices.some(device => device.name === name))
      causes.push(invalidValue(`${path}.name`, name, "must not already exist in volumeDevices"));
    if (devices.some(device => device.devicePath === mountPath)) {
      const detail = "must not already exist as a path in volumeDevices";
      causes.push(invalidValue(`${path}.mountPath`, mountPath, detail));
    }
    causes.push(...imageFaults(mount, path, volumes));
    // Of the rest Kubernetes tells at the list, not at the mount.
    const list = `${field}.volumeMounts`;
    const told = [
      ...subPathFaults(mount, list),
      ...propagationFaults(mount, list, container),
      ...recursiveFaults(mount, `${list}.recursiveReadOnly`),
    ];
    causes.push(...told.map(cause => ({ ...cause, at: { field: cause.field.replace(list, path) } })));
  });
  return causes;
}

function imageFaults({ name, subPath, subPathExpr }: VolumeMount, field: string, volumes: Volumes): Cause[] {
  if (!volumes.get(name)?.image) return [];
  return Object.entries({ subPath, subPathExpr }).flatMap(([part, path]) =>
    path ? [invalidValue(`${field}.${part}`, path, "not allowed in image volume sources")] : [],
  );
}

function subPathFaults({ subPath, subPathExpr }: VolumeMount, field: string): Cause[] {
  const both = "subPathExpr and subPath are mutually exclusive";
  return [
    ...(subPath ? localPathFaults(subPath, `${field}.subPath`) : []),
    ...(subPath && subPathExpr ? [invalidValue(`${field}.subPathExpr`, subPathExpr, both)] : []),
    ...(subPathExpr ? localPathFaults(subPathExpr, `${field}.subPathExpr`) : []),
  ];
}

function propagationFaults(
  { mountPropagation }: VolumeMount,
  field: string,
  { securityContext }: PodContainer,
): Cause[] {
  if (mountPropagation !== "Bidirectional" || securityContext?.privileged) return [];
  const detail = "Bidirectional mount propagation is available only to privileged containers";
  return [forbidden(`${field}.mountPropagation`, detail)];
}

function recursiveFaults(
  { recursiveReadOnly: mode, readOnly, mountPropagation }: VolumeMount,
  field: string,
) {
  if (mode === undefined || mode === "Disabled") return [];
  if (!readOnlyModes.includes(mode)) return [notSupported(field, mode, readOnlyModes)];
  const causes = readOnly ? [] : [forbidden(field, "may only be specified when readOnly is true")];
  if (mountPropagation !== undefined && mountPropagation !== "None") {
    const detail = "may only be specified when mountPropagation is None or not specified";
    causes.push(forbidden(field, detail));
  }
  return causes;
}

export function deviceFaults(container: PodContainer, field: string, volumes: Volumes): Cause[] {
  const { volumeMounts: mounts = [], volumeDevices: devices = [] } = container;
  const causes: Cause[] = [];
  const names = new Set<string>();
  const paths = new Set<string>();
  devices.forEach(({ name, devicePath }, i) => {
    const at = `${field}.volumeDevices[${i}]`;
    if (name === "") causes.push(required(`${at}.name`));
    if (name && names.has(name)) causes.push(invalidValue(`${at}.name`, name, "must be unique"));
    if (name) names.add(name);
    const volume = volumes.get(name);
    if (!volume) causes.push(notFound(`${at}.name`, name));
    else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
      const detail = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
      causes.push(invalidValue(`${at}.name`, name, detail));
    }
    if (devicePath === "") causes.push(required(`${at}.devicePath`));
    if (paths.has(devicePath)) causes.push(invalidValue(`${at}.devicePath`, devicePath, "must be unique"));
    if (devicePath && upwardFaults(devicePath, at).length > 0)
      causes.push(invalidValue(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')"));
    else paths.add(devicePath);
    if (mounts.some(mount => mount.name === name))
      causes.push(invalidValue(`${at}.name`, name, "must not already exist in volumeMounts"));
    if (mounts.some(mount => mount.mountPath === devicePath)) {
      const detail = "must not already exist as a path in volumeMounts";
      causes.push(invalidValue(`${at}.devicePath`, devicePath, detail));
    }
  });
  return causes;
}
