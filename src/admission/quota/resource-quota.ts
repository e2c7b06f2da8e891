/**
 * ResourceQuota: a namespace holds no more than its quotas allow, in objects and in what its pods ask for. It is asked when all
 * others have answered, so that nothing comes between its answer and the write: two writers never share what is left.
 *
 * What is used is what the objects take that are there at that moment (sums.ts). (Kubernetes counts by the quota's status;
 * here that only tells it, and controllers/resource-quota.ts keeps it.)
 */
import { type Amounts, amountsOf, isKept, parseQuantity, subtracted, textOf } from "../../resources/index.ts";
import { forbidden } from "../../store/index.ts";
import type { AdmissionPlugin } from "../plugin.ts";
import { usedNow } from "./sums.ts";
import { isInScope, unsaidBy, usageOf } from "./usage.ts";

export const resourceQuota: AdmissionPlugin = {
  name: "ResourceQuota",
  on: [
    { operations: ["CREATE"] },
    // All else that is counted is what an object takes as long as it is there, or cannot be changed.
    { operations: ["UPDATE"], kinds: ["Service", "PersistentVolumeClaim"] },
    { operations: ["UPDATE"], kinds: ["Pod"], subresources: ["resize"] },
  ],
  contends: ({ kind, namespace }, reader) =>
    namespace !== "" && isKept(kind) && reader.list("ResourceQuota", { namespace }).length > 0
      ? [`quota of ${namespace}`]
      : [],
  validateLast(object, { kind, namespace, name, old }, reader) {
    if (namespace === "" || !isKept(kind)) return;
    for (const quota of reader.list("ResourceQuota", { namespace })) {
      if (!isInScope(quota, kind, object)) continue;
      const hard = amountsOf(quota.spec?.hard);
      const unsaid = unsaidBy(kind, object, hard);
      if (unsaid.length > 0) {
        const why = `failed quota: ${quota.metadata.name}: must specify ${unsaid.join("; ")}`;
        throw forbidden(kind, name, why);
      }
      const usage = usageOf(kind, object);
      // What is there is counted among what is used: an update asks for what it adds.
      const requested = restrictedTo(hard, old ? excessOver(usage, usageOf(kind, old)) : usage);
      if (requested.size === 0) continue;
      const used = usedNow(namespace, kind, quota, reader);
      const exceeded = [...requested]
        .filter(([resource, amount]) => {
          const before = used.get(resource)?.billionths ?? 0n;
          return before + amount.billionths > (hard.get(resource)?.billionths ?? 0n);
        })
        .map(([resource]) => resource);
      if (exceeded.length === 0) continue;
      const only = (amounts: Amounts) =>
        textOf(new Map(exceeded.map(resource => [resource, amounts.get(resource) ?? parseQuantity("0")])));
      const numbers = `requested: ${only(requested)}, used: ${only(used)}, limited: ${only(hard)}`;
      throw forbidden(kind, name, `exceeded quota: ${quota.metadata.name}, ${numbers}`);
    }
  },
};

/** What one takes more than the other, where it is more. */
function excessOver(usage: Amounts, before: Amounts): Amounts {
  return new Map([...subtracted(usage, before)].filter(([, { billionths }]) => billionths > 0n));
}

function restrictedTo(hard: Amounts, usage: Amounts): Amounts {
  return new Map([...usage].filter(([resource]) => hard.has(resource)));
}
