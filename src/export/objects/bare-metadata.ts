/** The metadata that was declared: without what a server writes, and without the notes that tools and controllers keep there. */
import type { JsonMap } from "../../resources/index.ts";
import { mapAt, textsIn } from "./parts.ts";

const kept = ["name", "generateName", "namespace", "labels", "annotations", "finalizers"] as const;

/** Finalizers of Kubernetes' own controllers, which set them again. */
const ownFinalizer =
  /^(kubernetes\.io\/|kubernetes$|foregroundDeletion$|orphan$|.*\.kubernetes\.io\/|.*\.k8s\.io\/)/;

const bookkeeping: readonly RegExp[] = [
  /^kubectl\.kubernetes\.io\/last-applied-configuration$/,
  /^deployment\.kubernetes\.io\//,
  /^deprecated\.daemonset\.template\.generation$/,
  /^(pv|volume)(\.beta)?\.kubernetes\.io\//,
  /^autoscaling\.alpha\.kubernetes\.io\//,
  /^endpoints\.kubernetes\.io\//,
  /^batch\.kubernetes\.io\/job-tracking$/,
];

const automaticLabels: readonly RegExp[] = [
  /^kubernetes\.io\/metadata\.name$/,
  /^pod-template-hash$/,
  /^controller-revision-hash$/,
  /^(batch\.kubernetes\.io\/)?(controller-uid|job-name)$/,
];

export interface BareMetadata {
  readonly metadata: JsonMap;
  /** Annotations of k4s, which no other cluster knows: they are left out. */
  readonly ours: readonly string[];
}

export function bareMetadata(metadata: JsonMap): BareMetadata {
  const labels = chosen(mapAt(metadata, "labels"), key => !automaticLabels.some(each => each.test(key)));
  const annotations = chosen(
    mapAt(metadata, "annotations"),
    key => !bookkeeping.some(each => each.test(key)),
  );
  const ours = Object.keys(annotations).filter(key => key.startsWith("k4s.dev/"));
  const others = chosen(annotations, key => !ours.includes(key));
  const finalizers = Array.isArray(metadata.finalizers)
    ? metadata.finalizers.filter(each => !ownFinalizer.test(String(each)))
    : [];
  const bare: Record<string, JsonMap[string]> = { labels, annotations: others, finalizers };
  const entries = kept
    .map(key => [key, bare[key] ?? metadata[key]] as const)
    .filter(([, value]) => !isEmpty(value));
  return { metadata: Object.fromEntries(entries), ours };
}

function chosen(map: JsonMap, isChosen: (key: string) => boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(textsIn(map)).filter(([key]) => isChosen(key)));
}

function isEmpty(value: JsonMap[string]): boolean {
  return (
    value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0)
  );
}
