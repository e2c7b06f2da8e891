/** The kind Pipeline, as data: what it is called and which fields it has. Its behaviour is the exercise. */
import type { KindDefinition } from "k4s";

export const pipelineKind: KindDefinition = {
  name: "Pipeline",
  kind: "Pipeline",
  group: "classroom.k4s.dev",
  version: "v1",
  plural: "pipelines",
  singular: "pipeline",
  shortNames: ["pl"],
  categories: [],
  scope: "Namespaced",
  schema: {
    type: "object",
    required: ["spec"],
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { type: "object", preserveUnknownFields: true },
      spec: {
        type: "object",
        required: ["module", "stages"],
        properties: {
          module: { type: "string" },
          stages: { type: "array", items: { type: "string" } },
        },
      },
      status: {
        type: "object",
        properties: { stages: { type: "integer" }, ready: { type: "integer" } },
      },
    },
  },
  columns: [
    { name: "Stages", type: "integer", priority: 0, cell: ".status.stages" },
    { name: "Ready", type: "integer", priority: 0, cell: ".status.ready" },
  ],
  hasStatus: true,
  selectableFields: [],
};
