/** The kind of Container (container.ts): its schema, put together from the fields of pods and their containers, and its rules. */
import type { Cause } from "../../errors/index.ts";
import { definition, objectSchema } from "../definitions.ts";
import { invalidValue, notSupported, required } from "../faults.ts";
import { describeKind } from "../kind.ts";
import type { PodContainer, PodSpec, Probe } from "../kubernetes.gen.ts";
import { nearestName } from "../nearest-name.ts";
import type { Schema } from "../schema.ts";
import { containerFields, podFields } from "../short-forms/container-as-pod.ts";
import type { Container, ContainerSpec } from "./container.ts";
import { podSpecFaults } from "./pod-spec-rules.ts";

const text: Schema = { type: "string" };
const count: Schema = { type: "integer", format: "int32" };

/** The same schema without its default: the pod has it, and a Container shows what was declared. */
function optional(definitionName: string, field: string): [string, Schema] {
  const schema = definition(definitionName).properties?.[field];
  if (!schema) throw new Error(`${definitionName} has no field ${field}`);
  const { default: _, ...rest } = schema;
  return [`${field}?`, rest];
}

function containerSchema(): Schema {
  const spec = objectSchema(
    {
      module: text,
      "function?": text,
      "parameters?": { type: "object", additionalProperties: { format: "any" } },
      ...Object.fromEntries(podFields.map(field => optional("PodSpec", field))),
      ...Object.fromEntries(containerFields.map(field => optional("PodContainer", field))),
    },
    { definition: "ContainerSpec" },
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

export const container = describeKind<Container>({
  kind: "Container",
  group: "k4s.dev",
  version: "v1",
  plural: "containers",
  shortNames: ["ct"],
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
      return [...moduleFaults(spec), ...probesFaults(spec), ...asPodFaults(spec)];
    },
    initialStatus: () => ({ phase: "Pending", ready: false, restarts: 0 }),
  },
});

/** A module is found by its name or its path inside an images folder; nothing outside one ever is. */
function moduleFaults({ module, function: name }: ContainerSpec): Cause[] {
  const causes: Cause[] = [];
  if (module === "") causes.push(required("spec.module", "the name of a module, such as calculator"));
  else if (module !== undefined && (module !== module.trim() || /\0/.test(module))) {
    causes.push(invalidValue("spec.module", module, "must not have leading or trailing whitespace"));
  } else if (
    module !== undefined &&
    (/^[/\\]|^[A-Za-z]:/.test(module) || module.split(/[/\\]/).includes(".."))
  ) {
    const detail = "must be the name of a module or a path inside an images folder, without '..'";
    causes.push(invalidValue("spec.module", module, detail));
  }
  if (name !== undefined && !/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) {
    const detail = "must be the name of an export of the module; leave it out for the default export";
    causes.push(invalidValue("spec.function", name, detail));
  }
  return causes;
}

const probeNames = ["livenessProbe", "readinessProbe", "startupProbe"] as const;
const ownProbes = ["event-loop", "request"];

/** In a thread there is no program to execute: `exec` asks the event loop, or sends the worker a message. */
function probesFaults(spec: ContainerSpec): Cause[] {
  return probeNames.flatMap(name => {
    const command = spec[name]?.exec?.command;
    return command && command.length > 0 ? probeCommandFaults(command, `spec.${name}.exec.command`) : [];
  });
}

function probeCommandFaults(
  [first = "", ...rest]: NonNullable<NonNullable<Probe["exec"]>["command"]>,
  field: string,
) {
  if (!ownProbes.includes(first)) {
    const nearest = nearestName(first, ownProbes);
    const hint = nearest === undefined ? "" : ` (did you mean "${nearest}"?)`;
    return [notSupported(`${field}[0]`, first, ownProbes, hint)];
  }
  if (first === "event-loop") {
    return rest.length === 0
      ? []
      : [invalidValue(field, [first, ...rest], '"event-loop" takes nothing behind it')];
  }
  const [body] = rest;
  if (rest.length === 1 && body !== undefined && isJson(body)) return [];
  return [
    invalidValue(
      field,
      [first, ...rest],
      '"request" takes one more element, the body of the message as JSON',
    ),
  ];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What a pod made of it would be told, at the place where it stands here. */
function asPodFaults(spec: ContainerSpec): Cause[] {
  const pick = (names: readonly (keyof ContainerSpec)[]) =>
    Object.fromEntries(names.map(name => [name, spec[name]]));
  const only = { name: "c", image: "i", ...pick(containerFields) } as PodContainer;
  const pod = { ...pick(podFields), containers: [only] } as PodSpec;
  return podSpecFaults(pod, "spec").map(cause => ({
    ...cause,
    field: cause.field.replace("spec.containers[0].", "spec."),
  }));
}
