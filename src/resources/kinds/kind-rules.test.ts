/**
 * The rules of kinds beside pods and workloads, by table: what is given, and the fields and words of what is wrong with it. The
 * words are those of Kubernetes' `pkg/apis`; test/recorded-requests.test.ts compares whole answers.
 */
import { describe, expect, test } from "vitest";
import { type Fields, faults, kinds, read } from "../faults.suite.ts";
import type { KubernetesObject } from "../object.ts";

const target = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
const cpu = {
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
};
const hpa = (more: Fields) => ({ spec: { scaleTargetRef: target, maxReplicas: 3, ...more } });
const backend = { service: { name: "s", port: { number: 80 } } };
const path = (more: Fields) => ({
  spec: { rules: [{ http: { paths: [{ path: "/", pathType: "Prefix", backend, ...more }] } }] },
});
const policy = (peer: Fields, ports: Fields[] = []) => ({
  spec: { podSelector: {}, ingress: [{ from: [peer], ports }] },
});
const claim = (more: Fields = {}) => ({
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...more },
});
const volume = (more: Fields = {}) => ({
  spec: { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, hostPath: { path: "/a" }, ...more },
});
const hook = (more: Fields) => ({
  webhooks: [
    {
      name: "a.example.com",
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      clientConfig: { url: "https://a.example.com/" },
      ...more,
    },
  ],
});
const rule = { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] };
const limit = (more: Fields) => ({ spec: { limits: [{ type: "Container", ...more }] } });
const pem = (type: string) =>
  Buffer.from(`-----BEGIN ${type}-----\nAA==\n-----END ${type}-----\n`).toString("base64");
const csr = (more: Fields) => ({
  spec: {
    request: pem("CERTIFICATE REQUEST"),
    signerName: "example.com/s",
    usages: ["client auth"],
    ...more,
  },
});

const apiService = (more: Fields, name = "v1.example.com") => ({
  metadata: { name },
  spec: { group: "example.com", version: "v1", groupPriorityMinimum: 100, versionPriority: 15, ...more },
});
const replicated = (more: Fields, podSpec: Fields = {}, labels: Fields | null = { app: "rc" }) => ({
  spec: {
    template: {
      ...(labels && { metadata: { labels } }),
      spec: { containers: [{ name: "a", image: "i" }], ...podSpec },
    },
    ...more,
  },
});
const served = (more: Fields) => ({ spec: { ports: [{ port: 80 }], ...more } });
const flow = (more: Fields) => ({ spec: { priorityLevelConfiguration: { name: "l" }, ...more } });
const deviceClaim = (name: string) => ({
  spec: { devices: { requests: [{ name, exactly: { deviceClassName: "c" } }] } },
});
const address = { type: "Hostname", address: "n" };

describe("what is right is found right", () => {
  test.each<[string, Fields]>([
    ["HorizontalPodAutoscaler", hpa({ metrics: [cpu] })],
    ["Ingress", path({})],
    ["Ingress", { spec: { defaultBackend: backend, tls: [{ hosts: ["*.example.com"], secretName: "s" }] } }],
    ["IngressClass", { spec: { controller: "example.com/c" } }],
    [
      "NetworkPolicy",
      policy({ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }, [{ port: 80, endPort: 90 }]),
    ],
    ["NetworkPolicy", policy({ ipBlock: { cidr: "2001:db8::/32", except: ["2001:db8:1::/48"] } })],
    ["PersistentVolumeClaim", claim()],
    ["PersistentVolume", volume()],
    ["StorageClass", { provisioner: "example.com/p" }],
    ["ValidatingWebhookConfiguration", hook({ rules: [rule] })],
    ["ResourceQuota", { spec: { hard: { pods: "3", "requests.cpu": "1", "count/jobs.batch": "2" } } }],
    ["ResourceQuota", { spec: { hard: { pods: "3" }, scopes: ["BestEffort"] } }],
    [
      "LimitRange",
      limit({ min: { cpu: "1" }, max: { cpu: "2" }, default: { cpu: "2" }, defaultRequest: { cpu: "1" } }),
    ],
    ["CertificateSigningRequest", csr({})],
    ["Lease", { spec: { holderIdentity: "a", leaseDurationSeconds: 15 } }],
    ["ConfigMap", { data: { "a.b": "1" }, binaryData: { c: "AA==" } }],
    ["APIService", apiService({})],
    ["Service", served({ clusterIP: "None", ipFamilyPolicy: "RequireDualStack" })],
    ["Service", served({ type: "ExternalName", externalName: "a.b" })],
    ["Service", served({ ipFamilyPolicy: "PreferDualStack", trafficDistribution: "PreferClose" })],
    ["Service", served({ ports: [{ port: 80, appProtocol: "kubernetes.io/h2c" }] })],
    [
      "Service",
      served({
        type: "LoadBalancer",
        loadBalancerClass: "a.b/c",
        healthCheckNodePort: 30_001,
        externalTrafficPolicy: "Local",
      }),
    ],
    ["FlowSchema", flow({})],
    ["ResourceClaim", deviceClaim("a")],
    ["ReplicationController", replicated({})],
    ["ReplicationController", replicated({ replicas: 0, selector: {} })],
    ["Node", { spec: { podCIDRs: ["10.0.0.0/24", "fd00::/64"] } }],
    ["APIService", apiService({ group: undefined }, "v1.")],
  ])("%s %#", (kind, given) => expect(faults(kind, given)).toEqual([]));
});

