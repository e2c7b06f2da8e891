/**
 * ResourceQuota: tells in its status what is used of what it limits. It refuses nothing (admission/quota/ does, by the
 * same count), so it may come a moment late.
 */
import { usedOf } from "../admission/index.ts";
import { type Controller, controller, keyOfObject, settled, type Waker } from "../loop/index.ts";
import { hasEnded, isSame, type KindDefinition, type Pod } from "../resources/index.ts";
import type { Change } from "../store/index.ts";

const none: readonly never[] = [];

/** What comes, goes, or takes more or less than before wakes the quotas of its namespace. Of any kind: a quota may count all. */
const whatIsCounted: Waker = {
  keys(change, reader) {
    const { namespace } = change.object.metadata;
    if (namespace === undefined || !isCountedAnew(change)) return none;
    return reader.list("ResourceQuota", { namespace }).map(quota => keyOfObject("ResourceQuota", quota));
  },
};

/** Asked at each change of anything. Events are counted by no quota, as in Kubernetes. */
function isCountedAnew({ type, object, previous }: Change): boolean {
  if (object.kind === "Event") return false;
  if (type !== "MODIFIED" || previous === undefined) return true;
  if (object.kind === "Pod" && hasEnded(object as Pod) !== hasEnded(previous as Pod)) return true;
  return measured.has(object.kind) && object.spec !== previous.spec;
}

/** Of these it is not only counted how many there are. */
const measured: ReadonlySet<string> = new Set(["Pod", "Service", "PersistentVolumeClaim"]);

/** `kinds` are asked for each time: some are defined at run time. */
export function resourceQuota(kinds: () => readonly KindDefinition[]): Controller<"ResourceQuota"> {
  return controller({
    kind: "ResourceQuota",
    wokenBy: [whatIsCounted],
    looksAtMany: true,
    async reconcile(quota, world) {
      const status = { hard: quota.spec?.hard ?? {}, used: usedOf(quota, kinds(), world) };
      if (!isSame(status, quota.status)) await world.report(quota, status);
      return settled;
    },
  });
}
