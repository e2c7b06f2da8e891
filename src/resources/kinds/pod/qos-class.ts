/**
 * How well a pod is off when its node runs short: Guaranteed when every container has equal requests and limits of processor and
 * memory, BestEffort when none has any, Burstable otherwise. Of a pod that says as a whole what it asks for, that alone counts.
 */
import type { PodSpec } from "../../generated/kubernetes.gen.ts";
import { parseQuantity } from "../../quantity.ts";

type QosClass = "BestEffort" | "Burstable" | "Guaranteed";

export function qosClassOf({ containers = [], initContainers = [], resources: whole }: PodSpec): QosClass {
  let hasAny = false;
  let isGuaranteed = true;
  for (const { resources } of whole ? [{ resources: whole }] : [...containers, ...initContainers]) {
    const { limits = {}, requests = {} } = resources ?? {};
    for (const name of ["cpu", "memory"]) {
      const [limit, request] = [amount(limits[name]), amount(requests[name])];
      hasAny ||= limit > 0n || request > 0n;
      isGuaranteed &&= limit > 0n && limit === request;
    }
  }
  if (!hasAny) return "BestEffort";
  return isGuaranteed ? "Guaranteed" : "Burstable";
}

function amount(quantity: string | undefined): bigint {
  return quantity === undefined ? 0n : parseQuantity(quantity).billionths;
}
