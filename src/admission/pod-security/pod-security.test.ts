/** What a pod may ask for at each level, and what the labels of a namespace make of it. */
import { beforeEach, expect, test } from "vitest";
import type { PodSpec } from "../../resources/index.ts";
import { asking } from "../test-requests.ts";
import { podSecurity } from "./pod-security.ts";
import { type Level, violationsOf, violationText } from "./standards.ts";

const app = { name: "app", image: "echo" };
const safe = {
  ...app,
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    runAsNonRoot: true,
    seccompProfile: { type: "RuntimeDefault" },
  },
};

function says(level: Level, spec: object): string {
  return violationText(violationsOf(level, {}, { containers: [app], ...spec } as unknown as PodSpec));
}

const own = (securityContext: object, more: object = {}) => ({
  containers: [{ ...app, ...more, securityContext }],
});
const strictly = (spec: object) => ({ containers: [safe], ...spec });

test.each<[Level, string, object, string]>([
  ["privileged", "anything", own({ privileged: true }), ""],
  ["baseline", "nothing special", {}, ""],
  ["restricted", "what it must", { containers: [safe] }, ""],
  [
    "baseline",
    "namespaces of its host",
    { hostPID: true, hostIPC: true },
    "host namespaces (hostPID=true, hostIPC=true)",
  ],
  [
    "baseline",
    "to be privileged",
    own({ privileged: true }),
    'privileged (container "app" must not set securityContext.privileged=true)',
  ],
  [
    "baseline",
    "capabilities",
    own({ capabilities: { add: ["CHOWN", "SYS_TIME", "NET_ADMIN"] } }),
    'non-default capabilities (container "app" must not include "NET_ADMIN", "SYS_TIME" in securityContext.capabilities.add)',
  ],
  [
    "baseline",
    "paths of its host",
    {
      volumes: [
        { name: "a", hostPath: { path: "/" } },
        { name: "b", hostPath: { path: "/" } },
      ],
    },
    'hostPath volumes (volumes "a", "b")',
  ],
  [
    "baseline",
    "ports of its host",
    own(
      {},
      {
        ports: [
          { containerPort: 1, hostPort: 80 },
          { containerPort: 2, hostPort: 443 },
        ],
      },
    ),
    'hostPort (container "app" uses hostPorts 443, 80)',
  ],
  [
    "baseline",
    "probes of another host",
    own({}, { livenessProbe: { httpGet: { host: "10.0.0.1", port: 1 } } }),
    'probe or lifecycle host (container "app" uses probe or lifecycle host "10.0.0.1")',
  ],
  [
    "baseline",
    "all of /proc",
    own({ procMount: "Unmasked" }),
    'procMount (container "app" must not set securityContext.procMount to "Unmasked")',
  ],
  [
    "baseline",
    "no AppArmor",
    { securityContext: { appArmorProfile: { type: "Unconfined" } } },
    'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
  ],
  [
    "baseline",
    "a user of SELinux",
    { securityContext: { seLinuxOptions: { type: "x", user: "u" } } },
    'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "x"; user may not be set)',
  ],
  [
    "baseline",
    "no seccomp",
    own({ seccompProfile: { type: "Unconfined" } }),
    'seccompProfile (container "app" must not set securityContext.seccompProfile.type to "Unconfined")',
  ],
  [
    "baseline",
    "settings of the kernel",
    { securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } },
    "forbidden sysctls (kernel.msgmax)",
  ],
  [
    "baseline",
    "to be a process of Windows",
    { securityContext: { windowsOptions: { hostProcess: true } } },
    "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)",
  ],
  [
    "restricted",
    "volumes of other kinds",
    strictly({ volumes: [{ name: "v", nfs: { server: "s", path: "/" } }] }),
    'restricted volume types (volume "v" uses restricted volume type "nfs")',
  ],
  [
    "restricted",
    "to be root",
    strictly({ securityContext: { runAsUser: 0 } }),
    "runAsUser=0 (pod must not set runAsUser=0)",
  ],
  [
    "restricted",
    "not to be told apart from root",
    strictly({ securityContext: { runAsNonRoot: false } }),
    "runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)",
  ],
])("%s: %s", (level, _, spec, expected) => {
  expect(says(level, spec)).toBe(expected);
});

const warnings: string[] = [];
let labels: Record<string, string>;
beforeEach(() => {
  warnings.length = 0;
  labels = {};
});

const reader = {
  get: (kind: string) => (kind === "Namespace" ? { metadata: { name: "demo", labels } } : undefined) as never,
  list: (kind: string) =>
    (kind === "Pod"
      ? ["b", "a"].map(name => ({ metadata: { name, namespace: "demo" }, spec: { containers: [app] } }))
      : []) as never,
  kindOf: () => undefined,
  revision: 0,
  changes: () => [],
};

function write(kind: string, object: object, more: object = {}) {
  const request = asking(kind, { warn: (text: string) => void warnings.push(text), ...more });
  return () => podSecurity.validate?.(object as never, request, reader);
}

test("a namespace without labels forbids nothing; one that enforces refuses pods, and warns of what makes them", () => {
  const spec = { containers: [app], hostNetwork: true };
  const pod = { metadata: {}, spec };
  expect(write("Pod", pod)).not.toThrow();
  labels = { "pod-security.kubernetes.io/enforce": "baseline" };
  expect(write("Pod", pod)).toThrow(
    'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
  );
  write("Job", { spec: { template: { spec } } })();
  write("CronJob", { spec: { jobTemplate: { spec: { template: { spec } } } } })();
  expect(warnings).toEqual(
    Array(2).fill('would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)'),
  );
});

test("a version must be one; what is no version is the newest", () => {
  const versioned = (version: string) => ({
    metadata: { name: "demo", labels: { "pod-security.kubernetes.io/warn-version": version } },
  });
  expect(write("Namespace", versioned("1.30"))).toThrow(
    'metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1.30": must be "latest" or "v1.x"',
  );
  expect(write("Namespace", versioned("v1.30"))).not.toThrow();
  labels = {
    "pod-security.kubernetes.io/enforce": "baseline",
    "pod-security.kubernetes.io/enforce-version": "v1.30",
  };
  expect(write("Pod", { metadata: {}, spec: { containers: [app], hostPID: true } })).toThrow(
    'violates PodSecurity "baseline:v1.30"',
  );
});

test("the labels of a namespace must name levels; who makes one stricter is told of the pods that are there", () => {
  const namespace = (level: string) => ({
    metadata: { name: "demo", labels: { "pod-security.kubernetes.io/enforce": level } },
  });
  expect(write("Namespace", namespace("high"))).toThrow(
    'metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "high": must be one of privileged, baseline, restricted',
  );
  write("Namespace", namespace("restricted"), { operation: "UPDATE", old: { metadata: { name: "demo" } } })();
  expect(warnings).toEqual([
    'existing pods in namespace "demo" violate the new PodSecurity enforce level "restricted:latest"',
    "a (and 1 other pod): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile",
  ]);
});
