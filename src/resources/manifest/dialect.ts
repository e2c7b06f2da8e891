/**
 * Manifests that are nearly Kubernetes': what other orchestrators and older tutorials write, and Kubernetes refuses, though there is
 * one thing alone that can be meant. Each reading is a row of the tables below; it is told with its place, so that the manifest can be
 * put right. What Kubernetes takes is met by none of them. Manifests are read so before anything else (manifest.ts), requests once
 * they were refused (api/nearly-kubernetes.ts).
 */
import { apiVersionsOf, type KindDefinition } from "../definition/index.ts";
import type { KnownKind } from "./identity.ts";
import {
  type Entry,
  type MapNode,
  measured,
  type Node,
  type Place,
  type ScalarNode,
  textAt,
  valueOfNode,
} from "./node.ts";
import { plainTree } from "./plain.ts";
import type { Problem } from "./problems.ts";

interface Reading {
  /** Of objects of these kinds; of all where left out. */
  readonly kinds?: readonly string[];
  /** Where it stands; `*` is each element of a list. */
  readonly at: readonly string[];
  /** What is meant there; undefined where it is written as Kubernetes has it, or cannot be meant. */
  readonly read: (value: Node, object: ObjectRead) => Meant | undefined;
}

interface ObjectRead {
  readonly node: MapNode;
  readonly kind: string | undefined;
  readonly kinds: readonly KnownKind[];
}

interface Meant {
  readonly node: Node;
  readonly told: string;
  /** Where that is a part of the value. */
  readonly at?: Place;
}

