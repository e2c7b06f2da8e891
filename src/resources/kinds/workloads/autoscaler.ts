/** HorizontalPodAutoscaler (`autoscaling/v2`): its defaults. How it looks in `autoscaling/v1`: autoscaler-v1.ts. */

import type { KindRules } from "../../definition/index.ts";
import type { HorizontalPodAutoscaler, HPAScalingRules, MetricSpec } from "../../generated/kubernetes.gen.ts";
import { autoscalerFaults } from "./autoscaler-rules.ts";

const cpu = (averageUtilization: number): MetricSpec => ({
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
});
const defaultUtilization = 80;
const upPolicies = [
  { type: "Pods", value: 4, periodSeconds: 15 },
  { type: "Percent", value: 100, periodSeconds: 15 },
] as const;
const downPolicies = [{ type: "Percent", value: 100, periodSeconds: 15 }] as const;

export const autoscalerRules: KindRules<HorizontalPodAutoscaler> = {
  fill(draft) {
    const { metrics, behavior } = draft.spec;
    if (metrics?.length && !behavior) return draft;
    const { scaleUp, scaleDown } = behavior ?? {};
    return {
      ...draft,
      spec: {
        ...draft.spec,
        metrics: metrics?.length ? metrics : [cpu(defaultUtilization)],
        ...(behavior && {
          behavior: {
            ...behavior,
            scaleUp: { stabilizationWindowSeconds: 0, ...filledRules(scaleUp, upPolicies) },
            scaleDown: filledRules(scaleDown, downPolicies),
          },
        }),
      },
    };
  },
  validate: autoscalerFaults,
  initialStatus: () => ({ desiredReplicas: 0 }),
};

function filledRules(rules: HPAScalingRules = {}, policies: HPAScalingRules["policies"]): HPAScalingRules {
  return { ...rules, selectPolicy: rules.selectPolicy ?? "Max", policies: rules.policies ?? policies };
}
