/** What is nearly Kubernetes' is read as it is meant, and told; what Kubernetes takes is left as it is. */
import { describe, expect, test } from "vitest";
import { builtInKinds } from "../kinds/index.ts";
import { plainManifest, readManifest } from "./manifest.ts";

const kinds = builtInKinds;
const template =
  "template: { metadata: { labels: { app: a } }, spec: { containers: [{ name: c, image: i }] } }";

function read(text: string) {
  const { documents, warnings, refusal } = readManifest(text, { file: "a.yaml", kinds });
  if (refusal) throw refusal;
  return { objects: documents.map(({ object }) => object as unknown as Record<string, unknown>), warnings };
}

describe("is read otherwise than it is written", () => {
  test.each<[string, string, object, string[]]>([
    [
      "a group that is missing",
      `kind: Deployment\napiVersion: v1\nmetadata: { name: a }\nspec: { selector: { matchLabels: { app: a } }, ${template} }`,
      { apiVersion: "apps/v1" },
      ["a.yaml:2:13 apiVersion: v1 is read as apps/v1, where Kubernetes has Deployment"],
    ],
    [
      "labels that do not say that they are to be matched",
      `kind: ReplicaSet\napiVersion: apps/v1\nmetadata: { name: a }\nspec:\n  selector:\n    app: a\n  ${template}`,
      { spec: { selector: { matchLabels: { app: "a" } } } },
      ["a.yaml:6:5 spec.selector: labels are read as matchLabels, where Kubernetes wants them"],
    ],
    [
      "an autoscaler whose target has neither a group nor a value under its name",
      [
        "kind: HorizontalPodAutoscaler",
        "apiVersion: v1",
        "metadata: { name: a }",
        "spec:",
        "  maxReplicas: 3",
        "  scaleTargetRef: { kind: Deployment, name: web }",
        "  metrics:",
        "  - type: Resource",
        "    resource: { name: cpu, target: { type: Utilization, value: 50 } }",
      ].join("\n"),
      {
        apiVersion: "autoscaling/v2",
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
          metrics: [{ resource: { target: { type: "Utilization", averageUtilization: 50 } } }],
        },
      },
      [
        "a.yaml:2:13 apiVersion: v1 is read as autoscaling/v2, where Kubernetes has HorizontalPodAutoscaler",
        "a.yaml:6:19 spec.scaleTargetRef: the apiVersion of a Deployment, which Kubernetes wants here, is read as apps/v1",
        "a.yaml:9:57 spec.metrics[0].resource.target: value is read as averageUtilization, as Kubernetes calls it",
      ],
    ],
    [
      "an autoscaler of the first version without its group",
      "kind: HorizontalPodAutoscaler\napiVersion: v1\nmetadata: { name: a }\nspec: { maxReplicas: 3, targetCPUUtilizationPercentage: 50, scaleTargetRef: { kind: Deployment, apiVersion: apps/v1, name: web } }",
      { apiVersion: "autoscaling/v1" },
      ["a.yaml:2:13 apiVersion: v1 is read as autoscaling/v1, where Kubernetes has HorizontalPodAutoscaler"],
    ],
  ])("%s", (_, text, object, warnings) => {
    const found = read(text);
    expect(found.objects).toMatchObject([object]);
    expect(found.warnings).toEqual(warnings);
  });

  test("and an object that a program made likewise", () => {
    const written = { apiVersion: "v1", kind: "Deployment", metadata: { name: "a" } };
    expect(plainManifest(written, { kinds })).toBeUndefined();
    expect(plainManifest({ ...written, apiVersion: "apps/v1" }, { kinds })).toHaveLength(1);
  });
});

test.each([
  ["Pod", "v1", ""],
  ["Service", "v1", "spec: { selector: { app: a } }"],
  ["ReplicationController", "v1", `spec: { selector: { app: a }, ${template} }`],
  ["Event", "v1", "involvedObject: {}"],
  ["Deployment", "apps/v1", `spec: { selector: { matchLabels: { app: a } }, ${template} }`],
  ["NetworkPolicy", "networking.k8s.io/v1", "spec: { podSelector: {} }"],
  [
    "HorizontalPodAutoscaler",
    "autoscaling/v2",
    "spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: a }, metrics: [{ type: Object, object: { describedObject: { kind: Service, name: a }, metric: { name: m }, target: { type: Value, value: 50 } } }] }",
  ],
])("a %s of %s is left as it is", (kind, apiVersion, spec) => {
  const { warnings, objects } = read(
    `kind: ${kind}\napiVersion: ${apiVersion}\nmetadata: { name: a }\n${spec}`,
  );
  expect(warnings).toEqual([]);
  expect(objects).toMatchObject([{ apiVersion }]);
});

test.each([
  ["a kind of k4s", "kind: Container\napiVersion: v1\nmetadata: { name: a }\nspec: { module: m }"],
  ["another version", "kind: Deployment\napiVersion: v2\nmetadata: { name: a }"],
])("%s is refused as before", (_, text) => {
  expect(() => read(text)).toThrow("apiVersion: Unsupported value");
});