const selecting = ["ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "PodDisruptionBudget"];
const autoscaler = ["HorizontalPodAutoscaler"];

const ofFields: readonly Reading[] = [
  { kinds: selecting, at: ["spec", "selector"], read: labelsAlone },
  { kinds: ["NetworkPolicy"], at: ["spec", "podSelector"], read: labelsAlone },
  { kinds: autoscaler, at: ["spec", "scaleTargetRef"], read: withApiVersion },
  { kinds: autoscaler, at: ["spec", "metrics", "*", "resource", "target"], read: valueByType },
];

const ofManifests: readonly Reading[] = [{ at: ["apiVersion"], read: groupOfKind }, ...ofFields];

/** The object as Kubernetes would have it written; the same where it is. What was read otherwise is added to `told`. */
export function inKubernetesTerms(node: MapNode, kinds: readonly KnownKind[], told: Problem[]): MapNode {
  return readBy(ofManifests, { node, kind: textAt(node, "kind"), kinds }, told);
}

/** True for the kinds of which a request may be read otherwise than it says. */
export function hasDialect({ name }: Pick<KindDefinition, "name">): boolean {
  return ofFields.some(reading => reading.kinds?.includes(name));
}

/**
 * What a request sends to be written, an object or a merge of one, as Kubernetes would have it; its path says of which kind it is,
 * and in which version. Undefined where it is written so, or cannot be told. A line in `told` for each field that is read otherwise.
 */
export function requestInKubernetesTerms<T extends object>(
  sent: T,
  kind: string,
  kinds: readonly KnownKind[],
): { readonly meant: T; readonly told: readonly string[] } | undefined {
  const node = plainTree(sent);
  if (node?.kind !== "map") return undefined;
  const told: Problem[] = [];
  const read = readBy(ofFields, { node, kind, kinds }, told);
  if (read === node) return undefined;
  return { meant: valueOfNode(read) as T, told: told.map(({ field, message }) => `${field}: ${message}`) };
}

function readBy(readings: readonly Reading[], object: ObjectRead, told: Problem[]): MapNode {
  const { node, kind = "" } = object;
  let read: Node = node;
  for (const reading of readings) {
    if (reading.kinds && !reading.kinds.includes(kind)) continue;
    read = changedAt(read, reading.at, "", (value, field) => {
      const meant = reading.read(value, object);
      if (meant === undefined) return value;
      const { start, end } = meant.at ?? value;
      told.push({ offset: start, length: Math.max(1, end - start), field, message: meant.told });
      return meant.node;
    });
  }
  return read.kind === "map" ? read : node;
}

/** `v1` of a kind that is in a group. */
function groupOfKind(value: Node, { node, kind, kinds }: ObjectRead): Meant | undefined {
  const known = kinds.filter(each => each.kind === kind);
  const isOfKubernetes = known.every(({ group, isCustom }) => group !== "k4s.dev" && !isCustom);
  if (value.kind !== "scalar" || value.value !== "v1" || !isOfKubernetes) return undefined;
  const [wanted, ...others] = known.flatMap(apiVersionsOf);
  if (wanted === undefined || wanted === "v1" || others.includes("v1")) return undefined;
  // The version in which the kind is kept, unless the object has what only an older one knows.
  const spec = node.entries.get("spec")?.value;
  const isOlder = spec?.kind === "map" && spec.entries.has("targetCPUUtilizationPercentage");
  const apiVersion = (isOlder ? others[0] : undefined) ?? wanted;
  return {
    node: { ...value, value: apiVersion },
    told: `v1 is read as ${apiVersion}, where Kubernetes has ${kind}`,
  };
}

/** Labels that do not say that they are to be matched. */
function labelsAlone(value: Node): Meant | undefined {
  if (value.kind !== "map" || value.entries.size === 0) return undefined;
  const isLabels = [...value.entries.values()].every(
    ({ value: label }) => label.kind === "scalar" && typeof label.value === "string",
  );
  if (!isLabels || value.entries.has("matchLabels") || value.entries.has("matchExpressions"))
    return undefined;
  const entry = { key: { start: value.start, end: value.start }, value };
  return {
    node: mapOf(value, [["matchLabels", entry]]),
    told: "labels are read as matchLabels, where Kubernetes wants them",
  };
}

/** What is scaled, without the group of its kind. */
function withApiVersion(value: Node, { kinds }: ObjectRead): Meant | undefined {
  if (value.kind !== "map" || value.entries.has("apiVersion")) return undefined;
  const kind = textAt(value, "kind");
  const [apiVersion] = kinds.filter(each => each.kind === kind && each.group !== "").flatMap(apiVersionsOf);
  if (apiVersion === undefined) return undefined;
  const place = { start: value.start, end: value.start };
  const text: ScalarNode = { kind: "scalar", value: apiVersion, ...place, size: 1, depth: 0 };
  const entries: [string, Entry][] = [...value.entries, ["apiVersion", { key: place, value: text }]];
  return {
    node: mapOf(value, entries),
    told: `the apiVersion of a ${kind}, which Kubernetes wants here, is read as ${apiVersion}`,
  };
}

const fieldOfType: ReadonlyMap<string, string> = new Map([
  ["Utilization", "averageUtilization"],
  ["AverageValue", "averageValue"],
]);

/** A target with a type whose field has another name than `value`. */
function valueByType(value: Node): Meant | undefined {
  if (value.kind !== "map") return undefined;
  const field = fieldOfType.get(textAt(value, "type") ?? "");
  const given = value.entries.get("value");
  if (field === undefined || given === undefined || value.entries.has(field)) return undefined;
  const entries = [...value.entries].map(([key, entry]): [string, Entry] => [
    key === "value" ? field : key,
    entry,
  ]);
  return {
    node: mapOf(value, entries),
    told: `value is read as ${field}, as Kubernetes calls it`,
    at: given.key,
  };
}

/** The node with what stands at the steps changed; all else is shared. */
function changedAt(
  node: Node,
  [step, ...rest]: readonly string[],
  field: string,
  change: (value: Node, field: string) => Node,
): Node {
  if (step === undefined) return change(node, field);
  if (step === "*") {
    if (node.kind !== "list") return node;
    const items = node.items.map((item, i) => changedAt(item, rest, `${field}[${i}]`, change));
    return items.every((item, i) => item === node.items[i]) ? node : { ...node, items };
  }
  const entry = node.kind === "map" ? node.entries.get(step) : undefined;
  if (node.kind !== "map" || entry === undefined) return node;
  const value = changedAt(entry.value, rest, field ? `${field}.${step}` : step, change);
  return value === entry.value
    ? node
    : { ...node, entries: new Map(node.entries).set(step, { ...entry, value }) };
}

function mapOf(place: Place, entries: readonly (readonly [string, Entry])[]): MapNode {
  const { start, end } = place;
  return {
    kind: "map",
    entries: new Map(entries),
    start,
    end,
    ...measured(entries.map(([, { value }]) => value)),
  };
}
