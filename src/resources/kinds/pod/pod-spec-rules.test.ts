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

describe("a name instead of all others", () => {
  const path = "spec.hostnameOverride";
  test.each<[Fields, string[]]>([
    [{ hostnameOverride: "a.example.com" }, []],
    [{ hostnameOverride: "a".repeat(65) }, [`${path}: Too long: may not be more than 64 bytes`]],
    [
      { hostnameOverride: "a", setHostnameAsFQDN: true },
      [`${path}: Forbidden: may not be set when \`setHostnameAsFQDN\` is true`],
    ],
    [
      { hostnameOverride: "a", hostNetwork: true },
      [`${path}: Forbidden: may not be set when \`hostNetwork\` is true`],
    ],
  ])("%j", (spec, expected) => expect(faults({ containers: [container()], ...spec })).toEqual(expected));
});

describe("the signal to stop at", () => {
  const path = "spec.containers[0].lifecycle.stopSignal";
  const stopped = (stopSignal: string, os?: string) => ({
    containers: [container({ lifecycle: { stopSignal } })],
    ...(os && { os: { name: os } }),
  });
  test.each<[Fields, string[]]>([
    [stopped("SIGUSR1", "linux"), []],
    [stopped("SIGTERM", "windows"), []],
    [
      stopped("SIGUSR1", "windows"),
      [`${path}: Unsupported value: "SIGUSR1": supported values: "SIGKILL", "SIGTERM"`],
    ],
    [stopped("SIGTERM"), [`${path}: Forbidden: may not be set for containers with empty \`spec.os.name\``]],
  ])("%j", (spec, expected) => expect(faults(spec)).toEqual(expected));
});

describe("resizing a container", () => {
  const path = "spec.containers[0].resizePolicy";
  const policy = (resourceName: string, restartPolicy = "NotRequired") => ({ resourceName, restartPolicy });
  const resized = (...resizePolicy: Fields[]) => ({ containers: [container({ resizePolicy })] });
  test.each<[string, Fields, string[]]>([
    ["of both resources", resized(policy("cpu"), policy("memory", "RestartContainer")), []],
    ["of one twice", resized(policy("cpu"), policy("cpu")), [`${path}[1]: Duplicate value: "cpu"`]],
    [
      "of another resource",
      resized(policy("storage")),
      [`${path}: Unsupported value: "storage": supported values: "cpu", "memory"`],
    ],
    [
      "in another way",
      resized(policy("cpu", "Restart")),
      [`${path}: Unsupported value: "Restart": supported values: "NotRequired", "RestartContainer"`],
    ],
    [
      "by a restart where there is none",
      { restartPolicy: "Never", ...resized(policy("cpu", "RestartContainer")) },
      [`${path}: Invalid value: "RestartContainer": must be 'NotRequired' when \`restartPolicy\` is 'Never'`],
    ],
    [
      "that ends before the others start",
      {
        initContainers: [container({ name: "i", resizePolicy: [policy("cpu")] })],
        containers: [container()],
      },
      [
        'spec.initContainers[0].resizePolicy: Invalid value: [{"resourceName":"cpu","restartPolicy":"NotRequired"}]: must not be set for init containers',
      ],
    ],
    [
      "that stays beside them",
      {
        initContainers: [container({ name: "i", restartPolicy: "Always", resizePolicy: [policy("cpu")] })],
        containers: [container()],
      },
      [],
    ],
  ])("%s", (_, spec, expected) => expect(faults(spec)).toEqual(expected));
});

describe("tolerations", () => {
  const path = "spec.tolerations[0]";
  const operators = 'supported values: "Equal", "Exists"';
  test.each<[Fields, string[]]>([
    [{ key: "a", operator: "Equal", value: "b" }, []],
    [{ key: "a", value: "b" }, []],
    [{ operator: "Exists" }, []],
    [{ key: "a", operator: "Exists", effect: "NoExecute", tolerationSeconds: -5 }, []],
    [
      { operator: "Equal", value: "b" },
      [
        `${path}.operator: Invalid value: "Equal": operator must be Exists when \`key\` is empty, which means "match all values and all keys"`,
      ],
    ],
    [
      { key: "a", operator: "Exists", value: "b" },
      [
        `${path}.operator: Invalid value: {"Key":"a","Operator":"Exists","Value":"b","Effect":"","TolerationSeconds":null}: value must be empty when \`operator\` is 'Exists'`,
      ],
    ],
    [{ key: "a", operator: "In", value: "b" }, [`${path}.operator: Unsupported value: "In": ${operators}`]],
    // Behind a gate that is closed.
    [{ key: "a", operator: "Gt", value: "5" }, [`${path}.operator: Unsupported value: "Gt": ${operators}`]],
    [{ key: "a", operator: "Lt", value: "5" }, [`${path}.operator: Unsupported value: "Lt": ${operators}`]],
    [
      { key: "a", operator: "Exists", effect: "Never" },
      [
        `${path}.effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"`,
      ],
    ],
    [
      { key: "a", operator: "Exists", tolerationSeconds: 5 },
      [`${path}.effect: Invalid value: "": effect must be 'NoExecute' when \`tolerationSeconds\` is set`],
    ],
  ])("%j", (toleration, expected) => {
    expect(faults({ containers: [container()], tolerations: [toleration] })).toEqual(expected);
  });
});

