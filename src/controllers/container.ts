/**
 * Container: keeps one pod of its own name running one function. Where a Kubernetes user writes a pod and leaves it to
 * itself, a Container heals: a pod that was deleted comes back, and a changed spec replaces it. Within the pod, restarts are
 * the node's business; this controller sees only whole pods.
 *
 * A pod is made from one generation of the Container and says which (the annotation below). When the generation is not the
 * Container's own any more, the pod is asked to end, in its own time, and the next one takes its name when it is gone.
 */

import { ApiError } from "../errors/index.ts";
import {
  controller,
  namesake,
  type Outcome,
  type Reader,
  refused,
  settled,
  type World,
} from "../loop/index.ts";
import {
  type Condition,
  type Container,
  conditionOf,
  controllerOf,
  type Draft,
  hasEnded,
  isTerminating,
  isTrue,
  ownedBy,
  type Pod,
  podFromContainer,
  withCondition,
} from "../resources/index.ts";

import { nodeNotFoundOn } from "./node-not-found.ts";

/** On a pod: the generation of the Container that it was made from. */
const generationAnnotation = "k4s.dev/container-generation";

export const container = controller({
  kind: "Container",
  wokenBy: [namesake("Pod", "Container")],
  concerns: (container, previous, reader) =>
    previous
      ? container.metadata.generation !== previous.metadata.generation
      : !isAsReported(container, reader),
  async reconcile(container, world) {
    const { name, namespace = "" } = container.metadata;
    const found = world.get("Pod", namespace, name);
    const pod = found && isOurs(found, container) ? found : undefined;
    const taken = found && !pod && isThereToStay(found, world) ? found : undefined;
    if (taken && conditionOf(container, "Ready")?.message !== nameTaken(taken))
      world.event(container, "Warning", "NameTaken", nameTaken(taken));
    const decision = isTerminating(container) ? nothing : decide(container, found, pod);
    // The pod that we have made wakes us: then there is something to tell.
    if (decision.do === "create") return create(container, world);
    if (decision.do === "end") await end(decision, container, world);
    const inTheWay = taken && { reason: "NameTaken", message: nameTaken(taken) };
    await world.report(container, statusOf(container, pod, inTheWay, world.now()));
    return settled;
  },
});

/** Whether the pod is as it should be, and the status says of it what is so: at a resync nearly always. */
function isAsReported(container: Container, reader: Reader): boolean {
  const { name, namespace = "" } = container.metadata;
  const pod = reader.get("Pod", namespace, name);
  if (!pod || !isOurs(pod, container) || decide(container, pod, pod) !== nothing) return false;
  const { status } = container;
  const seen = statusOf(container, pod, undefined, reader.now());
  return inGlance.every(field => seen[field] === status?.[field]);
}

/** What else is in the status follows from these. */
const inGlance = ["phase", "ready", "restarts", "node", "reason", "message", "observedGeneration"] as const;

/** What is to be done with the pod: nothing, make it, or end it because of a reason. */
type Decision = typeof nothing | { do: "create" } | { do: "end"; pod: Pod; because: string };

const nothing = { do: "nothing" } as const;

function decide(container: Container, found: Pod | undefined, pod: Pod | undefined): Decision {
  if (!found) return { do: "create" };
  if (!pod || isTerminating(pod)) return nothing;
  if (!isCurrent(pod, container)) return { do: "end", pod, because: "the spec changed" };
  if (mustRunAgain(pod))
    return { do: "end", pod, because: `it ended (${pod.status?.reason ?? pod.status?.phase})` };
  return nothing;
}

async function create(container: Container, world: World): Promise<Outcome> {
  try {
    const pod = await world.create(podOf(container));
    world.event(container, "Normal", "SuccessfulCreate", `Created pod: ${pod.metadata.name}`);
    return settled;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    world.event(container, "Warning", "FailedCreate", `Error creating: ${error.message}`);
    const trouble = { reason: "FailedCreate", message: error.message };
    await world.report(container, statusOf(container, undefined, trouble, world.now()));
    return refused;
  }
}

