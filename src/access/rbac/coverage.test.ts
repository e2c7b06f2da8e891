/** What a user lacks of what it wants to give: as if each single right were looked for, but without that. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PolicyRule } from "../../resources/index.ts";
import { rightsText, uncovered } from "./coverage.ts";
import { allows } from "./rules.ts";

const some = (...values: string[]) => fc.subarray(values);
const resourceRule = fc.record({
  apiGroups: some("", "apps", "*"),
  resources: some("pods", "pods/log", "*/scale", "deployments/scale", "*"),
  verbs: fc.subarray(["get", "list", "*"], { minLength: 1 }),
  resourceNames: some("a", "b"),
});
const pathRule = fc.record({
  nonResourceURLs: some("/healthz", "/apis/*", "/apis/x", "*"),
  verbs: fc.subarray(["get", "*"], { minLength: 1 }),
});
const rules = fc.array(fc.oneof(resourceRule, pathRule), { maxLength: 4 });

test("is each right that no rule allows", () => {
  fc.assert(
    fc.property(rules, rules, (owner, wanted) => {
      const { missing, more } = uncovered(owner, wanted);
      const found = missing.map(right => JSON.stringify(right));
      const expected = (wanted as PolicyRule[]).flatMap(singleRights).filter(right => !holds(owner, right));
      expect(found).toEqual(expected.slice(0, 100).map(right => JSON.stringify(right)));
      expect(more).toBe(Math.max(0, expected.length - 100));
    }),
  );
});

/** A star is only covered by a star, which `allows` finds as it finds any other text. */
function holds(owner: readonly PolicyRule[], right: PolicyRule): boolean {
  const [resource = "", subresource = ""] = (right.resources?.[0] ?? "").split("/");
  const [path] = right.nonResourceURLs ?? [];
  const asked = {
    verb: right.verbs[0] ?? "",
    group: right.apiGroups?.[0] ?? "",
    version: "",
    resource,
    subresource,
    namespace: "",
    name: right.resourceNames?.[0] ?? "",
    ...(path !== undefined && { path }),
  };
  return owner.some(rule => allows(rule, asked));
}

function singleRights({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule) {
  const names = resourceNames?.length ? resourceNames.map(name => ({ resourceNames: [name] })) : [{}];
  const ofResources = (apiGroups ?? []).flatMap(group =>
    (resources ?? []).flatMap(resource =>
      verbs.flatMap(verb =>
        names.map(name => ({ apiGroups: [group], resources: [resource], verbs: [verb], ...name })),
      ),
    ),
  );
  const ofPaths = (nonResourceURLs ?? []).flatMap(url =>
    verbs.map(verb => ({ nonResourceURLs: [url], verbs: [verb] })),
  );
  return [...ofResources, ...ofPaths];
}

const many = (what: string, count: number) => Array.from({ length: count }, (_, i) => `${what}${i}`);

test("of a rule that stands for a billion rights the first are told, and how many more", () => {
  const large = { apiGroups: many("g", 1_000), resources: many("r", 1_000), verbs: many("v", 1_000) };
  const { missing, more } = uncovered([{ ...large, verbs: ["v0"] }], [large]);
  expect(missing).toHaveLength(100);
  expect(missing.length + more).toBe(999_000_000);
  expect(rightsText(missing)[0]).toMatch(/^\{APIGroups:\["g0"\], Resources:\["r0"\], Verbs:\["v1" "v2" /);
});

test("a rule that stands for a billion rights is covered by several together", () => {
  const large = { apiGroups: many("g", 1_000), resources: many("r", 1_000), verbs: many("v", 1_000) };
  const halves = [0, 1].map(half => ({ ...large, verbs: large.verbs.filter((_, i) => i % 2 === half) }));
  expect(uncovered(halves, [large])).toEqual({ missing: [], more: 0 });
});