describe("users, profiles and privileges", () => {
  const ids = "must be between 0 and 2147483647, inclusive";
  const own = "spec.containers[0].securityContext";
  const secured = (securityContext: Fields) => ({ containers: [container({ securityContext })] });
  const ofPod = (securityContext: Fields, more: Fields = {}) => ({
    ...more,
    securityContext,
    containers: [container()],
  });
  test.each<[string, Fields, string[]]>([
    ["a user", secured({ runAsUser: 1000, runAsGroup: 0 }), []],
    ["a user below all", secured({ runAsUser: -1 }), [`${own}.runAsUser: Invalid value: -1: ${ids}`]],
    [
      "a user beyond all",
      ofPod({ runAsUser: 2 ** 31, fsGroup: -1, supplementalGroups: [0, -2] }),
      [
        `spec.securityContext.fsGroup: Invalid value: -1: ${ids}`,
        `spec.securityContext.runAsUser: Invalid value: 2147483648: ${ids}`,
        `spec.securityContext.supplementalGroups[1]: Invalid value: -2: ${ids}`,
      ],
    ],
    ["a profile", secured({ seccompProfile: { type: "Localhost", localhostProfile: "a/b.json" } }), []],
    [
      "a profile without a file",
      secured({ seccompProfile: { type: "Localhost" } }),
      [`${own}.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost`],
    ],
    [
      "a profile that has no file",
      secured({ seccompProfile: { type: "RuntimeDefault", localhostProfile: "a" } }),
      [
        `${own}.seccompProfile.localhostProfile: Invalid value: {"type":"RuntimeDefault","localhostProfile":"a"}: can only be set when seccomp type is Localhost`,
      ],
    ],
    [
      "a profile of the other kind",
      secured({ appArmorProfile: { type: "Localhost", localhostProfile: " a" } }),
      [`${own}.appArmorProfile.localhostProfile: Invalid value: " a": must not be padded with whitespace`],
    ],
    [
      "no more privileges, and all",
      secured({ allowPrivilegeEscalation: false, capabilities: { add: ["CAP_SYS_ADMIN"] } }),
      [
        `${own}: Invalid value: {"allowPrivilegeEscalation":false,"capabilities":{"add":["CAP_SYS_ADMIN"]}}: cannot set \`allowPrivilegeEscalation\` to false and \`capabilities.Add\` CAP_SYS_ADMIN`,
      ],
    ],
    [
      "a setting twice",
      ofPod({ sysctls: ["net.core.a", "net.core.a"].map(name => ({ name, value: "1" })) }),
      ['spec.securityContext.sysctls[1].name: Duplicate value: "net.core.a"'],
    ],
    [
      "a setting of a network that is the host's",
      ofPod({ sysctls: [{ name: "net.core.a", value: "1" }] }, { hostNetwork: true }),
      [
        `spec.securityContext.sysctls[0].name: Invalid value: "net.core.a": may not be specified when 'hostNetwork' is true`,
      ],
    ],
    [
      "processes of its own and of the host",
      ofPod({}, { shareProcessNamespace: true, hostPID: true }),
      [
        "spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled",
      ],
    ],
    [
      "Linux under Windows",
      ofPod({ runAsUser: 1 }, { os: { name: "windows" }, hostPID: true }),
      [
        "spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod",
        "spec.hostPID: Forbidden: cannot be set for a windows pod",
      ],
    ],
    [
      "another system",
      ofPod({}, { os: { name: "plan9" } }),
      ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"'],
    ],
  ])("%s", (_, spec, expected) => expect(faults(spec)).toEqual(expected));
});

