/** RBAC: what rules allow, in tables; what users have, against a reading of the roles that keeps nothing. */
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../outside/index.ts";
import type { Attributes, PolicyRule, Subject, User } from "../../resources/index.ts";
import { apiServerWriter, MemoryStore } from "../../store/index.ts";
import { ruleListOf, verdictOf } from "./authorizer.ts";
import { rightsText, uncovered } from "./coverage.ts";
import { Rights } from "./rights.ts";
import { allows } from "./rules.ts";

const nothing = {
  verb: "get",
  group: "",
  version: "v1",
  resource: "",
  subresource: "",
  namespace: "",
  name: "",
};
const podRule: PolicyRule = { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] };

describe("a rule allows", () => {
  test.each<[string, PolicyRule, Partial<Attributes>, boolean]>([
    ["the resource", podRule, { resource: "pods" }, true],
    ["no other verb", podRule, { resource: "pods", verb: "delete" }, false],
    ["no other group", podRule, { resource: "pods", group: "apps" }, false],
    ["no part of it", podRule, { resource: "pods", subresource: "log" }, false],
    ["a part", { ...podRule, resources: ["pods/log"] }, { resource: "pods", subresource: "log" }, true],
    ["a part of all", { ...podRule, resources: ["*/scale"] }, { resource: "x", subresource: "scale" }, true],
    ["not all by a part", { ...podRule, resources: ["*/scale"] }, { resource: "scale" }, false],
    [
      "everything",
      { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
      { resource: "a", subresource: "b", verb: "x" },
      true,
    ],
    ["the name", { ...podRule, resourceNames: ["a"] }, { resource: "pods", name: "a" }, true],
    ["no other name", { ...podRule, resourceNames: ["a"] }, { resource: "pods", name: "b" }, false],
    ["no list by name", { ...podRule, resourceNames: ["a"] }, { resource: "pods", verb: "list" }, false],
    ["a path", { nonResourceURLs: ["/healthz"], verbs: ["get"] }, { path: "/healthz" }, true],
    ["what follows a path", { nonResourceURLs: ["/api/*"], verbs: ["get"] }, { path: "/api/v1" }, true],
    ["not the path itself", { nonResourceURLs: ["/api/*"], verbs: ["get"] }, { path: "/api" }, false],
    ["every path", { nonResourceURLs: ["*"], verbs: ["*"] }, { path: "/x", verb: "post" }, true],
    ["no path by resources", { apiGroups: ["*"], resources: ["*"], verbs: ["*"] }, { path: "/x" }, false],
  ])("%s", (_, rule, asked, allowed) => {
    expect(allows(rule, { ...nothing, ...asked })).toBe(allowed);
  });
});

describe("what is not covered", () => {
  const everything: PolicyRule[] = [
    { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
    { nonResourceURLs: ["*"], verbs: ["*"] },
  ];
  test.each<[string, PolicyRule[], PolicyRule[], string[]]>([
    ["nothing, by everything", everything, [podRule], []],
    [
      "everything",
      [podRule],
      everything,
      ['{APIGroups:["*"], Resources:["*"], Verbs:["*"]}', '{NonResourceURLs:["*"], Verbs:["*"]}'],
    ],
    [
      "a verb",
      [podRule],
      [{ ...podRule, verbs: ["get", "watch", "delete"] }],
      ['{APIGroups:[""], Resources:["pods"], Verbs:["watch" "delete"]}'],
    ],
    [
      "names of all",
      [{ ...podRule, resourceNames: ["a"] }],
      [podRule],
      ['{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}'],
    ],
    [
      "another name",
      [{ ...podRule, resourceNames: ["a"] }],
      [{ ...podRule, resourceNames: ["a", "b"] }],
      ['{APIGroups:[""], Resources:["pods"], ResourceNames:["b"], Verbs:["get" "list"]}'],
    ],
    ["no part of all", [{ ...podRule, resources: ["*/log"] }], [{ ...podRule, resources: ["pods/log"] }], []],
    [
      "by two rules together",
      [podRule, { ...podRule, verbs: ["watch"] }],
      [{ ...podRule, verbs: ["get", "watch"] }],
      [],
    ],
    [
      "a path",
      [{ nonResourceURLs: ["/a/*"], verbs: ["get"] }],
      [{ nonResourceURLs: ["/a/b", "/c"], verbs: ["get"] }],
      ['{NonResourceURLs:["/c"], Verbs:["get"]}'],
    ],
  ])("%s", (_, owner, wanted, lines) => {
    expect(rightsText(uncovered(owner, wanted).missing)).toEqual(lines);
  });
});

// --- Who has what.

const author = apiServerWriter("test");
const rbac = "rbac.authorization.k8s.io";
let store: MemoryStore;
let count = 0;

beforeEach(() => {
  store = new MemoryStore({ clock: new VirtualClock(), onFault: fault => expect.fail(String(fault)) });
});

const meta = (name: string, namespace?: string) => ({
  name,
  uid: `uid-${count++}`,
  resourceVersion: "0",
  creationTimestamp: "2026-01-01T00:00:00Z",
  ...(namespace && { namespace }),
});

async function put(kind: string, namespace: string, name: string, content: object): Promise<void> {
  const key = { kind, namespace, name };
  const last = store.get<string>(kind, namespace, name);
  const object = {
    apiVersion: `${rbac}/v1`,
    kind,
    metadata: last?.metadata ?? meta(name, namespace),
    ...content,
  };
  if (last) await store.replace<never>(key, last as never, object as never, author);
  else await store.add(key, object as never, author);
}

async function take(kind: string, namespace: string, name: string): Promise<void> {
  const last = store.get<string>(kind, namespace, name);
  if (last) await store.remove({ kind, namespace, name }, last, author);
}

const roleRef = (kind: string, name: string) => ({ apiGroup: rbac, kind, name });
const jane: User = { name: "jane", groups: ["devs", "system:authenticated"] };
const getPods = { ...nothing, resource: "pods", namespace: "n" };

describe("a verdict", () => {
  test("names the binding, the role and the subject", async () => {
    await put("Role", "n", "reader", { rules: [podRule] });
    await put("RoleBinding", "n", "b", {
      roleRef: roleRef("Role", "reader"),
      subjects: [{ kind: "Group", name: "devs" }],
    });
    const rights = new Rights(store);
    expect(verdictOf(rights, jane, getPods)).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "b/n" of Role "reader" to Group "devs"',
    });
    expect(verdictOf(rights, jane, { ...getPods, namespace: "other" })).toEqual({ allowed: false });
    expect(verdictOf(rights, { name: "root", groups: ["system:masters"] }, getPods)).toEqual({
      allowed: true,
    });
  });

  test("are given once by a binding, however often it names the user, and are gone with it", async () => {
    await put("ClusterRole", "", "reader", { rules: [podRule] });
    const binding = {
      roleRef: roleRef("ClusterRole", "reader"),
      subjects: Array.from({ length: 20_000 }, () => ({ kind: "User", name: "jane" })),
    };
    const rights = new Rights(store);
    expect([...rights.rulesFor(jane, "n")]).toEqual([]);
    await put("RoleBinding", "n", "b", binding);
    await put("RoleBinding", "n", "c", binding);
    expect([...rights.rulesFor(jane, "n")]).toHaveLength(2);
    await take("RoleBinding", "n", "b");
    expect([...rights.rulesFor(jane, "n")]).toMatchObject([{ binding: { metadata: { name: "c" } } }]);
  });

  test("tells of roles that are not there, each once", async () => {
    const binding = { roleRef: roleRef("ClusterRole", "gone"), subjects: [{ kind: "User", name: "jane" }] };
    await put("ClusterRoleBinding", "", "b", binding);
    await put("RoleBinding", "n", "b", binding);
    const reason = 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found';
    expect(verdictOf(new Rights(store), jane, getPods)).toEqual({ allowed: false, reason });
  });

  test("is about a service account by its namespace, which is the binding's where none is said", async () => {
    await put("ClusterRole", "", "reader", { rules: [podRule] });
    await put("RoleBinding", "n", "b", {
      roleRef: roleRef("ClusterRole", "reader"),
      subjects: [{ kind: "ServiceAccount", name: "sa" }],
    });
    const rights = new Rights(store);
    expect(verdictOf(rights, { name: "system:serviceaccount:n:sa", groups: [] }, getPods).allowed).toBe(true);
    expect(verdictOf(rights, { name: "system:serviceaccount:o:sa", groups: [] }, getPods).allowed).toBe(
      false,
    );
  });
});

