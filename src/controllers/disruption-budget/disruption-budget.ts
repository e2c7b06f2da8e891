/**
 * PodDisruptionBudget: counts how many of the pods that a budget guards are healthy, and how many of them may be taken away by
 * their own will (`kubectl drain`) before there are too few. An eviction reads `disruptionsAllowed`
 * (resources/kinds/pod/pod-eviction.ts), and notes its pod in `disruptedPods`: it counts no more, though its deletion is still to come. The
 * note goes with the pod, or after two minutes. What fails by itself is not hindered. How many there should be, those say that
 * have the pods in charge (expected-pods.ts).
 */
import {
  again,
  type Controller,
  concerning,
  controller,
  keyOfObject,
  type Reader,
  settled,
  type Waker,
} from "../../loop/index.ts";
import {
  type Condition,
  goTextOfSelector,
  guards,
  isSame,
  isTerminating,
  isTrue,
  type KindDefinition,
  type LabelSelector,
  type Pod,
  type PodDisruptionBudget,
  type PodDisruptionBudgetStatus,
  withCondition,
  withDisruptionAllowed,
} from "../../resources/index.ts";
import { countOf } from "../count-or-share.ts";
import { expectedPods, isScalable } from "./expected-pods.ts";

/** `kinds` are asked for each time: some are defined at run time. */
export function disruptionBudget(kinds: () => readonly KindDefinition[]): Controller<"PodDisruptionBudget"> {
  return controller({
    kind: "PodDisruptionBudget",
    // Its events are told under this name in Kubernetes.
    name: "controllermanager",
    wokenBy: [concerning("Pod", "PodDisruptionBudget", guards), whatIsScaled(kinds)],
    concerns: ({ metadata }, previous) => metadata.generation !== previous?.metadata.generation,
    async reconcile(budget, world) {
      if (isTerminating(budget)) return settled;
      const { namespace } = budget.metadata;
      const pods = world.list("Pod", { namespace }).filter(pod => guards(budget, pod));
      if (pods.length === 0 && !knowsNoPods(budget))
        world.event(budget, "Normal", "NoPods", "No matching pods found");
      const wanted = countsFor(budget, pods, kinds(), world);
      if ("problem" in wanted) {
        const message = `Failed to calculate the number of expected pods: ${wanted.problem}`;
        if (!knowsProblem(budget, wanted.problem))
          world.event(budget, "Warning", "CalculateExpectedPodCountFailed", message);
        await world.report(budget, unknown(budget, wanted.problem, world.now()));
        return settled;
      }
      const { going, overdue } = disrupted(budget, pods, world.now());
      for (const pod of overdue) {
        // In Kubernetes' words, which name the namespace twice.
        const message = `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`;
        world.event(pod, "Warning", "NotDeleted", message);
      }
      const status = statusOf(budget, pods, wanted, going, world.now());
      if (wanted.isUnmanaged && !isSame(status, budget.status))
        world.event(budget, "Warning", "UnmanagedPods", unmanaged(budget.spec?.selector));
      await world.report(budget, status);
      if (going.size === 0) return settled;
      const overdueAt = Math.min(...[...going.values()].map(since => Date.parse(since) + deletionMs));
      return again(Math.max(0, overdueAt - world.now()) + 1);
    },
  });
}

/** What has pods in charge wants another number of them. */
function whatIsScaled(kinds: () => readonly KindDefinition[]): Waker {
  return {
    *keys({ type, object, previous }, reader) {
      if (type === "MODIFIED" && object.spec === previous?.spec) return;
      const budgets = reader.list("PodDisruptionBudget", { namespace: object.metadata.namespace });
      if (budgets.length === 0 || !isScalable(object, kinds())) return;
      for (const budget of budgets) yield keyOfObject("PodDisruptionBudget", budget);
    },
  };
}

/** In Kubernetes' words. */
function unmanaged(given: LabelSelector = {}): string {
  const selector = goTextOfSelector(given);
  return `Pods selected by this PodDisruptionBudget (selector: ${selector}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`;
}

