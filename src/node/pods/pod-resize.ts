/**
 * How far a pod has come on its way to other resources (`kubectl patch --subresource resize`): the conditions that say so, and the words
 * of the events. What the node has given the containers is with them; this is what is asked for beyond that.
 */
import type { Pod, PodCondition, PodContainer } from "../../resources/index.ts";

export type PodResize =
  | { readonly at: "none" }
  /** The node has no room for it. */
  | { readonly at: "pending"; readonly reason: string; readonly message: string }
  /** The node has set the resources aside, and gives them to the containers. */
  | { readonly at: "in progress"; readonly generation: number };

export const noResize: PodResize = { at: "none" };

/** The condition that shows it; none where nothing is under way. */
export function resizeConditions(resize: PodResize, { metadata }: Pod): readonly Partial<PodCondition>[] {
  switch (resize.at) {
    case "none":
      return [];
    case "pending": {
      const { reason, message } = resize;
      const observedGeneration = metadata.generation ?? 1;
      return [{ type: "PodResizePending", status: "True", reason, message, observedGeneration }];
    }
    case "in progress":
      return [{ type: "PodResizeInProgress", status: "True", observedGeneration: resize.generation }];
    default:
      return resize satisfies never;
  }
}

/** What an event about it says: what has happened, and the resources of each container as JSON. */
export function resizeMessage(happened: string, { metadata, spec }: Pod, error?: string): string {
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
