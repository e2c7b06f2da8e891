/** The rules of a pod's spec, by table: what is given, and the fields and words of what is wrong with it, those of Kubernetes. */
import { describe, expect, test } from "vitest";
import { completed, decoded, faultsIn } from "../../accept.ts";
import { KindRegistry } from "../../kind-registry.ts";
import type { KubernetesObject } from "../../object.ts";

const kind = new KindRegistry().find("Pod");
type Fields = Readonly<Record<string, unknown>>;

function faults(spec: Fields): string[] {
  const metadata = { name: "x", namespace: "golden" };
  const { draft } = decoded(kind, { apiVersion: "v1", kind: "Pod", metadata, spec });
  const pod = completed(kind, draft) as KubernetesObject;
  return faultsIn(kind, pod).map(({ field, message }) => `${field}: ${message}`);
}

const container = (more: Fields = {}) => ({ name: "app", image: "x:1", ...more });
const rule = { action: "Restart", exitCodes: { operator: "In", values: [1] } };
const ruled = (...restartPolicyRules: Fields[]) => ({
  containers: [container({ restartPolicy: "Never", restartPolicyRules })],
});

describe("restart rules", () => {
  const rules = "spec.containers[0].restartPolicyRules";
  test.each<[string, Fields, string[]]>([
    ["rules with a policy", ruled(rule, { ...rule, exitCodes: { operator: "NotIn", values: [0] } }), []],
    [
      "rules of an init container",
      {
        initContainers: [container({ name: "i", restartPolicy: "Never", restartPolicyRules: [rule] })],
        containers: [container()],
      },
      [],
    ],
    [
      "rules without a policy",
      { containers: [container({ restartPolicyRules: [rule] })] },
      [
        "spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used",
      ],
    ],
    [
      "another action",
      ruled({ ...rule, action: "Stop" }),
      [`${rules}[0].action: Unsupported value: "Stop": supported values: "Restart"`],
    ],
    ["no codes", ruled({ action: "Restart" }), [`${rules}[0].exitCodes: Required value: must be specified`]],
    [
      "another operator",
      ruled({ action: "Restart", exitCodes: { operator: "Equals", values: [1] } }),
      [`${rules}[0].exitCodes.operator: Unsupported value: "Equals": supported values: "In", "NotIn"`],
    ],
    [
      "too many rules",
      ruled(...Array(21).fill(rule)),
      [`${rules}: Too many: 21: must have at most 20 items`],
    ],
  ])("%s", (_, spec, expected) => expect(faults(spec)).toEqual(expected));
});
