/** Policies in CEL, as writes meet them. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { Cluster } from "../index.ts";

let cluster: Cluster;
beforeEach(async () => {
  cluster = new Cluster({ nodes: 0 });
  await cluster.start();
});
afterEach(() => cluster.stop());

const apiVersion = "admissionregistration.k8s.io/v1";
const configMaps = {
  resourceRules: [
    {
      apiGroups: [""],
      apiVersions: ["v1"],
      operations: ["CREATE", "UPDATE", "DELETE"],
      resources: ["configmaps"],
    },
  ],
};

/** A policy about ConfigMaps and a binding of it. */
function policy(spec: object, binding: object = {}) {
  return [
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicy",
      metadata: { name: "p" },
      spec: { matchConstraints: configMaps, ...spec },
    },
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name: "b" },
      spec: { policyName: "p", validationActions: ["Deny"], ...binding },
    },
  ];
}

function configMap(name: string, data: object = {}, metadata: object = {}) {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data };
}

/** With 400 entries it costs nearly all that one expression may. */
const costly = "object.data.all(a, object.data.all(b, a != b || true))";
const entries = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, ""]));
const spent = "validation failed due to running out of cost budget, no further validation rules will be run";

const denied = "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ";

test.each<[string, object, object, object, string | undefined]>([
  ["what holds passes", { validations: [{ expression: "has(object.data.a)" }] }, { a: "b" }, {}, undefined],
  [
    "what does not is denied, by the expression",
    { validations: [{ expression: "has(object.data.a)" }] },
    { c: "d" },
    {},
    "failed expression: has(object.data.a)",
  ],
  ["by its message", { validations: [{ expression: "false", message: "never" }] }, {}, {}, "never"],
  [
    "by a message that is computed",
    { validations: [{ expression: "false", messageExpression: "'not ' + object.metadata.name" }] },
    {},
    {},
    "not c",
  ],
  [
    "an error denies",
    { validations: [{ expression: "object.data.none == ''" }] },
    { a: "b" },
    {},
    "expression 'object.data.none == ''' resulted in error: no such key: none",
  ],
  [
    "what is long costs nothing where no expression goes through it",
    {
      validations: [
        { expression: "object.data.size() == 700 && ['a', 'b'].all(x, ['a', 'b'].all(y, x + y != ''))" },
      ],
    },
    entries(700),
    {},
    undefined,
  ],
  [
    "an expression that costs too much denies",
    { validations: [{ expression: costly }] },
    entries(500),
    {},
    `expression '${costly}' resulted in error: operation cancelled: actual cost limit exceeded`,
  ],
  [
    "ten expressions that cost nearly as much pass",
    { validations: Array(10).fill({ expression: costly }) },
    entries(400),
    {},
    undefined,
  ],
  [
    "and all together, where they cost more than a policy may",
    { validations: [{ expression: "false" }, ...Array(11).fill({ expression: costly })] },
    entries(400),
    {},
    spent,
  ],
  [
    "with its variables",
    {
      variables: Array.from({ length: 11 }, (_, i) => ({ name: `v${i}`, expression: costly })),
      validations: Array.from({ length: 11 }, (_, i) => ({ expression: `variables.v${i}` })),
    },
    entries(400),
    {},
    spent,
  ],
  [
    "unless failures are ignored, then too",
    { failurePolicy: "Ignore", validations: Array(11).fill({ expression: costly }) },
    entries(400),
    {},
    undefined,
  ],
  [
    "unless failures are ignored",
    { failurePolicy: "Ignore", validations: [{ expression: "object.data.none == ''" }] },
    { a: "b" },
    {},
    undefined,
  ],
  [
    "variables are expressions too",
    {
      variables: [
        { name: "n", expression: "object.metadata.name" },
        { name: "long", expression: "variables.n.size() > 3" },
      ],
      validations: [{ expression: "variables.long", message: "short" }],
    },
    {},
    {},
    "short",
  ],
  [
    "a condition that does not hold lets pass",
    {
      matchConditions: [{ name: "x", expression: "object.metadata.name == 'other'" }],
      validations: [{ expression: "false" }],
    },
    {},
    {},
    undefined,
  ],
  [
    "the request is known",
    {
      validations: [
        {
          expression:
            "request.operation == 'CREATE' && request.resource.resource == 'configmaps' && request.namespace == 'default' && namespaceObject.metadata.name == 'default'",
        },
      ],
    },
    {},
    {},
    undefined,
  ],
  [
    "a binding may be about some objects only",
    { validations: [{ expression: "false" }] },
    {},
    { matchResources: { objectSelector: { matchLabels: { a: "b" } } } },
    undefined,
  ],
])("%s", async (_, spec, data, binding, message) => {
  await cluster.apply(policy(spec, binding));
  const creating = cluster.create(configMap("c", data));
  if (message === undefined) await creating;
  else
    await expect(creating).rejects.toMatchObject({
      reason: "Invalid",
      message: `configmaps "c" is forbidden: ${denied}${message}`,
      details: { causes: [{ message: denied + message }] },
    });
});

