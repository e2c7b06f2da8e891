import { expect, test } from "vitest";
import { completed, decoded, faultsIn } from "../../accept.ts";
import type { HorizontalPodAutoscaler } from "../../generated/kubernetes.gen.ts";
import { KindRegistry } from "../../kind-registry.ts";
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

test("a list without policies is kept, and refused: one that is left out gets those that are usual", () => {
  const kind = new KindRegistry().find("HorizontalPodAutoscaler");
  const read = (scaleUp: object) => {
    const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
    const spec = { scaleTargetRef, maxReplicas: 3, behavior: { scaleUp } };
    const given = { apiVersion: "autoscaling/v2", kind: kind.kind, metadata: { name: "web" }, spec };
    return faultsIn(kind, completed(kind, decoded(kind, given).draft));
  };
  expect(read({ policies: [] })).toEqual([
    {
      reason: "FieldValueRequired",
      field: "spec.behavior.scaleUp.policies",
      message: "Required value: must specify at least one Policy",
    },
  ]);
  expect(read({ stabilizationWindowSeconds: 5 })).toEqual([]);
});
