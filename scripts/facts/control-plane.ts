/** Facts of what the control plane is run with: admission, roles, certificates, tokens, flow control, custom resources. */
import { type FieldFacts, mergedBy } from "./field-facts.ts";

export const controlPlane: Record<string, Record<string, FieldFacts>> = {
  APIServiceStatus: {
    conditions: { ...mergedBy("type") },
  },
  ApiextensionsV1ServiceReference: {
    port: { default: 443 },
  },
  ApiregistrationV1ServiceReference: {
    port: { default: 443 },
  },
  AuthenticationV1TokenRequest: {
    $: { required: ["spec"] },
  },
  CertificateSigningRequestSpec: {
    usages: {
      enum: [
        "any",
        "cert sign",
        "client auth",
        "code signing",
        "content commitment",
        "crl sign",
        "data encipherment",
        "decipher only",
        "digital signature",
        "email protection",
        "encipher only",
        "ipsec end system",
        "ipsec tunnel",
        "ipsec user",
        "key agreement",
        "key encipherment",
        "microsoft sgc",
        "netscape sgc",
        "ocsp signing",
        "s/mime",
        "server auth",
        "signing",
        "timestamping",
      ],
    },
  },
  CertificateSigningRequestStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
  },
  CustomResourceDefinitionStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
  },
  ExemptPriorityLevelConfiguration: {
    lendablePercent: { default: 0 },
    nominalConcurrencyShares: { default: 0 },
  },
  FlowSchemaSpec: {
    matchingPrecedence: { default: 1000 },
  },
  FlowSchemaStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
  },
  JSONSchemaProps: {
    "x-kubernetes-validations": { ...mergedBy("rule") },
  },
  LimitedPriorityLevelConfiguration: {
    lendablePercent: { default: 0 },
    nominalConcurrencyShares: { default: 30 },
  },
  MatchResources: {
    $: { atomic: true },
    matchPolicy: { enum: ["Equivalent", "Exact"], default: "Equivalent" },
    namespaceSelector: { default: {} },
    objectSelector: { default: {} },
  },
  MutatingWebhook: {
    failurePolicy: { enum: ["Fail", "Ignore"], default: "Fail" },
    matchConditions: { listType: "map", listMapKeys: ["name"] },
    matchPolicy: { enum: ["Equivalent", "Exact"], default: "Equivalent" },
    namespaceSelector: { default: {} },
    objectSelector: { default: {} },
    reinvocationPolicy: { enum: ["IfNeeded", "Never"], default: "Never" },
    sideEffects: { enum: ["None", "NoneOnDryRun", "Some", "Unknown"] },
    timeoutSeconds: { default: 10 },
  },
  MutatingWebhookConfiguration: {
    webhooks: { listType: "map", listMapKeys: ["name"] },
  },
  NamedRuleWithOperations: {
    $: { atomic: true },
    operations: { enum: ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"] },
    scope: { enum: ["*", "Cluster", "Namespaced"], default: "*" },
  },
  NonResourcePolicyRule: {
    nonResourceURLs: { listType: "set" },
    verbs: { listType: "set" },
  },
  ParamKind: {
    $: { atomic: true },
  },
  ParamRef: {
    $: { atomic: true },
  },
  PriorityLevelConfigurationStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
  },
  QueuingConfiguration: {
    handSize: { default: 8 },
    queueLengthLimit: { default: 50 },
    queues: { default: 64 },
  },
  ResourcePolicyRule: {
    apiGroups: { listType: "set" },
    namespaces: { listType: "set" },
    resources: { listType: "set" },
    verbs: { listType: "set" },
  },
  RoleRef: {
    $: { atomic: true, required: ["apiGroup", "kind", "name"] },
  },
  RuleWithOperations: {
    operations: { enum: ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"] },
    scope: { enum: ["*", "Cluster", "Namespaced"], default: "*" },
  },
  ServiceReference: {
    port: { default: 443 },
  },
  Subject: {
    $: { atomic: true },
  },
  TokenRequestSpec: {
    $: { required: ["audiences"] },
    expirationSeconds: { default: 3600 },
  },
  TokenRequestStatus: {
    $: { required: ["token", "expirationTimestamp"] },
  },
  TokenReviewSpec: {
    $: { required: [] },
  },
  ValidatingAdmissionPolicyBinding: {
    $: { required: [] },
  },
  ValidatingAdmissionPolicyBindingSpec: {
    $: { required: [] },
    validationActions: { listType: "set", enum: ["Audit", "Deny", "Warn"] },
  },
  ValidatingAdmissionPolicySpec: {
    failurePolicy: { enum: ["Fail", "Ignore"], default: "Fail" },
    matchConditions: { listType: "map", listMapKeys: ["name"] },
    variables: { listType: "map", listMapKeys: ["name"] },
  },
  ValidatingAdmissionPolicyStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
  },
  ValidatingWebhook: {
    failurePolicy: { enum: ["Fail", "Ignore"], default: "Fail" },
    matchConditions: { listType: "map", listMapKeys: ["name"] },
    matchPolicy: { enum: ["Equivalent", "Exact"], default: "Equivalent" },
    namespaceSelector: { default: {} },
    objectSelector: { default: {} },
    sideEffects: { enum: ["None", "NoneOnDryRun", "Some", "Unknown"] },
    timeoutSeconds: { default: 10 },
  },
  ValidatingWebhookConfiguration: {
    webhooks: { listType: "map", listMapKeys: ["name"] },
  },
  ValidationRule: {
    reason: {
      enum: ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"],
    },
  },
  Variable: {
    $: { atomic: true },
  },
};