/** All bindings and roles, looked through for every question. */
function naive(user: User, asked: Attributes): boolean {
  const isMeant = ({ kind, name, namespace }: Subject, place: string) =>
    kind === "Group"
      ? user.groups.includes(name)
      : kind === "User"
        ? name === user.name
        : user.name === `system:serviceaccount:${namespace || place}:${name}`;
  const bindings = [
    ...store.list("ClusterRoleBinding"),
    ...store
      .list("RoleBinding")
      .filter(({ metadata }) => asked.namespace && metadata.namespace === asked.namespace),
  ];
  return bindings.some(({ subjects = [], roleRef: { kind, name }, metadata: { namespace = "" } }) => {
    if (!subjects.some(subject => isMeant(subject, namespace))) return false;
    const role = kind === "Role" ? store.get("Role", namespace, name) : store.get("ClusterRole", "", name);
    return role?.rules?.some(rule => allows(rule, asked)) ?? false;
  });
}

const few = (...names: string[]) => fc.constantFrom(...names);
const place = few("n", "o");
const rule = fc.record({
  apiGroups: fc.subarray(["", "apps", "*"]),
  resources: fc.subarray(["pods", "pods/log", "deployments", "*"]),
  verbs: fc.subarray(["get", "list", "*"]),
});
const subject = fc.record({
  kind: few("User", "Group", "ServiceAccount"),
  name: few("a", "b"),
  namespace: few("n", "o"),
});
const change = fc.oneof(
  fc.record({
    what: few("Role"),
    namespace: place,
    name: few("r", "s"),
    content: fc.record({ rules: fc.array(rule, { maxLength: 2 }) }),
  }),
  fc.record({
    what: few("ClusterRole"),
    namespace: few(""),
    name: few("r", "s"),
    content: fc.record({ rules: fc.array(rule, { maxLength: 2 }) }),
  }),
  fc.record({
    what: few("RoleBinding"),
    namespace: place,
    name: few("x", "y"),
    content: fc.record({
      roleRef: fc.record({ kind: few("Role", "ClusterRole"), name: few("r", "s") }),
      subjects: fc.array(subject, { maxLength: 2 }),
    }),
  }),
  fc.record({
    what: few("ClusterRoleBinding"),
    namespace: few(""),
    name: few("x", "y"),
    content: fc.record({
      roleRef: fc.record({ kind: few("ClusterRole"), name: few("r", "s") }),
      subjects: fc.array(subject, { maxLength: 2 }),
    }),
  }),
  fc.record({
    what: few("take RoleBinding", "take Role"),
    namespace: place,
    name: few("x", "y", "r"),
    content: fc.constant({}),
  }),
  fc.record({
    what: few("take ClusterRoleBinding", "take ClusterRole"),
    namespace: few(""),
    name: few("x", "y", "r"),
    content: fc.constant({}),
  }),
);
const users: User[] = [
  { name: "a", groups: ["b"] },
  { name: "b", groups: [] },
  { name: "system:serviceaccount:n:a", groups: ["a"] },
  { name: "system:serviceaccount:o:b", groups: [] },
];

test("whatever is written, and in whichever order, an answer is that of a reading of all roles", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 12 }), async changes => {
      store = new MemoryStore({ clock: new VirtualClock(), onFault: fault => expect.fail(String(fault)) });
      const rights = new Rights(store);
      for (const { what, namespace, name, content } of changes) {
        if (what.startsWith("take ")) await take(what.slice(5), namespace, name);
        else await put(what, namespace, name, content);
        for (const user of users)
          for (const at of ["", "n", "o"])
            for (const [resource, subresource] of [
              ["pods", ""],
              ["pods", "log"],
              ["deployments", ""],
            ] as const) {
              const asked = {
                ...nothing,
                resource,
                subresource,
                namespace: at,
                group: resource === "pods" ? "" : "apps",
              };
              expect(verdictOf(rights, user, asked).allowed).toBe(naive(user, asked));
              const listed = ruleListOf(rights, user, at).resourceRules;
              expect(listed.some(each => allows({ ...each, verbs: each.verbs }, asked))).toBe(
                naive(user, asked),
              );
            }
      }
    }),
    { numRuns: 60 },
  );
});
