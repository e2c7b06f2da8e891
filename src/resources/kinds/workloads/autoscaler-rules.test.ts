import { expect, test } from "vitest";
import type { HorizontalPodAutoscaler } from "../../generated/kubernetes.gen.ts";
import type { Draft } from "../../object.ts";
import { autoscalerFaults } from "./autoscaler-rules.ts";

const policies = [{ type: "Pods", value: 1, periodSeconds: 1_800 }];

/** As in Kubernetes' `pkg/apis/autoscaling/validation/validation_test.go`. */
test.each<[object, string | undefined]>([
  [{ policies, tolerance: "0" }, undefined],
  [{ policies, tolerance: "100m" }, undefined],
  [{ policies, tolerance: "10" }, undefined],
  [
    { policies, tolerance: "-0.001" },
    'spec.behavior.scaleUp.tolerance: Invalid value: "-0.001": must be greater or equal to zero',
  ],
  [{ policies, stabilizationWindowSeconds: 3_600 }, undefined],
  [{ policies, stabilizationWindowSeconds: 3_601 }, "must be less than or equal to 3600"],
  [{ policies, stabilizationWindowSeconds: -1 }, "must be greater than or equal to zero"],
  [{ policies: [], tolerance: "0.1" }, "must specify at least one Policy"],
  [{ policies, selectPolicy: "Most" }, 'supported values: "Disabled", "Max", "Min"'],
  [{ policies: [{ type: "Hz", value: 1, periodSeconds: 60 }] }, 'supported values: "Percent", "Pods"'],
  [{ policies: [{ type: "Pods", value: 0, periodSeconds: 60 }] }, "must be greater than zero"],
  [{ policies: [{ type: "Pods", value: 1, periodSeconds: 1_801 }] }, "must be less than or equal to 1800"],
])("rules for going up: %j", (scaleUp, fault) => {
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
  const draft = {
    spec: { scaleTargetRef, maxReplicas: 3, behavior: { scaleUp } },
  } as Draft<HorizontalPodAutoscaler>;
  const faults = autoscalerFaults(draft).map(({ field, message }) => `${field}: ${message}`);
  expect(faults).toEqual(fault === undefined ? [] : [expect.stringContaining(fault)]);
});
