/**
 * What `kubectl get pods` says of a pod in a few words. The status column is neither the phase nor the reason: it is the most
 * telling of what its containers, and the pod, say, in the order that Kubernetes' printer has.
 */
import { conditionOf, isTrue } from "../../conditions.ts";
import type { Column } from "../../definition/index.ts";
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

interface Summary {
  readonly ready: string;
  readonly status: string;
}

function summaryOf(pod: Pod): Summary {
  const { spec, status = {}, metadata } = pod;
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  const isSidecar = (name: string) => sidecars.some(sidecar => sidecar.name === name);
  const all = status.containerStatuses ?? [];
  const init = status.initContainerStatuses ?? [];
  const readySidecars = init.filter(({ name, ready }) => isSidecar(name) && ready);
  const readyContainers = all.filter(({ ready, state }) => ready && state?.running);
  const ready = `${readyContainers.length + readySidecars.length}/${(spec.containers ?? []).length + sidecars.length}`;
  const starting = startingText(pod, isSidecar);
  let text = starting ?? containersText(pod) ?? status.reason ?? status.phase ?? "Unknown";
  if (metadata.deletionTimestamp !== undefined && status.reason === "NodeLost") text = "Unknown";
  else if (metadata.deletionTimestamp !== undefined && !hasEnded(pod)) text = "Terminating";
  return { ready, status: text };
}

/** `Init:1/3`, or what the first of the init containers that are not through says. */
function startingText({ spec, status }: Pod, isSidecar: (name: string) => boolean): string | undefined {
  const statuses = status?.initContainerStatuses ?? [];
  for (const [i, { name, state, started }] of statuses.entries()) {
    if (state?.terminated?.exitCode === 0) continue;
    if (isSidecar(name) && started) continue;
    if (state?.terminated) return `Init:${terminatedText(state.terminated)}`;
    const reason = state?.waiting?.reason;
    if (reason && reason !== "PodInitializing") return `Init:${reason}`;
    return `Init:${i}/${spec.initContainers?.length ?? 0}`;
  }
  return undefined;
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
  if (text === undefined && isGated(pod)) return "SchedulingGated";
  return text;
}

type Terminated = NonNullable<NonNullable<ContainerStatus["state"]>["terminated"]>;

function terminatedText({ reason, signal, exitCode }: Terminated): string {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

function isGated(pod: Pod): boolean {
  return conditionOf(pod, "PodScheduled")?.reason === "SchedulingGated";
}

/** `2 (30s ago)`: how often, and when the last time. */
function restartsText({ spec, status = {} }: Pod, now: number): string {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  const init = status.initContainerStatuses ?? [];
  const isStarting = init.some(
    ({ state, name }) =>
      state?.terminated?.exitCode !== 0 && !sidecars.some(sidecar => sidecar.name === name),
  );
  const counted = isStarting
    ? init
    : [
        ...(status.containerStatuses ?? []),
        ...init.filter(({ name }) => sidecars.some(s => s.name === name)),
      ];
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