describe("names and look-ups", () => {
  const config = "spec.dnsConfig";
  const looking = (dnsConfig: Fields | undefined, more: Fields = {}) => ({
    containers: [container()],
    ...(dnsConfig && { dnsConfig }),
    ...more,
  });
  test.each<[string, Fields, string[]]>([
    ["a domain with underscores", looking({ searches: ["_tcp.example.com.", "."] }), []],
    [
      "nobody to ask",
      looking(undefined, { dnsPolicy: "None" }),
      [`${config}: Required value: must provide \`dnsConfig\` when \`dnsPolicy\` is None`],
    ],
    [
      "no server to ask",
      looking({ searches: ["a"] }, { dnsPolicy: "None" }),
      [
        `${config}.nameservers: Required value: must provide at least one DNS nameserver when \`dnsPolicy\` is None`,
      ],
    ],
    [
      "too many servers",
      looking({ nameservers: ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"] }),
      [
        `${config}.nameservers: Invalid value: ["1.1.1.1","1.1.1.2","1.1.1.3","1.1.1.4"]: must not have more than 3 nameservers`,
      ],
    ],
    [
      "an option of no name",
      looking({ options: [{ value: "5" }] }),
      [`${config}.options[0]: Required value: must not be empty`],
    ],
    [
      "another policy",
      looking(undefined, { dnsPolicy: "Cluster" }),
      [
        expect.stringMatching(
          /^spec.dnsPolicy: Unsupported value: "Cluster": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"/,
        ),
      ] as string[],
    ],
  ])("%s", (_, spec, expected) => expect(faults(spec)).toEqual(expected));
});

describe("claims to devices", () => {
  const claims = "spec.resourceClaims";
  const taken = "spec.containers[0].resources.claims";
  const having = (resourceClaims: Fields[], ...own: Fields[]) => ({
    resourceClaims,
    containers: [container({ resources: { claims: own } })],
  });
  const gpu = { name: "gpu", resourceClaimName: "one" };
  test.each<[string, Fields, string[]]>([
    ["one that is there", having([gpu], { name: "gpu" }), []],
    ["two of its requests", having([gpu], { name: "gpu", request: "a" }, { name: "gpu", request: "b" }), []],
    [
      "one that is not there",
      having([gpu], { name: "cpu" }),
      [`${taken}[0]: Not found: "cpu": must be one of the names in pod.spec.resourceClaims: gpu`],
    ],
    [
      "all of one and a part of it",
      having([gpu], { name: "gpu", request: "a" }, { name: "gpu" }),
      [`${taken}[1]: Duplicate value: "gpu"`],
    ],
    [
      "of no claim and no template",
      having([{ name: "gpu" }]),
      [
        `${claims}[0]: Invalid value: {"name":"gpu"}: must specify one of: \`resourceClaimName\`, \`resourceClaimTemplateName\``,
      ],
    ],
    ["of one name", having([gpu, gpu]), [`${claims}[1].name: Duplicate value: "gpu"`]],
  ])("%s", (_, spec, expected) => expect(faults(spec)).toEqual(expected));
});

describe("labels that are taken from the pod", () => {
  const required = "requiredDuringSchedulingIgnoredDuringExecution";
  const path = `spec.affinity.podAffinity.${required}[0]`;
  const near = (term: Fields) => ({
    containers: [container()],
    affinity: { podAffinity: { [required]: [{ topologyKey: "zone", ...term }] } },
  });
  const labelSelector = { matchLabels: { a: "1" } };
  test.each<[string, Fields, string[]]>([
    [
      "of the same, and of others",
      near({ labelSelector, matchLabelKeys: ["b"], mismatchLabelKeys: ["c"] }),
      [],
    ],
    [
      "without a selector",
      near({ matchLabelKeys: ["b"] }),
      [`${path}.matchLabelKeys: Forbidden: must not be specified when labelSelector is not set`],
    ],
    [
      "that the selector names",
      near({ labelSelector, matchLabelKeys: ["a"] }),
      [`${path}[0]: Invalid value: "a": exists in both matchLabelKeys and labelSelector`],
    ],
    [
      "that must and must not be the same",
      near({ labelSelector, matchLabelKeys: ["b"], mismatchLabelKeys: ["b"] }),
      [`${path}.matchLabelKeys[0]: Invalid value: "b": exists in both matchLabelKeys and mismatchLabelKeys`],
    ],
  ])("%s", (_, spec, expected) => expect(faults(spec)).toEqual(expected));
});

describe("annotations that mean something", () => {
  const cost = "controller.kubernetes.io/pod-deletion-cost";
  const told = (annotations: Fields, old?: Fields) => {
    const of = (given: Fields) =>
      ({
        ...podOf({ containers: [container()] }),
        metadata: { name: "x", namespace: "golden", annotations: given },
      }) as Pod;
    return faultsIn(kind, of(annotations), old && of(old)).map(
      ({ field, message }) => `${field}: ${message}`,
    );
  };
  const wrong = (value: string) => [
    `metadata.annotations[${cost}]: Invalid value: "${value}": must be a 32bit integer`,
  ];
  test.each<[string, string[]]>([
    ["-100", []],
    ["2147483647", []],
    ["2147483648", wrong("2147483648")],
    ["+1", wrong("+1")],
    ["007", wrong("007")],
    ["", wrong("")],
  ])("a cost of %j", (value, expected) => expect(told({ [cost]: value })).toEqual(expected));

  test("what was wrong before may stay", () =>
    expect(told({ [cost]: "much" }, { [cost]: "a lot" })).toEqual([]));

  test("the mark of a node's own pods comes and goes with none", () => {
    const mark = "kubernetes.io/config.mirror";
    expect(told({ a: "b" }, { [mark]: "1" })).toEqual([
      `metadata.annotations[${mark}]: Forbidden: may not remove or update mirror pod annotation`,
    ]);
  });
});
