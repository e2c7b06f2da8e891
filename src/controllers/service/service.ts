/**
 * Service: a name behind which pods stand. This controller keeps the list of those pods, in EndpointSlices; who sends
 * messages (network/) only ever reads that list.
 *
 * - A pod is listed when the selector chooses it, it has an address, and it has not ended. A selector is a map of labels
 *   whose values may be globs; `k4s.dev/name`, the label that everything has by nature, is the pod's name.
 * - Listed does not mean ready. A pod that is not ready is listed as such, and so is one that is being deleted, until it has
 *   ended: those that talk to it already may finish.
 * - The list is cut into slices (slices.ts), so that a change of one pod rewrites one of them and not the list.
 * - A Service without a selector, or one that stands for a name outside (ExternalName), has its slices kept by others.
 *
 * A selector that chooses nothing is no error, only probably a mistake: the Service says so, in a condition that Kubernetes
 * does not have. It is not said in the Service's first two seconds: its pods may come after it.
 */
import {
  again,
  controller,
  keyOfObject,
  type Outcome,
  owned,
  settled,
  type World,
  waker,
} from "../../loop/index.ts";
import {
  type Condition,
  conditionOf,
  isTerminating,
  type Pod,
  plainValuesOf,
  type Service,
  serviceSelects,
  withCondition,
  withoutCondition,
} from "../../resources/index.ts";
import { isListed, listingOf, looksAlike } from "./listing.ts";
import { isOurs, planSlices, type SlicePlan } from "./slices.ts";
import { TriggerTimes, triggered } from "./trigger-times.ts";

/** How old a Service is before it complains that nothing matches, in milliseconds. */
const patienceMs = 2_000;

/** A pod that comes, goes, or looks different to a Service wakes those that select it. */
const selectedPods = waker("Pod", function* ({ type, object: pod, previous: before }, reader) {
  if (type === "MODIFIED" && before && looksAlike(before, pod)) return;
  for (const service of reader.list("Service", { namespace: pod.metadata.namespace }))
    if (selects(service, pod) || (before && selects(service, before))) yield keyOfObject("Service", service);
});

export function service() {
  const triggers = new TriggerTimes();
  return controller({
    kind: "Service",
    wokenBy: [owned("EndpointSlice", "Service"), selectedPods],
    looksAtMany: true,
    async reconcile(service, world) {
      if (isKeptByOthers(service) || isTerminating(service)) return settled;
      const pods = selectedBy(service, world);
      const listed = pods.filter(isListed).map(listingOf(service, node => zoneOf(node, world)));
      const slices = world.ownedBy(service, "EndpointSlice").filter(isOurs);
      await carryOut(planSlices(service, slices, listed), triggers.next(service, pods), world);
      return tellWhetherSelected(service, pods, world);
    },
    async gone(key) {
      triggers.forget(key);
      return settled;
    },
  });
}

/** @param at when that happened because of which the slices change */
async function carryOut(
  { create, update, remove }: SlicePlan,
  at: string | undefined,
  world: World,
): Promise<void> {
  for (const slice of update) await world.update(triggered(slice, at));
  for (const slice of create) await world.create(triggered(slice, at));
  for (const slice of remove) await world.delete(slice);
}

function zoneOf(node: string, world: World): string | undefined {
  return world.get("Node", "", node)?.metadata.labels?.["topology.kubernetes.io/zone"];
}

/** The pods that the selector chooses. Those of its values that are no globs are looked up, the rest is compared. */
function selectedBy(service: Service, world: World): Pod[] {
  const { namespace } = service.metadata;
  const candidates = world.list("Pod", { namespace, matchLabels: plainValuesOf(service.spec.selector) });
  return candidates.filter(pod => selects(service, pod));
}

/** Sets the condition when the selector chooses nothing, and takes it away when it does. */
async function tellWhetherSelected(service: Service, pods: readonly Pod[], world: World): Promise<Outcome> {
  const told = conditionOf(service, "NothingSelected");
  if ((pods.length === 0) === (told !== undefined)) return settled;
  const speaksAt = Date.parse(service.metadata.creationTimestamp) + patienceMs;
  if (!told && world.now() < speaksAt) return again(speaksAt - world.now());
  const condition = nothingSelected(service);
  const { conditions: before, ...status } = service.status ?? {};
  const conditions = told
    ? withoutCondition(before, "NothingSelected")
    : withCondition(before, condition, world.now());
  await world.report(service, conditions.length > 0 ? { ...status, conditions } : status);
  return settled;
}

function nothingSelected({ metadata, spec }: Service): Omit<Condition, "lastTransitionTime"> {
  const selector = Object.entries(spec.selector ?? {}).map(([key, value]) => `${key}=${value}`);
  return {
    type: "NothingSelected",
    status: "True",
    reason: "NoPodMatches",
    message: `no pod in namespace ${metadata.namespace} matches the selector ${selector.join(",")}`,
    observedGeneration: metadata.generation,
  };
}

function selects({ spec }: Service, pod: Pod): boolean {
  return serviceSelects(spec.selector, pod);
}

function isKeptByOthers({ spec }: Service): boolean {
  return spec.type === "ExternalName" || Object.keys(spec.selector ?? {}).length === 0;
}
