/**
 * Stands in for a controller whose feature is switched off: it does nothing to the objects, and says so at each, by an event and, where
 * the kind has such, by a condition that `kubectl describe` shows.
 */
import { type Controller, controller, settled } from "../loop/index.ts";
import {
  type HorizontalPodAutoscaler,
  isTerminating,
  type KindName,
  namespacedName,
  withCondition,
} from "../resources/index.ts";

const reason = "FeatureOff";

/** @param name of the controller in whose place it is */
export function switchedOff(name: string, kind: KindName, feature: string): Controller {
  /** The uids of those that were told, by their names. */
  const told = new Map<string, string>();
  return controller({
    name,
    kind,
    wokenBy: [],
    async reconcile(object, world) {
      const { uid } = object.metadata;
      if (isTerminating(object)) return settled;
      const message = `the feature ${feature} is off in this cluster: nothing comes of this ${object.kind}`;
      const name = namespacedName(object.metadata);
      if (told.get(name) !== uid) world.event(object, "Warning", reason, message);
      told.set(name, uid);
      if (object.kind !== "HorizontalPodAutoscaler") return settled;
      const autoscaler = object as HorizontalPodAutoscaler;
      const conditions = withCondition(
        autoscaler.status?.conditions ?? [],
        { type: "ScalingActive", status: "False", reason, message },
        world.now(),
      );
      await world.report(autoscaler, { desiredReplicas: 0, ...autoscaler.status, conditions });
      return settled;
    },
    async gone(key) {
      told.delete(namespacedName(key));
      return settled;
    },
  }) as Controller;
}
