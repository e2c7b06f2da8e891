import { expect, test } from "vitest";
import type { Attributes } from "../resources/index.ts";
import { AuditPolicy } from "./audit-policy.ts";

const head = "apiVersion: audit.k8s.io/v1\nkind: Policy\n";
const read = (rules: string) => AuditPolicy.read(`${head}${rules}`, "policy.yaml");

const nothing = { group: "", version: "v1", resource: "", subresource: "", namespace: "", name: "" };
const pods: Attributes = { ...nothing, verb: "get", resource: "pods", namespace: "demo", name: "web" };
const jane = { name: "jane", groups: ["dev", "system:authenticated"] };

test.each<[string, Partial<Attributes>, boolean]>([
  ["users: [jane]", {}, true],
  ["users: [joe]", {}, false],
  ["userGroups: [ops, dev]", {}, true],
  ["userGroups: [ops]", {}, false],
  ["verbs: [get, list]", {}, true],
  ["verbs: [list]", {}, false],
  ["namespaces: [demo]", {}, true],
  ["namespaces: [kube-system]", {}, false],
  ['namespaces: [""]', { namespace: "", resource: "nodes" }, true],
  ["namespaces: [demo]", { path: "/healthz" }, false],
  ["resources: [{ resources: [pods] }]", {}, true],
  ["resources: [{ resources: [pods] }]", { subresource: "log" }, false],
  ["resources: [{ resources: [pods/log] }]", { subresource: "log" }, true],
  ["resources: [{ resources: [pods/log] }]", {}, false],
  ['resources: [{ resources: ["pods/*"] }]', { subresource: "log" }, true],
  ['resources: [{ resources: ["*/log"] }]', { subresource: "log" }, true],
  ['resources: [{ resources: ["*"] }]', { subresource: "log" }, true],
  ["resources: [{ group: apps }]", {}, false],
  ["resources: [{ group: apps }]", { group: "apps", resource: "deployments" }, true],
  ['resources: [{ group: "*" }]', { group: "apps" }, true],
  ['resources: [{ group: "" }]', {}, true],
  ["resources: [{ resources: [pods], resourceNames: [web] }]", {}, true],
  ["resources: [{ resources: [pods], resourceNames: [db] }]", {}, false],
  ['nonResourceURLs: ["/healthz*"]', { path: "/healthz/ping" }, true],
  ['nonResourceURLs: ["/healthz"]', { path: "/healthz/ping" }, false],
  ['nonResourceURLs: ["*"]', { path: "/metrics" }, true],
  ['nonResourceURLs: ["*"]', {}, false],
  ["omitStages: [Panic]", { path: "/metrics" }, true],
])("%s and %j", (conditions, asked, isMeant) => {
  const policy = read(`rules:\n  - level: Request\n    ${conditions}\n`);
  const { level } = policy.auditingOf(jane, { ...pods, ...asked });
  expect(level).toBe(isMeant ? "Request" : "None");
});

test("the first rule decides; stages are left out by the policy and by the rule", () => {
  const policy = read(`omitManagedFields: true
omitStages: [RequestReceived]
rules:
  - { level: Metadata, verbs: [get], omitStages: [ResponseStarted], omitManagedFields: false }
  - { level: RequestResponse }
`);
  const first = policy.auditingOf(jane, pods);
  expect(first).toMatchObject({ level: "Metadata", omitsManagedFields: false });
  expect(["RequestReceived", "ResponseStarted", "ResponseComplete"].map(first.omitsStage)).toEqual([
    ...[true, true, false],
  ]);
  const second = policy.auditingOf(undefined, { ...pods, verb: "list" });
  expect(second).toMatchObject({ level: "RequestResponse", omitsManagedFields: true });
  expect(second.omitsStage("ResponseStarted")).toBe(false);
});

test("nobody is no user of a rule", () => {
  expect(read("rules: [{ level: Request, users: [jane] }]").auditingOf(undefined, pods).level).toBe("None");
});

test.each<[string, string]>([
  [
    "rules: [{ level: All }]",
    'policy.yaml:3:18 rules[0].level: Unsupported value: "All": supported values: ',
  ],
  ["rules:\n  - verbs: [get]", "policy.yaml:4:5 rules[0].level: Required value"],
  ["rules: []", "policy.yaml:3:1 rules: Required value: a policy has rules"],
  ["omitStages: [RequestReceived]", "rules: Required value"],
  ["rules: [{ level: None, omitStages: [Never] }]", 'rules[0].omitStages[0]: Unsupported value: "Never"'],
  ["rules: [{ level: None, verb: [get] }]", "policy.yaml:3:24 rules[0].verb: "],
  ["rules: [{ level: None, nonResourceURLs: [healthz] }]", "must begin with a '/' character"],
  ['rules: [{ level: None, nonResourceURLs: ["/a*b"] }]', "must be the final character of the rule"],
  [
    'rules: [{ level: None, nonResourceURLs: ["/a"], namespaces: [x] }]',
    "rules cannot apply to both regular resources and non-resource URLs",
  ],
  [
    "rules: [{ level: None, resources: [{ group: apps/v1 }] }]",
    'rules[0].resources[0].group: Invalid value: "apps/v1"',
  ],
  [
    "rules: [{ level: None, resources: [{ resourceNames: [a] }] }]",
    "using resourceNames requires at least one resource",
  ],
  ["rules: {", "policy.yaml:3:"],
])("%s is refused, with its place", (rules, told) => {
  expect(() => read(rules)).toThrow(told);
});

test.each([
  ["", /one Policy, not 0/],
  [`${head}rules: [{ level: None }]\n---\n${head}rules: [{ level: None }]\n`, /one Policy, not 2/],
  ["apiVersion: audit.k8s.io/v1\nkind: Policies\nrules: []", /Policy/],
  ["apiVersion: audit.k8s.io/v1beta1\nkind: Policy\nrules: [{ level: None }]", /audit.k8s.io/],
])("%j is no policy", (text, message) => {
  expect(() => AuditPolicy.read(text, "policy.yaml")).toThrow(message);
});

test("a file that is not there", () => {
  expect(() => AuditPolicy.fromFile("no-such-policy.yaml")).toThrow(
    /the audit policy cannot be read: .*ENOENT/,
  );
});
