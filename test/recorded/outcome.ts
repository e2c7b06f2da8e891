/**
 * What came of a story, as lines that can be compared: without what differs from run to run, and without what other tests look
 * at.
 */
import type { KubernetesObject } from "k4s";
import type { Data, RecordedChange, RecordedEvent, Story } from "./recording.ts";

export interface Outcome {
  /** Answers that had another status than the recorded one. */
  readonly answers: readonly string[];
  readonly events: readonly string[];
  /** Through which statuses and reasons the conditions of each object came. */
  readonly conditions: readonly string[];
  /** The objects that are there in the end, pods without what a kubelet says of their containers. */
  readonly settled: readonly Data[];
}

/** What became of it in the real Kubernetes. */
export function recordedOutcome({ changes, events, settled }: Story): Outcome {
  return {
    answers: [],
    events: eventLines(events, []),
    conditions: conditionLines(
      changes.map(change => ({ ...change, conditions: recordedConditions(change) })),
      [],
    ),
    settled: objectLines(settled, []),
  };
}

export function eventLines(events: readonly RecordedEvent[], hashes: Hashes): string[] {
  const lines = events
    .filter(({ from }) => from !== "kubelet")
    .map(({ type, reason, about, from, message }) => `${type} ${reason} ${about} ${from}: ${message}`);
  return [...new Set(lines.map(line => blurred(line, hashes)))].sort();
}

interface Conditions {
  readonly type: string;
  readonly kind: string;
  readonly name: string;
  readonly conditions: readonly Data[];
}

export function conditionsOf({ status }: Data): readonly Data[] {
  return ((status as Data | undefined)?.conditions ?? []) as readonly Data[];
}

function recordedConditions({ object = {}, set = {} }: RecordedChange): readonly Data[] {
  const changed = Object.entries(set).flatMap(([path, value]) => {
    const [, type] = /^status\.conditions\[(\w+)\]$/.exec(path) ?? [];
    return type ? [{ type, ...(value as Data) }] : [];
  });
  return [...conditionsOf(object), ...((set["status.conditions"] ?? []) as readonly Data[]), ...changed];
}

export function conditionLines(changes: readonly Conditions[], hashes: Hashes): string[] {
  const lines = new Map<string, string[]>();
  for (const { kind, name, type, conditions } of changes) {
    if (kind === "Pod" || kind === "Node" || type === "DELETED") continue;
    for (const condition of conditions) {
      const line = lines.get(`${kind}/${name} ${condition.type}`) ?? [];
      lines.set(`${kind}/${name} ${condition.type}`, line);
      const now = [condition.status, condition.reason].filter(Boolean).join(" ");
      if (line.at(-1) !== now) line.push(now);
    }
  }
  return [...lines].map(([about, line]) => blurred(`${about}: ${line.join(", ")}`, hashes)).sort();
}

/** What is left to other tests, or differs from run to run: defaults of pods, times, revisions, data. */
const leftOut =
  /^(?:template|jobTemplate|data|ownerReferences|resourceVersion|managedFields|uid|creationTimestamp|lastTransitionTime|lastUpdateTime|lastProbeTime)$|^k4s\.dev\/|last-applied-configuration$/;

export function objectLines(objects: Story["settled"], hashes: Hashes): Data[] {
  const shown = objects
    // What is there by nature is in no recording.
    .filter(({ kind, name }) => kind !== "Node" && name !== "kube-root-ca.crt" && !name.startsWith("system-"))
    .map(({ kind, name, object }) => {
      const {
        metadata: { labels, annotations = {}, generation, finalizers } = {},
        spec,
        status,
      } = object as Record<string, Data | undefined>;
      const whole = { kind, name, metadata: { labels, annotations, generation, finalizers }, spec, status };
      return kind === "Pod" ? { ...whole, spec: undefined, status: { phase: status?.phase } } : whole;
    });
  const texts = shown.map(each =>
    JSON.stringify(each, (key, value) => {
      // A null is what Go prints where there is nothing, for clients only.
      if (leftOut.test(key) || value === null) return undefined;
      return /[tT]ime(?:stamp)?$/.test(key) && typeof value === "string" ? "…" : value;
    }),
  );
  return texts
    .map(text => JSON.parse(blurred(text, hashes)))
    .sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

type Hashes = readonly string[];

export function hashesOf(objects: readonly KubernetesObject[]): Hashes {
  const labels = ["pod-template-hash", "controller-revision-hash", "controller.kubernetes.io/hash"];
  const found = objects.flatMap(({ metadata }) => labels.map(label => metadata.labels?.[label] ?? ""));
  return [...new Set(found)].filter(Boolean).sort((one, other) => other.length - one.length);
}

/** What is another one in every run: hashes, the ends of names, uids, addresses, nodes. */
function blurred(text: string, hashes: Hashes): string {
  let left = text;
  // The longer first: one may be within another.
  for (const hash of hashes) left = left.replaceAll(hash, "<hash>");
  return (
    left
      .replaceAll(/<hash-\d+>|(?:db-)?<revision-\d+>/g, "<hash>")
      .replaceAll(/<suffix-\d+>/g, "<suffix>")
      // Not the beginning of a uid that has no letters there.
      .replaceAll(/<minute-\d+>|\b\d{8}\b(?!-[0-9a-f]{4}-)/g, "<minute>")
      .replaceAll(
        /(-<hash>|\b(?:rs|work|work-\d|web|agent|tick-<minute>))-[a-z0-9]{5}(?![a-z0-9-])/g,
        "$1-<suffix>",
      )
      .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uid>")
      .replaceAll(/\bnode-[0-2]\b/g, "<node>")
      .replaceAll(/\b\d+\.\d+\.\d+\.\d+\b/g, "<ip>")
  );
}
