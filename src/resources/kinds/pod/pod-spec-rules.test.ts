/** The rules of a pod's spec, by table: what is given, and the fields and words of what is wrong with it, those of Kubernetes. */
import { describe, expect, test } from "vitest";
import { completed, decoded, faultsIn } from "../../accept.ts";
import type { Pod } from "../../generated/kubernetes.gen.ts";
import { KindRegistry } from "../../kind-registry.ts";
import { qosClassOf } from "./qos-class.ts";

const kind = new KindRegistry().find("Pod");
type Fields = Readonly<Record<string, unknown>>;

function podOf(spec: Fields): Pod {
  const metadata = { name: "x", namespace: "golden" };
  const { draft } = decoded(kind, { apiVersion: "v1", kind: "Pod", metadata, spec });
  return completed(kind, draft) as Pod;
}

function faults(spec: Fields): string[] {
  const pod = podOf(spec);
  return faultsIn(kind, pod).map(({ field, message }) => `${field}: ${message}`);
}

const container = (more: Fields = {}) => ({ name: "app", image: "x:1", ...more });
const rule = { action: "Restart", exitCodes: { operator: "In", values: [1] } };
const ruled = (...restartPolicyRules: Fields[]) => ({
  containers: [container({ restartPolicy: "Never", restartPolicyRules })],
});