describe("how many pods of a StatefulSet may be away in an update", () => {
  const field = "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value:";
  test.each<[number | string, string[]]>([
    [1, []],
    ["50%", []],
    [0, [`${field} 0: cannot be 0`]],
    ["0%", [`${field} "0%": cannot be 0`]],
    ["101%", [`${field} "101%": must not be greater than 100%`]],
  ])("%s", (maxUnavailable, wrong) => {
    const labels = { app: "db" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "a", image: "i" }] } };
    const updateStrategy = { type: "RollingUpdate", rollingUpdate: { maxUnavailable } };
    const spec = { serviceName: "db", selector: { matchLabels: labels }, template, updateStrategy };
    expect(faults("StatefulSet", { spec })).toEqual(wrong);
  });
});

describe("a workload that selects nothing", () => {
  const pods = (labels?: Fields) => ({
    template: { ...(labels && { metadata: { labels } }), spec: { containers: [{ name: "a", image: "i" }] } },
  });
  const told = (labels: string) => [
    "spec.selector: Required value",
    `spec.template.metadata.labels: Invalid value: ${labels}: \`selector\` does not match template \`labels\``,
  ];
  test.each(["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"])("%s", kind => {
    expect(faults(kind, { spec: pods({ app: "x" }) })).toEqual(told('{"app":"x"}'));
    expect(faults(kind, { spec: pods() })).toEqual(told("null"));
  });
});

