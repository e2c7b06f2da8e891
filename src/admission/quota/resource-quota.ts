/**
 * ResourceQuota: a namespace holds no more than its quotas allow, in objects and in what its pods ask for. It is asked when all
 * others have answered, so that nothing comes between its answer and the write: two writers never share what is left.
 *
 * What is used is counted when it is asked for, from the objects that are there. (Kubernetes counts
 * by the quota's status; here that only tells it, and controllers/resource-quota.ts keeps it.)
 */
import {
  type Amounts,
  amountsOf,
  isKept,
  parseQuantity,
  type Quantity,
  textOf,
} from "../../resources/index.ts";
import { forbidden } from "../../store/index.ts";
import type { AdmissionPlugin } from "../plugin.ts";
import { isInScope, unsaidBy, usageOf, usedIn } from "./usage.ts";

export const resourceQuota: AdmissionPlugin = {
  name: "ResourceQuota",
  on: [
    { operations: ["CREATE"] },
    // All else that is counted is what an object takes as long as it is there, or cannot be changed.
    { operations: ["UPDATE"], kinds: ["Service", "PersistentVolumeClaim"] },
    { operations: ["UPDATE"], kinds: ["Pod"], subresources: ["resize"] },
  ],
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
      const used = usedIn(namespace, kind, quota, reader);
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
  const more = [...usage].map(([resource, amount]): [string, Quantity] => {
    const billionths = amount.billionths - (before.get(resource)?.billionths ?? 0n);
    return [resource, { ...amount, billionths }];
  });
  return new Map(more.filter(([, { billionths }]) => billionths > 0n));
}

function restrictedTo(hard: Amounts, usage: Amounts): Amounts {
  return new Map([...usage].filter(([resource]) => hard.has(resource)));
}