describe("a variable from the resources of a container", () => {
  const divisor = "spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor";
  const bytes =
    "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the";
  test.each<[resource: string, divisor: string | undefined, wrong: string[]]>([
    ["limits.cpu", undefined, []],
    ["limits.cpu", "1m", []],
    ["requests.memory", "1024Ki", []],
    ["requests.hugepages-2Mi", "1Mi", []],
    [
      "limits.cpu",
      "1k",
      [
        `${divisor}: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
      ],
    ],
    ["limits.memory", "2Mi", [`${divisor}: Invalid value: "limits.memory": ${bytes} memory resource`]],
    [
      "limits.ephemeral-storage",
      "1m",
      [`${divisor}: Invalid value: "limits.ephemeral-storage": ${bytes} local ephemeral storage resource`],
    ],
    [
      "limits.hugepages-1Gi",
      "3",
      [`${divisor}: Invalid value: "limits.hugepages-1Gi": ${bytes} hugepages resource`],
    ],
  ])("%s by %s", (resource, unit, wrong) => {
    const valueFrom = { resourceFieldRef: { resource, ...(unit && { divisor: unit }) } };
    expect(faults({ containers: [container({ env: [{ name: "A", valueFrom }] })] })).toEqual(wrong);
  });
});

describe("a variable from a file", () => {
  const from = (fileKeyRef: Fields) => ({
    volumes: [
      { name: "files", emptyDir: {} },
      { name: "creds", secret: { secretName: "creds" } },
    ],
    containers: [container({ env: [{ name: "A", valueFrom: { fileKeyRef } }] })],
  });
  const ref = "spec.containers[0].env[0].valueFrom.fileKeyRef";
  const file = { volumeName: "files", path: "app.env", key: "A" };
  test.each<[string, Fields, string[]]>([
    ["of an emptyDir", file, []],
    [
      "of a volume that is not there",
      { ...file, volumeName: "none" },
      [`${ref}.volumeName: Not found: "none"`],
    ],
    [
      "of a Secret",
      { ...file, volumeName: "creds" },
      [`${ref}.volumeName: Invalid value: "creds": must be a volume of the type emptyDir`],
    ],
    [
      "outside of it",
      { ...file, path: "../a" },
      [`${ref}.path: Invalid value: "../a": must not contain '..'`],
    ],
    ["without a path", { ...file, path: "" }, [`${ref}.path: Required value`]],
    ["without a key", { ...file, key: "" }, [`${ref}.key: Required value`]],
    [
      "with a long key",
      { ...file, key: "k".repeat(129) },
      [`${ref}.key: Too long: may not be more than 128 bytes`],
    ],
  ])("%s", (_, fileKeyRef, wrong) => {
    expect(faults(from(fileKeyRef))).toEqual(wrong);
  });
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

describe("resources of a pod as a whole", () => {
  const asking = (resources: Fields, ...own: Fields[]) => ({
    resources,
    containers: own.map((each, i) => ({ name: `c${i}`, image: "x:1", resources: each })),
  });
  test.each<[string, Fields, string[]]>([
    [
      "cover what the containers ask for",
      asking(
        { requests: { cpu: "1" }, limits: { memory: "1Gi" } },
        { requests: { cpu: "500m" } },
        { limits: { memory: "1Gi" } },
      ),
      [],
    ],
    [
      "are for few resources",
      asking({ requests: { "ephemeral-storage": "1Gi" } }, {}),
      [
        'spec.resources.requests[ephemeral-storage]: Unsupported value: "ephemeral-storage": supported values: "cpu", "hugepages-", "memory"',
      ],
    ],
    [
      "request no less than the containers together",
      asking({ requests: { cpu: "1" } }, { requests: { cpu: "750m" } }, { requests: { cpu: "750m" } }),
      [
        'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 1500m',
      ],
    ],
    [
      "limit no less than each container",
      asking({ limits: { memory: "1Gi" } }, {}, { limits: { memory: "2Gi" }, requests: { memory: "1Mi" } }),
      [
        'spec.resources.containers[1][memory].limits: Invalid value: "2Gi": must be less than or equal to pod limits of 1Gi',
      ],
    ],
    [
      "request no more than they limit",
      asking({ limits: { cpu: "1" }, requests: { cpu: "2" } }, {}),
      ['spec.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
    ],
    [
      "are none of Windows",
      { ...asking({ limits: { cpu: "1" } }, {}), os: { name: "windows" } },
      ["spec.resources: Forbidden: may not be set for a windows pod"],
    ],
  ])("%s", (_, spec, expected) => expect(faults(spec)).toEqual(expected));

  test.each<[string, Fields, Fields, string]>([
    [
      "what the containers request together",
      asking({ limits: { cpu: "2" } }, { requests: { cpu: "100m" } }, { limits: { cpu: "200m" } }),
      { cpu: "300m" },
      "Burstable",
    ],
    [
      "up to the limit",
      asking({ limits: { cpu: "2", memory: "1Gi" } }, {}),
      { cpu: "2", memory: "1Gi" },
      "Guaranteed",
    ],
    [
      "what it says itself",
      asking({ limits: { cpu: "2" }, requests: { cpu: "1" } }, { requests: { cpu: "100m" } }),
      { cpu: "1" },
      "Burstable",
    ],
  ])("request %s", (_, spec, requests, qosClass) => {
    const pod = podOf(spec);
    expect(pod.spec.resources?.requests).toEqual(requests);
    expect(pod.status?.qosClass ?? qosClassOf(pod.spec)).toBe(qosClass);
  });
});

describe("rules between fields of a pod", () => {
  const spread = { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "ScheduleAnyway" };
  const sleeping = (seconds: number) => ({
    containers: [container({ lifecycle: { preStop: { sleep: { seconds } } } })],
  });
  const limited = (limits: Fields) => ({ containers: [container({ resources: { limits } })] });
  test.each<[string, Fields, string[]]>([
    ["a sleep of all its time", sleeping(30), []],
    ["a sleep within a longer time", { terminationGracePeriodSeconds: 100, ...sleeping(100) }, []],
    [
      "a sleep beyond its time",
      sleeping(100),
      [
        "spec.containers[0].lifecycle.preStop.sleep.seconds: Invalid value: 100: must be non-negative and less than terminationGracePeriodSeconds (30)",
      ],
    ],
    ["huge pages beside memory", limited({ "hugepages-2Mi": "2Mi", memory: "1Gi" }), []],
    [
      "huge pages alone",
      limited({ "hugepages-2Mi": "2Mi" }),
      ["spec.containers[0].resources: Forbidden: HugePages require cpu or memory"],
    ],
    [
      "domains of what need not be met",
      { containers: [container()], topologySpreadConstraints: [{ ...spread, minDomains: 2 }] },
      [
        "spec.topologySpreadConstraints[0].minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway",
      ],
    ],
    [
      "keys of labels without a selector",
      { containers: [container()], topologySpreadConstraints: [{ ...spread, matchLabelKeys: ["a"] }] },
      [
        "spec.topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set",
      ],
    ],
  ])("%s", (_, spec, expected) => expect(faults(spec)).toEqual(expected));
});
