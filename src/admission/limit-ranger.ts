/**
 * LimitRanger: what a namespace's LimitRanges say about the size of containers, pods and claims. A container that says
 * nothing of its own gets their defaults, which an annotation tells; what is too small, too large or stretches its request
 * too far is refused, with all reasons at once.
 */
import type { LimitRange, LimitRangeItem, PersistentVolumeClaim } from "../resources/index.ts";
import { forbidden } from "../store/index.ts";
import { claimProblems, podProblems } from "./limit-range-checks.ts";
import { withDefaultsOf } from "./limit-range-defaults.ts";
import { pluginFor, type StoreReader } from "./plugin.ts";
import { podPlugin } from "./pod-spec.ts";

const pods = podPlugin({
  name: "LimitRanger",
  on: [
    { operations: ["CREATE"], kinds: ["Pod"] },
    // Else what its containers ask for cannot be changed.
    { operations: ["UPDATE"], kinds: ["Pod"], subresources: ["resize"] },
  ],
  mutate(pod, { namespace }, reader) {
    let limited = pod;
    for (const range of rangesIn(namespace, reader)) limited = withDefaultsOf(limited, range);
    return limited;
  },
  validate({ spec }, { kind, namespace, name }, reader) {
    const problems = limitsIn(namespace, reader).flatMap(limit => podProblems(spec, limit));
    if (problems.length > 0) throw forbidden(kind, name, sentenceOf(problems));
  },
});

const claims = pluginFor<PersistentVolumeClaim>({
  name: "LimitRanger",
  on: [{ operations: ["CREATE", "UPDATE"], kinds: ["PersistentVolumeClaim"] }],
  validate({ spec }, { kind, namespace, name }, reader) {
    const problems = limitsIn(namespace, reader).flatMap(limit => claimProblems(spec, limit));
    if (problems.length > 0) throw forbidden(kind, name, sentenceOf(problems));
  },
});

export const limitRanger = [pods, claims];

function rangesIn(namespace: string, reader: StoreReader): readonly LimitRange[] {
  return reader.list("LimitRange", { namespace });
}

function limitsIn(namespace: string, reader: StoreReader): LimitRangeItem[] {
  return rangesIn(namespace, reader).flatMap(({ spec }) => spec?.limits ?? []);
}

/** Several problems in brackets, as Kubernetes tells several errors. */
function sentenceOf(problems: readonly string[]): string {
  return problems.length === 1 ? String(problems[0]) : `[${problems.join(", ")}]`;
}
