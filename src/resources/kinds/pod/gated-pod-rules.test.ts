import { expect, test } from "vitest";
import type { NodeSelectorTerm, PodSpec } from "../../generated/kubernetes.gen.ts";
import { podUpdateFaults } from "./pod-update-rules.ts";

const containers = [{ name: "c", image: "i" }];
const gated = (spec: Partial<PodSpec> = {}): PodSpec => ({
  containers,
  schedulingGates: [{ name: "g.io/1" }],
  ...spec,
});
const [a, b] = [
  { key: "a", operator: "In" as const, values: ["x"] },
  { key: "b", operator: "Exists" as const },
];
const required = (...nodeSelectorTerms: NodeSelectorTerm[]): Partial<PodSpec> => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});
const terms = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
const onlyAdditions = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";

test.each<[string, PodSpec, PodSpec, readonly string[]]>([
  ["a label more", gated(), gated({ nodeSelector: { zone: "b" } }), []],
  [
    "another label",
    gated({ nodeSelector: { a: "1" } }),
    gated({ nodeSelector: { b: "1" } }),
    [onlyAdditions],
  ],
  ["an affinity where there was none", gated(), gated(required({ matchExpressions: [a] })), []],
  [
    "a term that demands more",
    gated(required({ matchExpressions: [a] })),
    gated(required({ matchExpressions: [a, b] })),
    [],
  ],
  [
    "a term that demands something else",
    gated(required({ matchExpressions: [a] })),
    gated(required({ matchExpressions: [b] })),
    ["only additions are allowed (no mutations or deletions)"],
  ],
  [
    "a term more",
    gated(required({ matchExpressions: [a] })),
    gated(required({ matchExpressions: [a] }, { matchExpressions: [b] })),
    ["no additions/deletions to non-empty NodeSelectorTerms list are allowed"],
  ],
  [
    "no affinity any more",
    gated(required({ matchExpressions: [a] })),
    gated(),
    ["no additions/deletions to non-empty NodeSelectorTerms list are allowed"],
  ],
  [
    "the gate goes, and a label comes with it",
    gated(),
    { containers, nodeSelector: { zone: "b" }, schedulingGates: [] },
    [],
  ],
  [
    "a gate more",
    gated(),
    gated({ schedulingGates: [{ name: "g.io/1" }, { name: "g.io/2" }] }),
    ["only deletion is allowed, but found new scheduling gate 'g.io/2'"],
  ],
])("%s: of a gated pod", (_, old, spec, details) => {
  const causes = podUpdateFaults(spec, old);
  expect(causes.length).toBe(details.length);
  for (const [i, detail] of details.entries()) expect(causes[i]?.message).toContain(detail);
});

test("the faults of terms are told at their place", () => {
  const [cause] = podUpdateFaults(
    gated(required({ matchExpressions: [b] })),
    gated(required({ matchExpressions: [a] })),
  );
  expect(cause?.field).toBe(`${terms}[0]`);
});

test("a pod without gates keeps its place, and a gated one its other affinities", () => {
  const narrowed = podUpdateFaults({ containers, nodeSelector: { zone: "b" } }, { containers });
  expect(narrowed.map(({ field }) => field)).toEqual(["spec"]);
  const near = { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone" }] };
  const nearer = podUpdateFaults(gated({ affinity: { podAffinity: near } }), gated());
  expect(nearer.map(({ field }) => field)).toEqual(["spec"]);
});
