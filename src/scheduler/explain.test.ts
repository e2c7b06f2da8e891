import { expect, test } from "vitest";
import { explain } from "./explain.ts";
import type { NodeRefusal } from "./framework.ts";
import { aNode, handleOf } from "./test-plugins.ts";

const refusal = (...reasons: string[]): NodeRefusal => ({ plugin: "P", reasons, isFinal: false });
const cpu = refusal("Insufficient cpu");
const taint = refusal("node(s) had untolerated taint(s)");
const both = refusal("Insufficient cpu", "Insufficient memory");

function told(
  refusals: readonly NodeRefusal[],
  postFilters: readonly string[] = [],
  more: object = {},
): string {
  const { nodeInfos } = handleOf(refusals.map((_, i) => aNode(`node-${i}`))).snapshot;
  const byNode = new Map(nodeInfos.map((nodeInfo, i) => [nodeInfo, refusals[i] ?? cpu] as const));
  return explain({ refusals: byNode, nodes: byNode.size, ...more }, postFilters);
}

test.each<[readonly NodeRefusal[], string]>([
  [[cpu, taint, taint], "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint(s)."],
  [[both, cpu], "0/2 nodes are available: 1 Insufficient memory, 2 Insufficient cpu."],
  [[], "no nodes available to schedule pods"],
])("reasons are counted: %#", (refusals, sentence) => {
  expect(told(refusals)).toBe(sentence);
});

test("what else was tried stands at the end, and nodes that were not asked are counted", () => {
  expect(told([cpu], ["no new claims to deallocate", "preemption: no."])).toBe(
    "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: no.",
  );
  const unasked = refusal("node(s) didn't satisfy plugin(s) [NodeAffinity]");
  expect(told([cpu], [], { nodes: 5, unasked })).toBe(
    "0/5 nodes are available: 1 Insufficient cpu, 4 node(s) didn't satisfy plugin(s) [NodeAffinity].",
  );
});
