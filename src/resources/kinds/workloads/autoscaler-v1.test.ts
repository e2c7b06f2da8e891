import { expect, test } from "vitest";
import type { Draft, KubernetesObject } from "../../object.ts";
import { autoscalerOfV1 } from "./autoscaler-v1.ts";

const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
const selector = { matchLabels: { q: "a" } };
const service = { kind: "Service", name: "s", apiVersion: "v1" };

/** Names and forms are those of Kubernetes' `autoscaling/v1` types. */
const metrics: readonly [object, object][] = [
  [
    {
      type: "Resource",
      resource: { name: "memory", target: { type: "AverageValue", averageValue: "64Mi" } },
    },
    { type: "Resource", resource: { name: "memory", targetAverageValue: "64Mi" } },
  ],
  [
    {
      type: "ContainerResource",
      containerResource: {
        name: "cpu",
        container: "app",
        target: { type: "Utilization", averageUtilization: 60 },
      },
    },
    {
      type: "ContainerResource",
      containerResource: { name: "cpu", targetAverageUtilization: 60, container: "app" },
    },
  ],
  [
    {
      type: "Pods",
      pods: { metric: { name: "qps", selector }, target: { type: "AverageValue", averageValue: "10" } },
    },
    { type: "Pods", pods: { metricName: "qps", targetAverageValue: "10", selector } },
  ],
  [
    {
      type: "Object",
      object: { describedObject: service, metric: { name: "hits" }, target: { type: "Value", value: "100" } },
    },
    { type: "Object", object: { target: service, metricName: "hits", targetValue: "100" } },
  ],
  [
    {
      type: "Object",
      object: {
        describedObject: service,
        metric: { name: "hits" },
        target: { type: "AverageValue", averageValue: "5" },
      },
    },
    { type: "Object", object: { target: service, metricName: "hits", targetValue: "0", averageValue: "5" } },
  ],
  [
    {
      type: "External",
      external: { metric: { name: "queue", selector }, target: { type: "Value", value: "30" } },
    },
    { type: "External", external: { metricName: "queue", metricSelector: selector, targetValue: "30" } },
  ],
  [
    {
      type: "External",
      external: { metric: { name: "queue" }, target: { type: "AverageValue", averageValue: "3" } },
    },
    { type: "External", external: { metricName: "queue", targetAverageValue: "3" } },
  ],
];

const current: readonly [object, object][] = [
  [
    { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 40, averageValue: "40m" } } },
    {
      type: "Resource",
      resource: { name: "cpu", currentAverageUtilization: 40, currentAverageValue: "40m" },
    },
  ],
  [{ type: "" }, { type: "" }],
  [
    { type: "Pods", pods: { metric: { name: "qps" }, current: { averageValue: "7" } } },
    { type: "Pods", pods: { metricName: "qps", currentAverageValue: "7" } },
  ],
  [
    {
      type: "Object",
      object: { describedObject: service, metric: { name: "hits" }, current: { averageValue: "7" } },
    },
    { type: "Object", object: { target: service, metricName: "hits", currentValue: "0", averageValue: "7" } },
  ],
  [
    { type: "External", external: { metric: { name: "queue" }, current: { value: "7" } } },
    { type: "External", external: { metricName: "queue", currentValue: "7" } },
  ],
];

const cpu = {
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
};
const conditions = [
  {
    type: "AbleToScale",
    status: "True",
    lastTransitionTime: "2026-01-01T00:00:00Z",
    reason: "ReadyForNewScale",
    message: "m",
  },
];
const policies = [{ type: "Pods", value: 4, periodSeconds: 15 }];

const newer = {
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "h", namespace: "demo", annotations: { team: "a" } },
  spec: {
    scaleTargetRef,
    minReplicas: 1,
    maxReplicas: 5,
    metrics: [...metrics.map(([each]) => each), cpu],
    behavior: {
      scaleUp: { stabilizationWindowSeconds: 0, selectPolicy: "Max", policies, tolerance: "50m" },
      scaleDown: { selectPolicy: "Max", policies },
    },
  },
  status: { desiredReplicas: 2, currentMetrics: current.map(([each]) => each), conditions },
} as unknown as KubernetesObject;

test("what v1 has no field for stands in annotations, as Kubernetes writes it", () => {
  const { metadata, spec, status } = autoscalerOfV1.fromStored?.(newer) ?? newer;
  const { team, ...others } = metadata.annotations ?? {};
  expect(team).toBe("a");
  const texts = Object.entries(others).map(([name, text]) => [
    name.replace("autoscaling.alpha.kubernetes.io/", ""),
    JSON.parse(text),
  ]);
  const go = [{ Type: "Pods", Value: 4, PeriodSeconds: 15 }];
  expect(Object.fromEntries(texts)).toEqual({
    metrics: metrics.map(([, each]) => each),
    "current-metrics": current.map(([, each]) => each),
    conditions,
    behavior: {
      ScaleUp: { StabilizationWindowSeconds: 0, SelectPolicy: "Max", Policies: go, Tolerance: "50m" },
      ScaleDown: { StabilizationWindowSeconds: null, SelectPolicy: "Max", Policies: go, Tolerance: null },
    },
  });
  expect(spec).toEqual({
    scaleTargetRef,
    minReplicas: 1,
    maxReplicas: 5,
    targetCPUUtilizationPercentage: 50,
  });
  expect(status).toEqual({ currentReplicas: 0, desiredReplicas: 2, currentCPUUtilizationPercentage: 40 });
});

test("what is read in v1 and written back is what it was", () => {
  const seen = autoscalerOfV1.fromStored?.(newer) as Draft;
  const { apiVersion: _, ...back } = autoscalerOfV1.toStored?.(seen) ?? seen;
  const { apiVersion: __, ...before } = newer;
  expect(back).toEqual({ ...before, status: { currentReplicas: 0, ...(newer.status as object) } });
});

test.each(["{", "[1, null]", '"x"', "{}", '[{"type":"Pods","pods":3}]'])(
  "annotations that hold %s break nothing",
  text => {
    const annotations = Object.fromEntries(
      ["metrics", "current-metrics", "conditions"].map(name => [
        `autoscaling.alpha.kubernetes.io/${name}`,
        text,
      ]),
    );
    const given = {
      metadata: { name: "h", annotations },
      spec: { scaleTargetRef, maxReplicas: 5 },
    } as unknown as Draft;
    expect(() => autoscalerOfV1.toStored?.(given)).not.toThrow();
  },
);
