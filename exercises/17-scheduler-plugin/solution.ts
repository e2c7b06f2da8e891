import type { Node, Pod } from "k4s";

/** What a plugin is told of a node. */
interface Place {
  readonly node: Node;
  readonly pods: readonly Pod[];
}

interface Args {
  /** The label that says how many licences a node has. */
  readonly label: string;
}

/** True, or why the pod cannot run there. */
export function filter(pod: Pod, place: Place, args: Args): true | string {
  if (!needsLicence(pod)) return true;
  return inUse(place) < licencesOf(place, args) || "node(s) had no licence left";
}

/** From 0 to 100. */
export function score(pod: Pod, place: Place, args: Args): number {
  const licences = licencesOf(place, args);
  if (!needsLicence(pod)) return licences > 0 ? 0 : 100;
  return licences > 0 ? (100 * inUse(place)) / licences : 0;
}

function needsLicence({ metadata }: Pod): boolean {
  return metadata.labels?.licence !== undefined;
}

function licencesOf({ node }: Place, { label }: Args): number {
  return Number(node.metadata.labels?.[label] ?? 0);
}

function inUse({ pods }: Place): number {
  return pods.filter(needsLicence).length;
}
