/** The kind of Container (container.ts): its schema, put together from the fields of pods and their containers, and its rules. */
import type { Cause } from "../../../errors/index.ts";
import { builtInKind } from "../../definition/index.ts";
import { invalidValue, required } from "../../faults.ts";
import type { PodContainer, PodSpec } from "../../generated/kubernetes.gen.ts";
import { definition, objectSchema, type Schema } from "../../schema/index.ts";
import { podSpecFaults } from "../pod/index.ts";
import type { Container, ContainerSpec } from "./container.ts";
import { containerFields, fullProbe, podFields } from "./container-as-pod.ts";
import { ownProbeFaults, probeNames } from "./container-probe-rules.ts";
import { parameterCauses } from "./parameters.ts";

const text: Schema = { type: "string" };
const count: Schema = { type: "integer", format: "int32" };

/** The schema of a field, and `?` behind its name: a Container can leave out all that its pod can. */
function borrowed(definitionName: string, field: string): [string, Schema] {
  const schema = definition(definitionName).properties?.[field];
  if (!schema) throw new Error(`${definitionName} has no field ${field}`);
  const isProbe = probeNames.some(name => name === field);
  return [`${field}?`, isProbe ? withShortForms(schema) : schema];
}

function withShortForms({ properties, ...probe }: Schema): Schema {
  const short = { eventLoop: objectSchema({}), request: { format: "any" } };
  const all = Object.assign(Object.create(null), properties, short);
  return { ...probe, definition: "ContainerProbe", properties: all };
}

function containerSchema(): Schema {
  const spec = objectSchema(
    {
      module: text,
      "function?": text,
      "parameters?": { type: "object", additionalProperties: { format: "any" } },
      ...Object.fromEntries(podFields.map(field => borrowed("PodSpec", field))),
      ...Object.fromEntries(containerFields.map(field => borrowed("PodContainer", field))),
    },
    // It shows what was declared, so that a copy is the same as what it was copied from. Its pod has the defaults.
    { definition: "ContainerSpec", keepsUnset: true },
  );
  const conditions: Schema = {
    type: "array",
    items: definition("Condition"),
    listType: "map",
    listMapKeys: ["type"],
    patchStrategy: "merge",
    patchMergeKey: "type",
  };
  const status = objectSchema(
    {
      "phase?": definition("PodStatus").properties?.phase ?? text,
      "ready?": { type: "boolean" },
      "restarts?": count,
      "podName?": text,
      "node?": text,
      "reason?": text,
      "message?": text,
      "conditions?": conditions,
      "observedGeneration?": { type: "integer", format: "int64" },
    },
    { definition: "ContainerResourceStatus" },
  );
  const metadata = definition("ObjectMeta");
  return objectSchema(
    { "apiVersion?": text, "kind?": text, "metadata?": metadata, spec, "status?": status },
    { definition: "Container" },
  );
}

export const container = builtInKind<Container>({
  kind: "Container",
  group: "k4s.dev",
  version: "v1",
  plural: "containers",
  shortNames: ["ctr"],
  categories: ["all"],
  scope: "Namespaced",
  schema: containerSchema,
  columns: [
    { name: "Module", cell: ".spec.module" },
    { name: "Function", cell: ({ spec }) => spec.function ?? "default" },
    { name: "Ready", cell: ({ status }) => String(status?.ready ?? false) },
    { name: "Status", cell: ({ status }) => status?.reason || status?.phase || "Pending" },
    { name: "Restarts", type: "integer", cell: ({ status }) => status?.restarts ?? 0 },
    { name: "Node", wide: true, cell: ({ status }) => status?.node || "<none>" },
  ],
  hasStatus: true,
  selectableFields: ["spec.module", "status.phase", "status.node"],
  rules: {
    validate({ spec }, old) {
      if (!spec || spec === old?.spec) return [];
      const { parameters = {} } = spec;
      return [
        ...moduleFaults(spec),
        ...parameterCauses(parameters, "spec.parameters"),
        ...ownProbeFaults(spec),
        ...asPodFaults(spec),
      ];
    },
    initialStatus: () => ({ phase: "Pending", ready: false, restarts: 0 }),
  },
});

/** A module is found by its name or its path inside an images folder; nothing outside one ever is. */
function moduleFaults({ module, function: name }: ContainerSpec): Cause[] {
  const causes: Cause[] = [];
  if (module === "") causes.push(required("spec.module", "the name of a module, such as calculator"));
  else if (module !== undefined && module !== module.trim()) {
    causes.push(invalidValue("spec.module", module, "must not have leading or trailing whitespace"));
  } else if (module?.includes("\0") || module?.split(/[/\\]/).includes("..")) {
    const detail = "must be the name of a module or a path inside an images folder, without '..'";
    causes.push(invalidValue("spec.module", module, detail));
  }
  if (name !== undefined && !/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) {
    const detail = "must be the name of an export of the module; leave it out for the default export";
    causes.push(invalidValue("spec.function", name, detail));
  }
  return causes;
}

/** What a pod made of it would be told, at the place where it stands here. */
function asPodFaults(spec: ContainerSpec): Cause[] {
  const pick = (names: readonly (keyof ContainerSpec)[]) =>
    Object.fromEntries(names.map(name => [name, spec[name]]));
  const probes = Object.fromEntries(probeNames.map(name => [name, fullProbe(spec[name])]));
  const only = { name: "c", image: "i", ...pick(containerFields), ...probes } as PodContainer;
  const pod = { ...pick(podFields), containers: [only] } as PodSpec;
  const here = (field: string) => field.replace("spec.containers[0].", "spec.");
  return podSpecFaults(pod, "spec", {}).map(({ at: place, ...cause }) => ({
    ...cause,
    ...(place && { at: { ...place, field: here(place.field) } }),
    field: here(cause.field),
  }));
}
