/**
 * PodDisruptionBudget: counts how many of the pods that a budget guards are healthy, and how many of them may be taken away by
 * their own will (`kubectl drain`) before there are too few. An eviction reads `disruptionsAllowed`
 * (resources/kinds/pod/pod-eviction.ts); what fails by itself is not hindered. How many there should be, those say that have
 * the pods in charge.
 */
import { concerning, controller, type Reader, settled } from "../loop/index.ts";
import {
  type Condition,
  controllerOf,
  isTerminating,
  isTrue,
  matchesSelector,
  type Pod,
  type PodDisruptionBudget,
  type PodDisruptionBudgetStatus,
  withCondition,
} from "../resources/index.ts";
import { countOf } from "./count-or-share.ts";

export const disruptionBudget = controller({
  kind: "PodDisruptionBudget",
  // Its events are told under this name in Kubernetes.
  name: "controllermanager",
  wokenBy: [
    concerning("Pod", "PodDisruptionBudget", guards),
    // What has pods in charge may want another number of them.
    concerning("ReplicaSet", "PodDisruptionBudget", () => true),
    concerning("Deployment", "PodDisruptionBudget", () => true),
    concerning("StatefulSet", "PodDisruptionBudget", () => true),
  ],
  concerns: ({ metadata }, previous) => metadata.generation !== previous?.metadata.generation,
  async reconcile(budget, world) {
    if (isTerminating(budget)) return settled;
    const { namespace } = budget.metadata;
    const pods = world.list("Pod", { namespace }).filter(pod => guards(budget, pod));
    if (pods.length === 0 && !knowsNoPods(budget))
      world.event(budget, "Normal", "NoPods", "No matching pods found");
    const wanted = countsFor(budget, pods, world);
    if ("problem" in wanted) {
      const message = `Failed to calculate the number of expected pods: ${wanted.problem}`;
      if (!knowsProblem(budget, wanted.problem))
        world.event(budget, "Warning", "CalculateExpectedPodCountFailed", message);
      await world.report(budget, unknown(budget, wanted.problem, world.now()));
    } else await world.report(budget, statusOf(budget, pods, wanted, world.now()));
    return settled;
  },
});

/** What the status says already was told when it was written: a run comes each second, and finds it again. */
function knowsNoPods({ metadata, status }: PodDisruptionBudget): boolean {
  return status?.observedGeneration === metadata.generation && status?.expectedPods === 0;
}

function knowsProblem({ status }: PodDisruptionBudget, problem: string): boolean {
  return (
    status?.conditions?.some(({ reason, message }) => reason === "SyncFailed" && message === problem) === true
  );
}

/** An empty selector guards all pods of the namespace; none guards none. */
function guards({ spec }: PodDisruptionBudget, { metadata: { labels } }: Pod): boolean {
  return spec?.selector !== undefined && matchesSelector(spec.selector, labels);
}

interface Counts {
  /** How many there should be. */
  readonly expected: number;
  /** How many have to be healthy. */
  readonly desired: number;
}

type Wanted = Counts | { readonly problem: string };

function countsFor({ spec = {} }: PodDisruptionBudget, pods: readonly Pod[], reader: Reader): Wanted {
  const { minAvailable, maxUnavailable } = spec;
  if (maxUnavailable === undefined && typeof minAvailable === "number")
    return { expected: pods.length, desired: minAvailable };
  const expected = expectedBy(pods, reader);
  if (typeof expected !== "number") return expected;
  if (maxUnavailable !== undefined)
    return { expected, desired: Math.max(0, expected - countOf(maxUnavailable, expected)) };
  return { expected, desired: countOf(minAvailable ?? 0, expected) };
}

/** How many pods those want together that have these in charge. */
function expectedBy(pods: readonly Pod[], reader: Reader): number | { readonly problem: string } {
  const sizes = new Map<string, number>();
  for (const pod of pods) {
    const found = scaleOf(pod, reader);
    if (!found) return { problem: `found no controllers for pod "${pod.metadata.name}"` };
    sizes.set(found.uid, found.replicas);
  }
  return [...sizes.values()].reduce((sum, replicas) => sum + replicas, 0);
}

const scalable = new Set(["ReplicaSet", "Deployment", "StatefulSet", "ReplicationController"]);

/** The uppermost of those in charge that has a number of replicas. */
function scaleOf(pod: Pod, reader: Reader): { readonly uid: string; readonly replicas: number } | undefined {
  let found: { readonly uid: string; readonly replicas: number } | undefined;
  let owner = controllerOf(pod);
  while (owner && scalable.has(owner.kind)) {
    const object = reader.byUid(owner.uid);
    if (!object) break;
    const { replicas = 1 } = (object.spec ?? {}) as { readonly replicas?: number };
    found = { uid: owner.uid, replicas };
    owner = controllerOf(object);
  }
  return found;
}

function statusOf(
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  { expected, desired }: Counts,
  now: number,
): PodDisruptionBudgetStatus {
  const healthy = pods.filter(pod => !isTerminating(pod) && isTrue(pod, "Ready")).length;
  const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0;
  return {
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    observedGeneration: budget.metadata.generation,
    conditions: conditionsOf(
      budget,
      allowed > 0,
      allowed > 0 ? "SufficientPods" : "InsufficientPods",
      "",
      now,
    ),
  };
}

/** Where it cannot be known how many there should be, none may go. */
function unknown(budget: PodDisruptionBudget, problem: string, now: number): PodDisruptionBudgetStatus {
  const { currentHealthy = 0, desiredHealthy = 0, expectedPods = 0 } = budget.status ?? {};
  return {
    disruptionsAllowed: 0,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    observedGeneration: budget.metadata.generation,
    conditions: conditionsOf(budget, false, "SyncFailed", problem, now),
  };
}

function conditionsOf(
  { metadata, status }: PodDisruptionBudget,
  isAllowed: boolean,
  reason: string,
  message: string,
  now: number,
): readonly Condition[] {
  const condition = {
    type: "DisruptionAllowed",
    status: isAllowed ? "True" : "False",
    reason,
    message,
    observedGeneration: metadata.generation,
  };
  return withCondition<Condition>(status?.conditions, condition, now);
}