describe("what is wrong is told", () => {
  test.each<[string, Fields, string]>([
    [
      "HorizontalPodAutoscaler",
      hpa({ minReplicas: 4 }),
      "spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`",
    ],
    [
      "HorizontalPodAutoscaler",
      hpa({ metrics: [{ type: "Pods" }] }),
      "spec.metrics[0].pods: Required value: must populate information for the given metric source",
    ],
    [
      "HorizontalPodAutoscaler",
      hpa({
        metrics: [
          {
            ...cpu,
            type: "External",
            external: { metric: { name: "q" }, target: { type: "Value", value: "1" } },
          },
        ],
      }),
      "spec.metrics[0].resource: Forbidden: must populate the given metric source only",
    ],
    [
      "HorizontalPodAutoscaler",
      hpa({ behavior: { scaleUp: { policies: [{ type: "Pods", value: 0, periodSeconds: 1 }] } } }),
      "spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero",
    ],
    [
      "HorizontalPodAutoscaler",
      hpa({ behavior: { scaleDown: { stabilizationWindowSeconds: 3601 } } }),
      "spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600",
    ],
    [
      "APIService",
      apiService({}, "v1.other"),
      'metadata.name: Invalid value: "v1.other": must be `spec.version+"."+spec.group`: "v1.example.com"',
    ],
    [
      "APIService",
      apiService({ versionPriority: 1001 }),
      "spec.versionPriority: Invalid value: 1001: must be positive and less than 1000",
    ],
    [
      "Ingress",
      { spec: {} },
      "spec: Invalid value: null: either `defaultBackend` or `rules` must be specified",
    ],
    [
      "Ingress",
      path({ pathType: "Glob" }),
      'spec.rules[0].http.paths[0].pathType: Unsupported value: "Glob": supported values: "Exact", "ImplementationSpecific", "Prefix"',
    ],
    [
      "Ingress",
      path({ path: "/a//b" }),
      `spec.rules[0].http.paths[0].path: Invalid value: "/a//b": must not contain '//'`,
    ],
    [
      "Ingress",
      path({ backend: {} }),
      'spec.rules[0].http.paths[0].backend: Invalid value: "": resource or service backend is required',
    ],
    [
      "IngressClass",
      { spec: { controller: "c" } },
      'spec.controller: Invalid value: "c": must be a domain-prefixed path (such as "acme.io/foo")',
    ],
    [
      "IngressClass",
      { spec: { controller: "a.b/c", parameters: { kind: "K", name: "n", scope: "Namespace" } } },
      "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
    ],
    ["NetworkPolicy", policy({}), "spec.ingress[0].from[0]: Required value: must specify a peer"],
    [
      "NetworkPolicy",
      policy({ ipBlock: { cidr: "10.0.0.0/8", except: ["11.0.0.0/16"] } }),
      'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
    ],
    [
      "NetworkPolicy",
      policy({ ipBlock: { cidr: "10.0.0.0/33" } }),
      'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
    [
      "NetworkPolicy",
      policy({ podSelector: {} }, [{ port: 80, endPort: 79 }]),
      "spec.ingress[0].ports[0].endPort: Invalid value: 79: must be greater than or equal to `port`",
    ],
    [
      "PersistentVolumeClaim",
      claim({ accessModes: [] }),
      "spec.accessModes: Required value: at least 1 access mode is required",
    ],
    [
      "PersistentVolumeClaim",
      claim({ accessModes: ["ReadWriteOncePod", "ReadOnlyMany"] }),
      "spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
    ],
    [
      "PersistentVolumeClaim",
      claim({ resources: { requests: { storage: "0" } } }),
      'spec.resources[storage]: Invalid value: "0": must be greater than zero',
    ],
    ["PersistentVolume", volume({ hostPath: undefined }), "spec: Required value: must specify a volume type"],
    [
      "PersistentVolume",
      volume({ nfs: { path: "/", server: "s" } }),
      "spec.nfs: Forbidden: may not specify more than 1 volume type",
    ],
    [
      "PersistentVolume",
      volume({ hostPath: undefined, local: { path: "/a" } }),
      "spec.nodeAffinity: Required value: Local volume requires node affinity",
    ],
    [
      "StorageClass",
      { provisioner: "p", reclaimPolicy: "Recycle" },
      'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
    ],
    [
      "VolumeAttachment",
      { spec: { attacher: "a", nodeName: "n", source: {} } },
      "spec.source: Required value: must specify one of inlineVolumeSpec and persistentVolumeName",
    ],
    [
      "VolumeAttributesClass",
      { driverName: "d.example.com" },
      "parameters: Required value: must contain at least one key/value pair",
    ],
    [
      "CSIDriver",
      { spec: { tokenRequests: [{ audience: "a" }, { audience: "a" }] } },
      'spec.tokenRequests[1].audience: Duplicate value: "a"',
    ],
    [
      "CSINode",
      { spec: { drivers: [{ name: "a.b", nodeID: "" }] } },
      "spec.drivers[0].nodeID: Required value",
    ],
    [
      "ValidatingWebhookConfiguration",
      hook({ name: "a.b" }),
      'webhooks[0].name: Invalid value: "a.b": should be a domain with at least three segments separated by dots',
    ],
    [
      "ValidatingWebhookConfiguration",
      hook({ rules: [{ ...rule, resources: ["pods/*", "pods/log"] }] }),
      `webhooks[0].rules[0].resources[1]: Invalid value: "pods/log": if 'pods/*' is present, must not specify pods/log`,
    ],
    [
      "MutatingWebhookConfiguration",
      hook({ clientConfig: {} }),
      "webhooks[0].clientConfig: Required value: exactly one of url or service is required",
    ],
    [
      "MutatingWebhookConfiguration",
      hook({ clientConfig: { url: "https://a@b.c/?q" } }),
      'webhooks[0].clientConfig.url: Invalid value: "q": query parameters are not permitted in the URL',
    ],
    [
      "ResourceQuota",
      { spec: { hard: { pods: "1.5" } } },
      'spec.hard[pods]: Invalid value: "1500m": must be an integer',
    ],
    [
      "ResourceQuota",
      { spec: { hard: { cpu: "1" }, scopes: ["BestEffort"] } },
      'spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource',
    ],
    [
      "LimitRange",
      limit({ min: { cpu: "3" }, max: { cpu: "2" } }),
      'spec.limits[0].min[cpu]: Invalid value: "3": min value 3 is greater than max value 2',
    ],
    [
      "LimitRange",
      { spec: { limits: [{ type: "Pod", default: { cpu: "1" } }] } },
      "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
    ],
    [
      "LimitRange",
      { spec: { limits: [{ type: "Thing" }] } },
      'spec.limits[0].type: Invalid value: "Thing": must be a standard limit type or fully qualified',
    ],
    [
      "CertificateSigningRequest",
      csr({ request: pem("CERTIFICATE") }),
      `spec.request: Invalid value: "${pem("CERTIFICATE")}": PEM block type must be CERTIFICATE REQUEST`,
    ],
    [
      "CertificateSigningRequest",
      csr({ expirationSeconds: 599 }),
      "spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)",
    ],
    [
      "CertificateSigningRequest",
      csr({ signerName: "s" }),
      'spec.signerName: Invalid value: "s": must be a fully qualified domain and path of the form "example.com/signer-name"',
    ],
    [
      "Lease",
      { spec: { leaseDurationSeconds: 0 } },
      "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
    ],
    ["ConfigMap", { data: { "..": "1" } }, `data[..]: Invalid value: "..": must not be '..'`],
    [
      "ConfigMap",
      { data: { a: "1" }, binaryData: { a: "AA==" } },
      'data[a]: Invalid value: "a": duplicate of key present in binaryData',
    ],
    [
      "ConfigMap",
      { data: { a: "x".repeat(1024 * 1024 + 1) } },
      "[]: Too long: may not be more than 1048576 bytes",
    ],
    [
      "Secret",
      { type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": "eA==" } },
      "data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": invalid character 'x' looking for beginning of value",
    ],
    [
      "Secret",
      { type: "kubernetes.io/dockercfg", data: { ".dockercfg": "W10=" } },
      'data[.dockercfg]: Invalid value: "<secret contents redacted>": json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    [
      "Service",
      served({ loadBalancerSourceRanges: ["10.0.0.0/8"] }),
      "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
    [
      "Service",
      served({ type: "LoadBalancer", loadBalancerSourceRanges: [" 10.0.0.0/8 ", "x"] }),
      'spec.LoadBalancerSourceRanges[1]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
    [
      "Service",
      served({ loadBalancerClass: "a" }),
      "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
    [
      "Service",
      served({ allocateLoadBalancerNodePorts: true }),
      "spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
    [
      "Service",
      served({ healthCheckNodePort: 30_000 }),
      "spec.healthCheckNodePort: Invalid value: 30000: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    ],
    [
      "Service",
      served({ ipFamilyPolicy: "RequireDualStack" }),
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    ],
    [
      "Service",
      served({ ipFamilies: ["IPv6"] }),
      'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
    ],
    [
      "Service",
      served({ type: "ExternalName", externalName: "a.b", ipFamilies: ["IPv4"] }),
      "spec.ipFamilies: Forbidden: may not be set for ExternalName services",
    ],
    [
      "Service",
      served({ trafficDistribution: "Foo" }),
      'spec.trafficDistribution: Unsupported value: "Foo": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
    ],
    [
      "FlowSchema",
      { spec: {} },
      "spec.priorityLevelConfiguration.name: Required value: must reference a priority level",
    ],
    [
      "FlowSchema",
      flow({ rules: [{}] }),
      "spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty",
    ],
    [
      "FlowSchema",
      flow({ rules: [{}] }),
      "spec.rules[0].subjects: Required value: subjects must contain at least one value",
    ],
    [
      "FlowSchema",
      flow({ matchingPrecedence: 1 }),
      "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
    ],
    [
      "FlowSchema",
      flow({ matchingPrecedence: 10_001 }),
      "spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000",
    ],
    [
      "FlowSchema",
      flow({ matchingPrecedence: -1 }),
      "spec.matchingPrecedence: Invalid value: -1: must be a positive value",
    ],
    [
      "ValidatingAdmissionPolicy",
      { spec: { validations: [{ expression: "true", message: "a\nb" }] } },
      'spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks',
    ],
    [
      "ValidatingAdmissionPolicy",
      { spec: { validations: [{ expression: "true", message: " " }] } },
      'spec.validations[0].message: Invalid value: " ": message must be non-empty if specified',
    ],
    [
      "ValidatingAdmissionPolicy",
      { spec: { variables: [{ name: "1a", expression: "1" }] } },
      'spec.variables[0].name: Invalid value: "1a": name is not a valid CEL identifier',
    ],
    [
      "ResourceClaim",
      { spec: { devices: { requests: [{ name: "d" }] } } },
      "spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required",
    ],
    [
      "ResourceClaim",
      { spec: { devices: { requests: [{ name: "d", exactly: { deviceClassName: "c", count: -1 } }] } } },
      "spec.devices.requests[0].exactly.count: Invalid value: -1: must be greater than zero",
    ],
    ["ServiceCIDR", { spec: {} }, "spec.cidrs: Required value: at least one CIDR required"],
    [
      "ServiceCIDR",
      { spec: { cidrs: ["10.0.0.0/8", "x"] } },
      'spec.cidrs[1]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
    [
      "Service",
      served({
        ports: [
          { name: "a", port: 80 },
          { name: "b", port: 80 },
        ],
      }),
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
    ["ReplicationController", { spec: {} }, "spec.template: Required value"],
    ["ReplicationController", { spec: null }, "spec.selector: Required value"],
    [
      "ReplicationController",
      replicated({ replicas: -1 }),
      "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
    ],
    [
      "ReplicationController",
      replicated({ minReadySeconds: -1 }),
      "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
    ],
    ["ReplicationController", replicated({}, {}, null), "spec.selector: Required value"],
    [
      "ReplicationController",
      replicated({ selector: { x: "z" } }),
      'spec.template.metadata.labels: Invalid value: {"app":"rc"}: `selector` does not match template `labels`',
    ],
    [
      "ReplicationController",
      replicated({}, { restartPolicy: "Never" }),
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
    [
      "ReplicationController",
      replicated({}, { activeDeadlineSeconds: 5 }),
      "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicationController is not Supported",
    ],
    [
      "ReplicationController",
      replicated({}, { containers: [] }),
      "spec.template.spec.containers: Required value",
    ],
    [
      "Node",
      { spec: { podCIDR: "x" } },
      'spec.podCIDRs[0]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
    [
      "Node",
      { spec: { podCIDRs: ["10.0.0.0/24", "10.0.1.0/24"] } },
      'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one CIDR for each IP family',
    ],
  ])("%s %#", (kind, given, expected) => expect(faults(kind, given)).toContain(expected));
});

describe("what was fixed stays", () => {
  const classOf = (more: Fields) => ({ provisioner: "p", ...more });
  test.each<[string, Fields, Fields, string]>([
    [
      "PersistentVolumeClaim",
      claim(),
      claim({ volumeMode: "Block" }),
      'volumeMode: Invalid value: "Block": field is immutable',
    ],
    [
      "PersistentVolumeClaim",
      claim(),
      claim({ accessModes: ["ReadWriteMany"] }),
      "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
    ],
    [
      "PersistentVolume",
      volume(),
      volume({ hostPath: { path: "/b" } }),
      "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation",
    ],
    [
      "StorageClass",
      classOf({}),
      classOf({ parameters: { a: "b" } }),
      "parameters: Forbidden: updates to parameters are forbidden.",
    ],
    [
      "StorageClass",
      classOf({}),
      classOf({ reclaimPolicy: "Retain" }),
      'reclaimPolicy: Invalid value: "Retain": field is immutable',
    ],
    [
      "IngressClass",
      { spec: { controller: "a.b/c" } },
      { spec: { controller: "a.b/d" } },
      'spec.controller: Invalid value: "a.b/d": field is immutable',
    ],
    [
      "ResourceQuota",
      { spec: { hard: { pods: "1" } } },
      { spec: { hard: { pods: "1" }, scopes: ["BestEffort"] } },
      'spec.scopes: Invalid value: ["BestEffort"]: field is immutable',
    ],
    [
      "CSIDriver",
      { spec: {} },
      { spec: { attachRequired: false } },
      "spec.attachRequired: Invalid value: false: field is immutable",
    ],
    [
      "ReplicationController",
      replicated({}),
      replicated({ selector: { x: "z" } }),
      'spec.template.metadata.labels: Invalid value: {"app":"rc"}: `selector` does not match template `labels`',
    ],
    [
      "ResourceClaim",
      deviceClaim("a"),
      deviceClaim("b"),
      'spec: Invalid value: {"devices":{"requests":[{"name":"b","exactly":{"deviceClassName":"c","allocationMode":"ExactCount","count":1}}]}}: field is immutable',
    ],
    [
      "Node",
      { spec: { providerID: "a" } },
      { spec: { providerID: "b" } },
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ],
    [
      "Node",
      {},
      { status: { addresses: [address, address] } },
      'status.addresses[1]: Duplicate value: {"type":"Hostname","address":"n"}',
    ],
  ])("%s %#", (kind, before, given, expected) => expect(faults(kind, given, before)).toContain(expected));

  test("a claim that has no volume yet may be given one", () => {
    expect(faults("PersistentVolumeClaim", claim({ volumeName: "v" }), claim())).toEqual([]);
  });
});

describe("writers are warned", () => {
  const warned = (kind: string, given: Fields) => kinds.find(kind).rules?.warnings?.(read(kind, given));
  const pod = (container: Fields, spec: Fields = {}) => ({
    spec: { containers: [{ name: "a", image: "i", ...container }], ...spec },
  });

  test.each<[string, Fields, string[]]>([
    ["Pod", pod({}), []],
    [
      "Pod",
      pod({
        env: [
          { name: "A", value: "1" },
          { name: "A", value: "$(A)2" },
        ],
      }),
      [],
    ],
    [
      "Pod",
      pod({
        env: [
          { name: "A", value: "1" },
          { name: "A", value: "2" },
        ],
      }),
      ['spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply'],
    ],
    [
      "Pod",
      pod({ ports: [{ containerPort: 1 }, { containerPort: 1, hostPort: 2 }] }),
      ["spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]"],
    ],
    [
      "Pod",
      pod({}, { nodeSelector: { "beta.kubernetes.io/os": "linux" } }),
      ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
    ],
    [
      "Pod",
      pod({}, { imagePullSecrets: [{ name: "s" }, { name: "s" }] }),
      ['spec.imagePullSecrets[1].name: duplicate name "s"'],
    ],
    [
      "Pod",
      { metadata: { name: "a.b" }, ...pod({}) },
      [
        "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
      ],
    ],
    [
      "PersistentVolumeClaim",
      claim({ resources: { requests: { storage: "1500m" } } }),
      ['spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer'],
    ],
    [
      "Ingress",
      { metadata: { name: "i", annotations: { "kubernetes.io/ingress.class": "a" } }, ...path({}) },
      [`annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`],
    ],
    [
      "Deployment",
      { spec: { selector: { matchLabels: { a: "b" } }, template: pod({}, { imagePullSecrets: [{}] }) } },
      ['spec.template.spec.imagePullSecrets[0].name: invalid empty name ""'],
    ],
  ])("%s %#", (kind, given, expected) => expect(warned(kind, given)).toEqual(expected));
});

test("a DaemonSet counts the changes of its template, whatever a client writes there", () => {
  const set = (image: string, more: Fields = {}) => ({
    metadata: { name: "agent", namespace: "golden", ...more },
    spec: {
      selector: { matchLabels: { app: "agent" } },
      template: { metadata: { labels: { app: "agent" } }, spec: { containers: [{ name: "c", image }] } },
    },
  });
  const generation = ({ metadata }: KubernetesObject) =>
    metadata.annotations?.["deprecated.daemonset.template.generation"];
  const first = read("DaemonSet", set("one"));
  const other = { annotations: { "deprecated.daemonset.template.generation": "7", a: "b" } };
  const same = read("DaemonSet", set("one", other), first);
  const changed = read("DaemonSet", set("two"), same);
  expect([first, same, changed].map(generation)).toEqual(["1", "1", "2"]);
});
