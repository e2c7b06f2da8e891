/** Containers that are added to a pod while it runs, for debugging (`pods/NAME/ephemeralcontainers`). Once there, they stay as they are. */
import type { Cause } from "../../../errors/index.ts";
import type { Subresource } from "../../definition/index.ts";
import { duplicate, forbidden, misnamed, required } from "../../faults.ts";
import type { EphemeralContainer, Pod, PodSpec } from "../../generated/kubernetes.gen.ts";
import { dnsLabel } from "../../names.ts";
import type { Draft } from "../../object.ts";
import { isSame } from "../../sameness.ts";

export const ephemeralContainers: Subresource<Pod> = {
  name: "ephemeralcontainers",
  verbs: ["get", "patch", "update"],
  next: (last, given) => {
    const { ephemeralContainers: added } = (given as Draft<Pod>).spec ?? {};
    return { ...last, spec: { ...last.spec, ephemeralContainers: added } };
  },
  faults({ spec }, last) {
    const now = spec.ephemeralContainers ?? [];
    const taken = new Set([...spec.containers, ...(spec.initContainers ?? [])].map(({ name }) => name));
    const causes = now.flatMap((container, i) => {
      const field = `spec.ephemeralContainers[${i}]`;
      const { name } = container;
      const found = name ? misnamed(dnsLabel, name, `${field}.name`) : [required(`${field}.name`)];
      if (name && taken.has(name)) found.push(duplicate(`${field}.name`, name));
      taken.add(name);
      return found.concat(ephemeralFaults(container, field, spec));
    });
    return causes.concat(changeFaults(now, last.spec.ephemeralContainers ?? []));
  },
};

/** What would bind others to a container that comes and goes. */
const notForEphemeral = [
  "ports",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
  "resources",
  "resizePolicy",
  "restartPolicy",
] as (keyof EphemeralContainer)[];

function ephemeralFaults(container: EphemeralContainer, field: string, spec: PodSpec): Cause[] {
  const causes: Cause[] = [];
  if (!container.image) causes.push(required(`${field}.image`));
  const target = container.targetContainerName;
  const others = [...spec.containers, ...(spec.initContainers ?? [])];
  if (target && !others.some(({ name }) => name === target))
    causes.push({
      reason: "FieldValueNotFound",
      message: `Not found: ${JSON.stringify(target)}`,
      field: `${field}.targetContainerName`,
    });
  for (const name of notForEphemeral) {
    const value = container[name];
    const isGiven = value !== undefined && !(typeof value === "object" && Object.keys(value).length === 0);
    if (isGiven) causes.push(forbidden(`${field}.${name}`, "cannot be set for an Ephemeral Container"));
  }
  container.volumeMounts?.forEach(({ subPath, subPathExpr }, i) => {
    for (const [name, value] of Object.entries({ subPath, subPathExpr }))
      if (value)
        causes.push(
          forbidden(`${field}.volumeMounts[${i}].${name}`, "cannot be set for an Ephemeral Container"),
        );
  });
  return causes;
}

/** Once there, they stay as they are. */
function changeFaults(now: readonly EphemeralContainer[], before: readonly EphemeralContainer[]): Cause[] {
  return before.flatMap(old => {
    const i = now.findIndex(({ name }) => name === old.name);
    if (i >= 0 && isSame(now[i], old)) return [];
    const detail = `existing ephemeral containers ${JSON.stringify(old.name)} may not be ${i < 0 ? "removed" : "changed"}\n`;
    return [forbidden(i < 0 ? "spec.ephemeralContainers" : `spec.ephemeralContainers[${i}]`, detail)];
  });
}
