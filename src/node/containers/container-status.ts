/**
 * What a container's status says, as pure functions from one status to the next: one for each thing that can happen to a
 * container. The words are the kubelet's.
 */
import { rememberLast } from "../../outside/index.ts";
import type { ContainerState, ContainerStatus, PodContainer } from "../../resources/index.ts";
import { deepFreeze } from "../../store/index.ts";
import type { ProbeKind } from "./probes.ts";

type VolumeMount = NonNullable<PodContainer["volumeMounts"]>[number];
type VolumeMountStatus = NonNullable<ContainerStatus["volumeMounts"]>[number];
type Terminated = NonNullable<ContainerState["terminated"]>;

/** What the status tells of an instance. */
export interface InstanceFacts {
  readonly restartCount: number;
  readonly imageID: string;
  readonly containerID: string;
  /** As whom it runs; absent where that is not known. */
  readonly user?: ContainerStatus["user"];
}

/** Before anything has happened. */
export function firstStatus(
  { name, image = "", volumeMounts = [] }: PodContainer,
  reason: string,
): ContainerStatus {
  return {
    name,
    state: { waiting: { reason } },
    lastState: noState,
    ready: false,
    restartCount: 0,
    image,
    imageID: "",
    started: false,
    ...(volumeMounts.length > 0 && { volumeMounts: mountStatuses(volumeMounts) }),
  };
}

const noState: ContainerState = Object.freeze({});

/** Pods that come up in the same second share it, as those of one template share what is mounted. */
const runningSince = rememberLast((startedAt: string) => deepFreeze({ running: { startedAt } }));

function mountStatuses(mounts: readonly VolumeMount[]): readonly VolumeMountStatus[] {
  const known = mounted.get(mounts);
  if (known) return known;
  const statuses = deepFreeze(mounts.map(mountStatus));
  mounted.set(mounts, statuses);
  return statuses;
}

const mounted = new WeakMap<readonly VolumeMount[], readonly VolumeMountStatus[]>();

/** What is mounted for reading alone may still have something in it that can be written to. */
function mountStatus({ name, mountPath, readOnly }: VolumeMount): VolumeMountStatus {
  return { name, mountPath, ...(readOnly && { readOnly, recursiveReadOnly: "Disabled" }) };
}

/** Of a container that ran when its node went down: it is not known how it ended. */
export function interrupted(before: ContainerStatus): ContainerStatus {
  const { running } = before.state ?? {};
  if (!running) return before;
  const terminated = {
    exitCode: 255,
    reason: "Unknown",
    startedAt: running.startedAt,
    containerID: before.containerID,
  };
  return { ...before, state: { terminated }, ready: false, started: false };
}

/** It does not run, for this reason. */
export function waiting(before: ContainerStatus, reason: string, message?: string): ContainerStatus {
  const why = message === undefined ? { reason } : { reason, message };
  return { ...before, state: { waiting: why }, lastState: lastStateAfter(before) };
}

/** An instance runs. Where a startup probe is, it has not started before that says so. */
export function running(
  before: ContainerStatus,
  facts: InstanceFacts,
  spec: PodContainer,
  startedAt: string,
): ContainerStatus {
  const { startupProbe, readinessProbe } = spec;
  const status = {
    ...before,
    ...facts,
    state: runningSince(startedAt),
    lastState: lastStateAfter(before),
    started: !startupProbe,
    ready: !startupProbe && !readinessProbe,
  };
  return resized(status, spec);
}

/** It has these resources, from its start or since they were changed in place. */
export function resized(
  { allocatedResources: _, ...others }: ContainerStatus,
  { resources = {} }: PodContainer,
): ContainerStatus {
  const { requests } = resources;
  const hasRequests = requests !== undefined && Object.keys(requests).length > 0;
  return { ...Object.freeze(others), ...(hasRequests && { allocatedResources: requests }), resources };
}

/** A probe has drawn a conclusion. A container that is not ready is no endpoint. */
export function concluded(
  before: ContainerStatus,
  kind: ProbeKind,
  verdict: boolean,
  { readinessProbe }: PodContainer,
): ContainerStatus {
  if (kind === "Readiness") return { ...before, ready: verdict };
  return kind === "Startup" ? { ...before, started: verdict, ready: verdict && !readinessProbe } : before;
}

/** An instance has ended, whether it had ever run or not. */
export function ended(
  before: ContainerStatus,
  facts: InstanceFacts,
  spec: PodContainer,
  cause: Pick<Terminated, "exitCode" | "reason" | "message">,
  createdAt: string,
  finishedAt: string,
): ContainerStatus {
  const startedAt = before.state?.running?.startedAt ?? createdAt;
  return {
    ...(before.resources === undefined ? resized(before, spec) : before),
    ...facts,
    state: { terminated: { ...cause, startedAt, finishedAt, containerID: facts.containerID } },
    lastState: lastStateAfter(before),
    ready: false,
    started: false,
  };
}

/** The one end that is remembered besides the state: the latest that the state no longer shows. */
function lastStateAfter({ state, lastState = noState }: ContainerStatus): ContainerStatus["lastState"] {
  return state?.terminated ? { terminated: state.terminated } : lastState;
}

/**
 * When its pod is over, a container waits no more. One that was to be restarted shows how it ended; for one that never ran,
 * Kubernetes says that it could not be found.
 */
export function settled(before: ContainerStatus): ContainerStatus {
  if (before.state?.terminated) return before;
  const terminated = before.lastState?.terminated ?? neverSeen;
  return { ...before, state: { terminated }, lastState: noState, ready: false, started: false };
}

const neverSeen = {
  exitCode: 137,
  reason: "ContainerStatusUnknown",
  message: "The container could not be located when the pod was terminated",
};
