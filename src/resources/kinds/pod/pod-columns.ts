/**
 * What `kubectl get pods` says of a pod in a few words. The status column is neither the phase nor the reason: it is the most
 * telling of what its containers, and the pod, say, in the order that Kubernetes' printer has.
 */
import { conditionOf, isTrue } from "../../conditions.ts";
import type { Column, RowRules } from "../../definition/index.ts";
import type { ContainerStatus, Pod } from "../../generated/kubernetes.gen.ts";
import { shortAge } from "../../short-age.ts";
import { hasEnded } from "./pod-phase.ts";

export const podColumns: readonly Column<Pod>[] = [
  { name: "Ready", cell: pod => summaryOf(pod).ready },
  { name: "Status", cell: pod => summaryOf(pod).status },
  { name: "Restarts", cell: (pod, now) => restartsText(pod, now) },
  { name: "IP", wide: true, cell: ({ status }) => status?.podIP || "<none>" },
  { name: "Node", wide: true, cell: ({ spec }) => spec.nodeName || "<none>" },
  { name: "Nominated Node", wide: true, cell: ({ status }) => status?.nominatedNodeName || "<none>" },
  { name: "Readiness Gates", wide: true, cell: readinessGates },
];

const ended: Readonly<Record<string, string>> = {
  Succeeded: "The pod has completed successfully.",
  Failed: "The pod failed.",
};

export const podRows: RowRules<Pod> = {
  conditions({ status: { phase: reason = "" } = {} }) {
    const message = ended[reason];
    return message === undefined ? [] : [{ type: "Completed", status: "True", reason, message }];
  },
};

const gated = "SchedulingGated";

interface Summary {
  readonly ready: string;
  readonly status: string;
}

function summaryOf(pod: Pod): Summary {
  const { spec, status = {}, metadata } = pod;
  const start = startOf(pod);
  const readyContainers = (status.containerStatuses ?? []).filter(
    ({ ready, state }) => ready && state?.running,
  );
  const readyCount = start.readySidecars + (start.isDone ? readyContainers.length : 0);
  const ready = `${readyCount}/${(spec.containers ?? []).length + sidecarsOf(pod).size}`;
  const said = start.isDone ? containersText(pod) : undefined;
  let text = said ?? start.word ?? (isGated(pod) ? gated : status.reason || status.phase || "");
  if (metadata.deletionTimestamp !== undefined && status.reason === "NodeLost") text = "Unknown";
  else if (metadata.deletionTimestamp !== undefined && !hasEnded(pod)) text = "Terminating";
  return { ready, status: text };
}

/** How far a pod has come with its init containers. */
interface Start {
  /** Its other containers are told of: a sidecar that fails later does not take that back. */
  readonly isDone: boolean;
  /** `Init:1/3`, or what the first of the init containers that are not through says; undefined where all are. */
  readonly word: string | undefined;
  readonly readySidecars: number;
  /** Those up to the first that is not through. */
  readonly seen: readonly ContainerStatus[];
}

function startOf(pod: Pod): Start {
  const statuses = pod.status?.initContainerStatuses ?? [];
  const sidecars = sidecarsOf(pod);
  let readySidecars = 0;
  for (const [i, { name, state, started, ready }] of statuses.entries()) {
    if (state?.terminated?.exitCode === 0) continue;
    if (sidecars.has(name) && started) {
      if (ready) readySidecars++;
      continue;
    }
    const word = `Init:${initWord(state) ?? `${i}/${pod.spec.initContainers?.length ?? 0}`}`;
    return { isDone: isTrue(pod, "Initialized"), word, readySidecars, seen: statuses.slice(0, i + 1) };
  }
  return { isDone: true, word: undefined, readySidecars, seen: statuses };
}

/** Undefined for one that runs, or waits for its turn. */
function initWord(state: ContainerStatus["state"]): string | undefined {
  if (state?.terminated) return terminatedText(state.terminated);
  const reason = state?.waiting?.reason;
  return reason && reason !== "PodInitializing" ? reason : undefined;
}

function sidecarsOf({ spec }: Pod): ReadonlySet<string> {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  return new Set(sidecars.map(({ name }) => name));
}

/** What the containers say; the first one's word counts most. */
function containersText(pod: Pod): string | undefined {
  const statuses = pod.status?.containerStatuses ?? [];
  let text: string | undefined;
  let hasRunning = false;
  for (const { state, ready } of statuses.toReversed()) {
    if (state?.waiting?.reason) text = state.waiting.reason;
    else if (state?.terminated) text = terminatedText(state.terminated);
    else if (ready && state?.running) hasRunning = true;
  }
  if (text === "Completed" && hasRunning) return isTrue(pod, "Ready") ? "Running" : "NotReady";
  return text;
}

type Terminated = NonNullable<NonNullable<ContainerStatus["state"]>["terminated"]>;

function terminatedText({ reason, signal, exitCode }: Terminated): string {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

function isGated(pod: Pod): boolean {
  return conditionOf(pod, "PodScheduled")?.reason === gated;
}

/** `2 (30s ago)`: how often, and when the last time. */
function restartsText(pod: Pod, now: number): string {
  const { isDone, seen } = startOf(pod);
  const sidecars = sidecarsOf(pod);
  const counted = isDone
    ? [...(pod.status?.containerStatuses ?? []), ...seen.filter(({ name }) => sidecars.has(name))]
    : seen;
  const restarts = counted.reduce((sum, { restartCount }) => sum + restartCount, 0);
  const ends = counted.map(({ lastState }) => Date.parse(lastState?.terminated?.finishedAt ?? ""));
  const last = Math.max(...ends.filter(end => !Number.isNaN(end)));
  return restarts > 0 && Number.isFinite(last)
    ? `${restarts} (${shortAge(now - last)} ago)`
    : String(restarts);
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  const met = gates.filter(({ conditionType }) => isTrue(pod, conditionType));
  return `${met.length}/${gates.length}`;
}
