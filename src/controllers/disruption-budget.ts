/**
 * PodDisruptionBudget: counts how many of the pods that a budget guards are healthy, and how many of them may be taken away by
 * their own will (`kubectl drain`) before there are too few. An eviction reads `disruptionsAllowed`
 * (resources/kinds/pod/pod-eviction.ts); what fails by itself is not hindered. How many there should be, those say that have
 * the pods in charge (expected-pods.ts).
 */
import {
  type Controller,
  concerning,
  controller,
  keyOfObject,
  type Reader,
  settled,
  type Waker,
} from "../loop/index.ts";
import {
  type Condition,
  isSame,
  isTerminating,
  isTrue,
  type KindDefinition,
  type LabelSelector,
  matchesSelector,
  type Pod,
  type PodDisruptionBudget,
  type PodDisruptionBudgetStatus,
  withCondition,
} from "../resources/index.ts";
import { countOf } from "./count-or-share.ts";
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
      const status = statusOf(budget, pods, wanted, world.now());
      if (wanted.isUnmanaged && !isSame(status, budget.status))
        world.event(budget, "Warning", "UnmanagedPods", unmanaged(budget.spec?.selector));
      await world.report(budget, status);
      return settled;
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

/** In Kubernetes' words, with the selector as Go writes it. */
function unmanaged({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): string {
  const labels = Object.entries(matchLabels)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`);
  const requirements = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(" ")}],},`,
  );
  const selector = `&LabelSelector{MatchLabels:map[string]string{${labels.join("")}},MatchExpressions:[]LabelSelectorRequirement{${requirements.join("")}},}`;
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

/** An empty selector guards all pods of the namespace; none guards none. */
function guards({ spec }: PodDisruptionBudget, { metadata: { labels } }: Pod): boolean {
  return spec?.selector !== undefined && matchesSelector(spec.selector, labels);
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