test("another reason may be given, and a deletion be denied for what is there", async () => {
  await cluster.create(configMap("kept"));
  await cluster.apply(
    policy({
      validations: [
        {
          expression: "request.operation != 'DELETE' || oldObject.metadata.name != 'kept'",
          reason: "Forbidden",
          message: "stays",
        },
      ],
    }),
  );
  await expect(cluster.delete("ConfigMap", "kept")).rejects.toMatchObject({ reason: "Forbidden" });
});

test("parameters come from an object of their kind", async () => {
  const spec = {
    paramKind: { apiVersion: "v1", kind: "ConfigMap" },
    matchConditions: [{ name: "others", expression: "object.metadata.name != 'limits'" }],
    validations: [{ expression: "int(object.data.size) <= int(params.data.most)", message: "too large" }],
  };
  const paramRef = { name: "limits", namespace: "default", parameterNotFoundAction: "Deny" };
  await cluster.apply(policy(spec, { paramRef }));
  await expect(cluster.create(configMap("c", { size: "3" }))).rejects.toThrow(
    "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction",
  );
  await cluster.delete("ValidatingAdmissionPolicyBinding", "b");
  await cluster.create(configMap("limits", { most: "4" }));
  await cluster.apply(policy(spec, { paramRef }));
  await cluster.create(configMap("c", { size: "3" }));
  await expect(cluster.create(configMap("d", { size: "5" }))).rejects.toThrow("too large");
});

/** A definition of a kind that is called like one that is built in. */
function definition(kind: string, scope: "Namespaced" | "Cluster") {
  const plural = `${kind.toLowerCase()}s`;
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.serving.example.com` },
    spec: {
      group: "serving.example.com",
      scope,
      names: { kind, plural },
      versions: [
        { name: "v2", served: true, storage: true, schema },
        { name: "v1", served: true, storage: false, schema },
      ],
    },
  };
}

const limits = (apiVersion: string, kind: string, most: number, more: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name: "limits" },
  most,
  ...more,
});

test("parameters are of the kind that apiVersion and kind name together, in that version", async () => {
  await cluster.apply(definition("Service", "Namespaced"));
  await cluster.waitFor("CustomResourceDefinition/services.serving.example.com", "Established");
  await cluster.create(limits("serving.example.com/v2", "Service", 4) as never);
  const plain = { ports: [{ port: 80 }] };
  await cluster.create({ apiVersion: "v1", kind: "Service", metadata: { name: "limits" }, spec: plain });
  const spec = {
    paramKind: { apiVersion: "serving.example.com/v1", kind: "Service" },
    validations: [
      { expression: "params.apiVersion == 'serving.example.com/v1'", message: "another version" },
      { expression: "int(object.data.size) <= params.most", message: "too large" },
    ],
  };
  const paramRef = { name: "limits", parameterNotFoundAction: "Deny" };
  await cluster.apply(policy(spec, { paramRef }));
  await cluster.create(configMap("c", { size: "3" }));
  await expect(cluster.create(configMap("d", { size: "5" }))).rejects.toThrow("too large");

  const ofCore = { ...spec, paramKind: { apiVersion: "v1", kind: "Service" } };
  await cluster.apply(
    policy(
      { ...ofCore, validations: [{ expression: "params.spec.ports[0].port == 81", message: "the core's" }] },
      { paramRef },
    ),
  );
  await expect(cluster.create(configMap("d"))).rejects.toThrow("the core's");
});

test.each<[string, object, object, string]>([
  [
    "a kind that is not there",
    { apiVersion: "example.com/v1", kind: "Nope" },
    { name: "x" },
    "failed to configure policy: failed to find resource referenced by paramKind: 'example.com/v1, Kind=Nope'",
  ],
  [
    "a kind in a group where it is not",
    { apiVersion: "v1", kind: "Deployment" },
    { name: "x" },
    "failed to configure policy: failed to find resource referenced by paramKind: '/v1, Kind=Deployment'",
  ],
  [
    "a namespace for a kind that has none",
    { apiVersion: "v1", kind: "Node" },
    { name: "x", namespace: "default" },
    "failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`",
  ],
])("parameters of %s deny the write, and say why", async (_, paramKind, ref, why) => {
  const paramRef = { parameterNotFoundAction: "Allow", ...ref };
  await cluster.apply(policy({ paramKind, validations: [{ expression: "true" }] }, { paramRef }));
  await expect(cluster.create(configMap("c"))).rejects.toThrow(why);
});

