/** The kind Pipeline, as data: what it is called and which fields it has. Its behaviour is the exercise. */
import type { KindDescription } from "k4s";

export const pipelineKind: KindDescription = {
  kind: "Pipeline",
  group: "classroom.k4s.dev",
  version: "v1",
  plural: "pipelines",
  shortNames: ["pl"],
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
    { name: "Stages", type: "integer", cell: ".status.stages" },
    { name: "Ready", type: "integer", cell: ".status.ready" },
  ],
  hasStatus: true,
};
