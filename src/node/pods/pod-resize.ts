/**
 * How far a pod has come on its way to other resources (`kubectl patch --subresource resize`): the conditions that say so, and the words
 * of the events. What the node has given the containers is with them; this is what is asked for beyond that.
 */
import { isSame, type Pod, type PodCondition, type PodContainer } from "../../resources/index.ts";
import type { ContainerView, Tell } from "../containers/index.ts";

export type ResizeStage =
  | { readonly at: "none" }
  /** The node has no room for it. */
  | { readonly at: "pending"; readonly reason: string; readonly message: string }
  /** The node has set the resources aside, and gives them to the containers. */
  | { readonly at: "in progress"; readonly generation: number };

const none: ResizeStage = { at: "none" };

/** How far one pod has come. Its events are told here; where a method returns true, its status has changed. */
export class PodResize {
  readonly #tell: Tell;
  #stage = none;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  get stage(): ResizeStage {
    return this.#stage;
  }

  /** Whether the pod waits for room. */
  get isPending(): boolean {
    return this.#stage.at === "pending";
  }

  /**
   * The spec of the pod has changed, or there may be room by now.
   * @param isAsked whether it asks for other resources than it has
   * @param refusal why the node cannot give them
   */
  asked(pod: Pod, isAsked: boolean, refusal: Refusal | undefined): boolean {
    const before = this.#stage;
    if (refusal) {
      const { reason, message } = refusal;
      if (before.at === "pending" && before.reason === reason && before.message === message) return false;
      this.#stage = { at: "pending", reason, message };
      this.#tell(pod, "Warning", `Resize${reason}`, resizeMessage(reason, pod, message));
      return true;
    }
    if (isAsked) {
      this.#stage = { at: "in progress", generation: pod.metadata.generation ?? 1 };
      this.#tell(pod, "Normal", "ResizeStarted", resizeMessage("started", pod));
      return true;
    }
    if (before.at === "pending") this.#stage = none;
    return before.at === "pending";
  }

  /** Once the containers that run have what they were given, the resize is over. */
  seen(pod: Pod, containers: readonly Resized[]): boolean {
    if (this.#stage.at !== "in progress" || containers.some(isUnderWay)) return false;
    this.#stage = none;
    this.#tell(pod, "Normal", "ResizeCompleted", resizeMessage("completed", pod));
    return true;
  }
}

interface Refusal {
  readonly reason: string;
  readonly message: string;
}

type Resized = Pick<ContainerView, "busy" | "status"> & { readonly spec: PodContainer };

function isUnderWay({ busy, status, spec }: Resized): boolean {
  if (!busy) return false;
  return status.state?.running === undefined || !isSame(status.resources ?? {}, spec.resources ?? {});
}

/** The condition that shows it; none where nothing is under way. */
export function resizeConditions(stage: ResizeStage, { metadata }: Pod): readonly Partial<PodCondition>[] {
  switch (stage.at) {
    case "none":
      return [];
    case "pending": {
      const { reason, message } = stage;
      const observedGeneration = metadata.generation ?? 1;
      return [{ type: "PodResizePending", status: "True", reason, message, observedGeneration }];
    }
    case "in progress":
      return [{ type: "PodResizeInProgress", status: "True", observedGeneration: stage.generation }];
    default:
      return stage satisfies never;
  }
}

/** What an event about it says: what has happened, and the resources of each container as JSON. */
function resizeMessage(happened: string, { metadata, spec }: Pod, error?: string): string {
  const initContainers = spec.initContainers?.map(summary);
  const containers = spec.containers.map(summary);
  const { generation = 1 } = metadata;
  return `Pod resize ${happened}: ${JSON.stringify({ initContainers, containers, generation, error })}`;
}

function summary({ name, resources: { limits, requests } = {} }: PodContainer): object {
  return { name, resources: { limits: sorted(limits), requests: sorted(requests) } };
}

function sorted(amounts: Readonly<Record<string, string>> | undefined): object | undefined {
  if (amounts === undefined || Object.keys(amounts).length === 0) return undefined;
  return Object.fromEntries(Object.entries(amounts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
