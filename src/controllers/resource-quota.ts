/**
 * ResourceQuota: tells in its status what is used of what it limits. It refuses nothing (admission/quota/ does, by the
 * same count), so it may come a moment late: what quotas usually count wakes it, the rest is seen at the next resync.
 */
import { usedOf } from "../admission/index.ts";
import { type Controller, controller, keyOfObject, settled, type Waker } from "../loop/index.ts";
import { hasEnded, isSame, type KindDefinition, type KindName, type Pod } from "../resources/index.ts";

const counted: readonly KindName[] = [
  ...(["Pod", "Service", "Secret", "ConfigMap", "PersistentVolumeClaim", "ReplicationController"] as const),
];

/** What comes, goes, or takes more or less than before wakes the quotas of its namespace. */
const whatIsCounted = counted.map(
  (kind): Waker => ({
    kind,
    *keys({ type, object, previous }, reader) {
      const quotas = reader.list("ResourceQuota", { namespace: object.metadata.namespace });
      if (quotas.length === 0) return;
      const isSpent = type === "MODIFIED" && previous !== undefined && object.spec === previous.spec;
      if (isSpent && (kind !== "Pod" || hasEnded(object as Pod) === hasEnded(previous as Pod))) return;
      for (const quota of quotas) yield keyOfObject("ResourceQuota", quota);
    },
  }),
);

/** `kinds` are asked for each time: some are defined at run time. */
export function resourceQuota(kinds: () => readonly KindDefinition[]): Controller<"ResourceQuota"> {
  return controller({
    kind: "ResourceQuota",
    wokenBy: whatIsCounted,
    looksAtMany: true,
    async reconcile(quota, world) {
      const status = { hard: quota.spec?.hard ?? {}, used: usedOf(quota, kinds(), world) };
      if (!isSame(status, quota.status)) await world.report(quota, status);
      return settled;
    },
  });
}