/** What the status says already was told when it was written: a run comes each second, and finds it again. */
function knowsNoPods({ metadata, status }: PodDisruptionBudget): boolean {
  return status?.observedGeneration === metadata.generation && status?.expectedPods === 0;
}

function knowsProblem({ status }: PodDisruptionBudget, problem: string): boolean {
  return (
    status?.conditions?.some(({ reason, message }) => reason === "SyncFailed" && message === problem) === true
  );
}

interface Counts {
  /** How many there should be. */
  readonly expected: number;
  /** How many have to be healthy. */
  readonly desired: number;
  /** Some of the pods have no controller, and are not among those that should be there. */
  readonly isUnmanaged: boolean;
}

function countsFor(
  { spec = {} }: PodDisruptionBudget,
  pods: readonly Pod[],
  kinds: readonly KindDefinition[],
  reader: Reader,
): Counts | { readonly problem: string } {
  const { minAvailable, maxUnavailable } = spec;
  if (maxUnavailable === undefined && typeof minAvailable === "number")
    return { expected: pods.length, desired: minAvailable, isUnmanaged: false };
  const found = expectedPods(pods, kinds, reader);
  if ("problem" in found) return found;
  const { count: expected, isUnmanaged } = found;
  if (maxUnavailable !== undefined)
    return { expected, desired: Math.max(0, expected - countOf(maxUnavailable, expected)), isUnmanaged };
  return { expected, desired: countOf(minAvailable ?? 0, expected), isUnmanaged };
}

/** How long the deletion of a pod may take to follow, once a budget has noted it, in milliseconds. */
const deletionMs = 120_000;

/** Of the pods that evictions have noted: since when each is to go, by its name, and those whose deletion did not follow. */
function disrupted(
  { status }: PodDisruptionBudget,
  pods: readonly Pod[],
  now: number,
): { readonly going: ReadonlyMap<string, string>; readonly overdue: readonly Pod[] } {
  const going = new Map<string, string>();
  const overdue: Pod[] = [];
  const { disruptedPods } = status ?? {};
  if (disruptedPods === undefined) return { going, overdue };
  for (const pod of pods) {
    const since = disruptedPods[pod.metadata.name];
    if (since === undefined || isTerminating(pod)) continue;
    if (Date.parse(since) + deletionMs < now) overdue.push(pod);
    else going.set(pod.metadata.name, since);
  }
  return { going, overdue };
}

function statusOf(
  { metadata, status }: PodDisruptionBudget,
  pods: readonly Pod[],
  { expected, desired }: Counts,
  going: ReadonlyMap<string, string>,
  now: number,
): PodDisruptionBudgetStatus {
  const isHealthy = (pod: Pod) =>
    !isTerminating(pod) && !going.has(pod.metadata.name) && isTrue(pod, "Ready");
  const healthy = pods.filter(isHealthy).length;
  const counts = {
    disruptionsAllowed: expected > 0 ? Math.max(0, healthy - desired) : 0,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    observedGeneration: metadata.generation,
    ...(going.size > 0 && { disruptedPods: Object.fromEntries(going) }),
    ...(status?.conditions && { conditions: status.conditions }),
  };
  return withDisruptionAllowed(counts, now);
}

/** Where it cannot be known how many there should be, none may go. All else stays as it was: it is of the last count. */
function unknown({ status }: PodDisruptionBudget, problem: string, now: number): PodDisruptionBudgetStatus {
  const { observedGeneration } = status ?? {};
  const condition = {
    type: "DisruptionAllowed",
    status: "False",
    reason: "SyncFailed",
    message: problem,
    ...(observedGeneration !== undefined && { observedGeneration }),
  };
  return {
    ...{ currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, ...status, disruptionsAllowed: 0 },
    conditions: withCondition<Condition>(status?.conditions, condition, now),
  };
}