async function end(
  { pod, because }: Extract<Decision, { do: "end" }>,
  container: Container,
  world: World,
): Promise<void> {
  await world.delete(pod);
  const message = `Deleted pod: ${pod.metadata.name}, because ${because}`;
  world.event(container, "Normal", "SuccessfulDelete", message);
}

/** The pod that is to run, put in the Container's charge. */
function podOf(container: Container): Draft<Pod> {
  const pod = podFromContainer(container);
  const annotations = {
    ...pod.metadata.annotations,
    [generationAnnotation]: String(container.metadata.generation),
  };
  return { ...pod, metadata: { ...pod.metadata, annotations, ownerReferences: [ownedBy(container)] } };
}

/** A pod that ended although it was to run always: its node was lost, it was evicted, or its deadline passed. */
function mustRunAgain(pod: Pod): boolean {
  return hasEnded(pod) && (pod.spec.restartPolicy ?? "Always") === "Always";
}

/** What is seen of the pod. A pod of an older generation says nothing about this one: the Container is not ready. */
function statusOf(container: Container, pod: Pod | undefined, inTheWay: Trouble | undefined, now: number) {
  const { generation } = container.metadata;
  const ready = pod !== undefined && isCurrent(pod, container) && !isTerminating(pod) && isTrue(pod, "Ready");
  const { reason, message } = inTheWay ?? troubleOf(pod);
  return {
    phase: pod?.status?.phase ?? "Pending",
    ready,
    restarts: pod?.status?.containerStatuses?.[0]?.restartCount ?? 0,
    ...(pod && { podName: pod.metadata.name, node: pod.spec.nodeName }),
    ...(reason && { reason, message }),
    conditions: withCondition(
      container.status?.conditions,
      readyCondition(container, ready, reason, message),
      now,
    ),
    observedGeneration: generation,
  } satisfies Container["status"];
}

/** What keeps a Container from running, in a word and in a sentence. */
interface Trouble {
  readonly reason?: string;
  readonly message?: string;
}

/** Why the pod's thread does not run, where it does not: CrashLoopBackOff, ErrImagePull, Unschedulable, NodeNotFound, … */
function troubleOf(pod: Pod | undefined): Trouble {
  const message = pod && nodeNotFoundOn(pod);
  if (message !== undefined) return { reason: "NodeNotFound", message };
  const state = pod?.status?.containerStatuses?.[0]?.state;
  if (state?.waiting) return state.waiting;
  if (state?.terminated) return state.terminated;
  const placed = pod && conditionOf(pod, "PodScheduled");
  return placed?.status === "False" ? placed : {};
}

function readyCondition(
  container: Container,
  ready: boolean,
  reason = "",
  message = "",
): Omit<Condition, "lastTransitionTime"> {
  const status = ready ? "True" : "False";
  const { generation } = container.metadata;
  const why = ready ? { reason: "PodReady", message: "" } : { reason: reason || "PodNotReady", message };
  return { type: "Ready", status, ...why, observedGeneration: generation };
}

function isCurrent(pod: Pod, container: Container): boolean {
  return pod.metadata.annotations?.[generationAnnotation] === String(container.metadata.generation);
}

function isOurs(pod: Pod, container: Container): boolean {
  return controllerOf(pod)?.uid === container.metadata.uid;
}

/** A pod that is on its way out, or whose owner is gone, will make room; nothing needs to be told. */
function isThereToStay(pod: Pod, world: World): boolean {
  const owner = controllerOf(pod);
  return !isTerminating(pod) && (owner === undefined || world.byUid(owner.uid) !== undefined);
}

function nameTaken({ metadata }: Pod): string {
  const owner = controllerOf({ apiVersion: "v1", kind: "Pod", metadata });
  const holder = owner ? `belongs to ${owner.kind} ${owner.name}` : "was not made by a controller";
  return `Pod ${metadata.name} is there already and ${holder}; delete it, or give this Container another name`;
}
