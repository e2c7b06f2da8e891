/** Who may write which role and binding: in a table, with a user who has one right. */
import { expect, test } from "vitest";
import type { Draft, PolicyRule, RoleRef } from "../../resources/index.ts";
import { builtInKinds, KindRegistry } from "../../resources/index.ts";
import type { AdmissionRequest } from "../../store/index.ts";
import { guarded } from "../guards.ts";
import { escalationGuards } from "./escalation.ts";
import type { Right, Rights } from "./rights.ts";

const kinds = new KindRegistry(builtInKinds);
const group = "rbac.authorization.k8s.io";
const held: PolicyRule = { apiGroups: [""], resources: ["pods"], verbs: ["get"] };
const more: PolicyRule = { apiGroups: [""], resources: ["secrets"], verbs: ["get"] };

const rights = {
  *rulesFor(): Iterable<Right> {
    yield { rule: held } as Right;
  },
  rulesOf: ({ name }: RoleRef) =>
    new Map([
      ["weak", [held]],
      ["strong", [more]],
    ]).get(name),
} as unknown as Rights;

/** Writes `object` as a user who may read pods; over `old`, where there is one. */
function write(object: object, old?: object): string {
  const draft = { apiVersion: `${group}/v1`, metadata: { name: "x", namespace: "demo" }, ...object } as Draft;
  const kind = kinds.find(draft.kind);
  const request: AdmissionRequest = {
    operation: old ? "UPDATE" : "CREATE",
    kind,
    version: kind.versions[0],
    namespace: "demo",
    name: "x",
    subresource: "",
    old: old && ({ ...draft, ...old } as AdmissionRequest["old"]),
    user: { name: "jane", groups: ["devs"] },
    dryRun: false,
    warn: () => {},
  };
  try {
    guarded(escalationGuards(rights, () => ({ allowed: false })))(draft, request);
    return "allowed";
  } catch (error) {
    return (error as Error).message;
  }
}

const role = (...rules: PolicyRule[]) => ({ kind: "Role", rules });
const binding = (name: string, more: object = {}) => ({
  kind: "RoleBinding",
  roleRef: { apiGroup: group, kind: "Role", name },
  subjects: [{ kind: "User", apiGroup: group, name: "bob" }],
  ...more,
});
const refused =
  /user "jane" \(groups=\["devs"\]\) is attempting to grant RBAC permissions not currently held/;

test.each<[string, object, object | undefined, RegExp]>([
  ["a role with the rights that one has", role(held), undefined, /^allowed$/],
  ["a role with more", role(held, more), undefined, refused],
  ["a role that gets more", role(held, more), role(held), refused],
  [
    "a role with more that stays",
    { ...role(more), metadata: { name: "x", labels: {} } },
    role(more),
    /^allowed$/,
  ],
  [
    "a role with more, its keys in another order",
    role({ verbs: ["get"], resources: ["secrets"], apiGroups: [""] }),
    role(more),
    /^allowed$/,
  ],
  ["a binding of what one has", binding("weak"), undefined, /^allowed$/],
  ["a binding of more", binding("strong"), undefined, refused],
  [
    "a binding of more that stays",
    { ...binding("strong"), metadata: { name: "x" } },
    binding("strong"),
    /^allowed$/,
  ],
  [
    "a binding of more, its keys in another order",
    binding("strong", {
      roleRef: { name: "strong", kind: "Role", apiGroup: group },
      subjects: [{ name: "bob", kind: "User", apiGroup: group }],
    }),
    binding("strong"),
    /^allowed$/,
  ],
  [
    "a binding of more for another",
    binding("strong", { subjects: [{ kind: "User", apiGroup: group, name: "eve" }] }),
    binding("strong"),
    refused,
  ],
  ["a binding of a role that is not there", binding("none"), undefined, /"none" not found/],
])("%s", (_, object, old, expected) => {
  expect(write(object, old)).toMatch(expected);
});
