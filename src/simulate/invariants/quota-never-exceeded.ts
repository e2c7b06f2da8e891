/**
 * Where a quota says how many pods there may be, none comes that is too many. What was there before the quota may stay; and a pod that should
 * be gone already, on a node that is not heard of, is not counted, as in Kubernetes.
 */
import { hasEnded, type Pod } from "../../resources/index.ts";
import type { MakeInvariant } from "../invariant.ts";

export const quotaNeverExceeded: MakeInvariant = () => ({
  name: "no quota is exceeded",
  written({ type, key, revision, at }, { record }) {
    if (key.kind !== "Pod" || type !== "ADDED") return undefined;
    for (const { metadata, spec } of record.list("ResourceQuota", key.namespace)) {
      const hard = spec?.hard?.pods;
      if (hard === undefined) continue;
      const pods = record.list("Pod", key.namespace).filter(pod => !hasEnded(pod) && !isLate(pod, at)).length;
      if (pods > Number(hard))
        return `${key.namespace} has ${pods} pods at ${revision}, where ${metadata.name} allows ${hard}`;
    }
    return undefined;
  },
});

function isLate({ metadata: { deletionTimestamp } }: Pod, at: number): boolean {
  return deletionTimestamp !== undefined && Date.parse(deletionTimestamp) < at;
}
