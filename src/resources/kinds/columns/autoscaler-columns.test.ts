import { expect, test } from "vitest";
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus } from "../../generated/kubernetes.gen.ts";
import { autoscalerColumns } from "./workloads.ts";

const metric = { name: "qps" };
const describedObject = { kind: "Service", name: "s" };
const value = { type: "Value", value: "100" } as const;
const average = { type: "AverageValue", averageValue: "100" } as const;
const share = { type: "Utilization", averageUtilization: 80 } as const;

const external = (target: object) => ({ type: "External", external: { metric, target } }) as MetricSpec;
const object = (target: object) =>
  ({ type: "Object", object: { metric, describedObject, target } }) as MetricSpec;
const pods = { type: "Pods", pods: { metric, target: average } } as MetricSpec;
const resource = (target: object) => ({ type: "Resource", resource: { name: "cpu", target } }) as MetricSpec;
const container = (target: object) =>
  ({ type: "ContainerResource", containerResource: { name: "cpu", container: "app", target } }) as MetricSpec;

const nowExternal = (current: object) =>
  ({ type: "External", external: { metric, current } }) as MetricStatus;
const nowObject = (current: object) =>
  ({ type: "Object", object: { metric, describedObject, current } }) as MetricStatus;
const nowPods = { type: "Pods", pods: { metric, current: { averageValue: "50m" } } } as MetricStatus;
const nowResource = (current: object) =>
  ({ type: "Resource", resource: { name: "cpu", current } }) as MetricStatus;
const nowContainer = (current: object) =>
  ({
    type: "ContainerResource",
    containerResource: { name: "cpu", container: "app", current },
  }) as MetricStatus;
const unknown: MetricStatus = { type: "" };

/** As in Kubernetes' `pkg/printers/internalversion/printers_test.go`, TestPrintHPA. */
test.each<[MetricSpec[], MetricStatus[], string]>([
  [[], [], "<none>"],
  [[external(value)], [], "<unknown>/100"],
  [[external(value)], [nowExternal({ value: "50" })], "50/100"],
  [[external(average)], [unknown], "<unknown>/100 (avg)"],
  [[external(average)], [nowExternal({ averageValue: "50" })], "50/100 (avg)"],
  [[pods], [], "<unknown>/100"],
  [[pods], [nowPods], "50m/100"],
  [[object(value)], [], "<unknown>/100"],
  [[object(value)], [nowObject({ value: "50" })], "50/100"],
  [[object(average)], [nowObject({ averageValue: "50" })], "50/100 (avg)"],
  [[resource(average)], [], "cpu: <unknown>/100"],
  [[resource(average)], [nowResource({ averageValue: "50m" })], "cpu: 50m/100"],
  [[resource(share)], [], "cpu: <unknown>/80%"],
  [[resource(share)], [nowResource({ averageUtilization: 50, averageValue: "40m" })], "cpu: 50%/80%"],
  [[container(share)], [nowContainer({ averageUtilization: 50, averageValue: "40m" })], "cpu: 50%/80%"],
  [[container(average)], [nowContainer({ averageValue: "40m" })], "cpu: 40m/100"],
  [[pods, resource(share)], [nowPods], "50m/100, cpu: <unknown>/80%"],
  [
    [pods, resource(share), object(value)],
    [nowPods, unknown, unknown],
    "50m/100, cpu: <unknown>/80% + 1 more...",
  ],
  [[pods, pods, pods, pods], [nowPods, nowPods], "50m/100, 50m/100 + 2 more..."],
])("the targets %j that stand at %j", (metrics, currentMetrics, text) => {
  const scaleTargetRef = { kind: "Deployment", name: "web" };
  const autoscaler = {
    spec: { scaleTargetRef, maxReplicas: 10, metrics },
    status: { currentReplicas: 4, desiredReplicas: 5, currentMetrics },
  } as unknown as HorizontalPodAutoscaler;
  const row = autoscalerColumns.map(({ cell }) => typeof cell === "function" && cell(autoscaler, 0));
  expect(row).toEqual(["Deployment/web", text, "<unset>", 10, 4]);
});