test.each<[string, string | undefined]>([
  ["authorizer.group('').resource('pods').namespace('default').check('create').allowed()", undefined],
  [
    "authorizer.group('apps').resource('deployments').subresource('scale').name('x').check('update').allowed()",
    undefined,
  ],
  ["authorizer.requestResource.check('delete').allowed()", undefined],
  ["authorizer.path('/healthz').check('GET').allowed()", undefined],
  [
    "authorizer.serviceAccount('default', 'robot').requestResource.check('get').allowed()",
    "failed expression: ",
  ],
  [
    "authorizer.serviceAccount('default', 'robot').group('').resource('configmaps').namespace('default').check('get').allowed()",
    undefined,
  ],
  [
    "authorizer.serviceAccount('default', 'robot').group('').resource('configmaps').namespace('other').check('get').allowed()",
    "failed expression: ",
  ],
  [
    "authorizer.serviceAccount('default', 'robot').group('').resource('secrets').namespace('default').check('get').reason() == ''",
    undefined,
  ],
  [
    "authorizer.group('').resource('pods').labelSelector('a=b').fieldSelector('spec.nodeName=n').check('list').errored()",
    "failed expression: ",
  ],
  ["authorizer.group('').resource('pods').check('list').error() == ''", undefined],
  ["authorizer.path(' ').check('get').allowed()", "resulted in error: path must not be empty"],
  [
    "authorizer.group('').resource('').check('get').allowed()",
    "resulted in error: resource must not be empty",
  ],
  [
    "authorizer.serviceAccount('not@valid', 'x').path('/a').check('get').allowed()",
    "resulted in error: invalid service account namespace",
  ],
])("what somebody may do: %s", async (expression, refusal) => {
  await cluster.apply([
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "reader", namespace: "default" },
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "reader", namespace: "default" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
      subjects: [{ kind: "ServiceAccount", name: "robot", namespace: "default" }],
    },
    ...policy({ validations: [{ expression }] }),
  ]);
  const writing = cluster.create(configMap("c"));
  if (refusal === undefined) await writing;
  else await expect(writing).rejects.toThrow(refusal);
});

test("a condition may ask what the user may do, and a policy what there is no such question for", async () => {
  const name = "who may not read secrets";
  const expression = "!authorizer.group('').resource('secrets').check('get').allowed()";
  await cluster.apply(
    policy({ matchConditions: [{ name: "lesser", expression }], validations: [{ expression: "false" }] }),
  );
  await cluster.create(configMap("c"));
  const [wrong] = policy({
    validations: [{ expression: "authorizer.check('get').allowed()", message: name }],
  });
  await expect(cluster.apply(wrong as object)).rejects.toThrow(
    /spec\.validations\[0\]\.expression: Invalid value/,
  );
});

test("an expression that cannot be read is refused with its policy", async () => {
  const [wrong] = policy({
    validations: [{ expression: "object." }],
    variables: [{ name: "v", expression: "nope" }],
  });
  await expect(cluster.apply(wrong as object)).rejects.toThrow(
    /spec\.variables\[0\]\.expression: Invalid value: "nope": compilation failed: ERROR: <input>:1:1: undeclared reference to 'nope'/,
  );
});
