import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ApiError } from "../errors/index.ts";
import { accepted, completed, decoded, faultsIn } from "./accept.ts";
import { allFaults } from "./all-faults.ts";
import type { Pod, ReplicaSet } from "./generated/kubernetes.gen.ts";
import { KindRegistry } from "./kind-registry.ts";
import { builtInKinds } from "./kinds/built-in-kinds.ts";
import type { Draft } from "./object.ts";
import { definition } from "./schema/definitions.ts";
import type { Schema } from "./schema/schema.ts";

const kinds = new KindRegistry();
const kind = kinds.find("Pod");
const app = { name: "app", image: "calculator:v1" };
const pod = (spec: object = {}, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", namespace: "default", ...metadata },
  spec: { containers: [app], ...spec },
});

function refusal(deed: () => unknown): ApiError {
  try {
    deed();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

function thrownBy(deed: () => unknown): unknown {
  try {
    deed();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("decoding", () => {
  test.each([
    [pod({ containers: "app" }), 'spec.containers: expected a list, got the text "app"'],
    [pod({ priority: "high" }), 'spec.priority: expected a whole number, got the text "high"'],
    [pod({ priority: 2 ** 40 }), "spec.priority: 1099511627776 does not fit into int32"],
    [
      pod({ activeDeadlineSeconds: 2 ** 53 }),
      "spec.activeDeadlineSeconds: 9007199254740992 cannot be kept exactly",
    ],
    [pod({ hostNetwork: "yes" }), 'spec.hostNetwork: expected true or false, got the text "yes"'],
    [pod({}, { labels: { a: 1 } }), "metadata.labels[a]: expected text, got 1"],
    [pod({}, { creationTimestamp: "today" }), /metadata.creationTimestamp: "today" is not a time such as/],
    [
      pod({ containers: [{ ...app, resources: { limits: { cpu: "1 core" } } }] }),
      /limits\[cpu\]: "1 core": quantities/,
    ],
    [pod({}, { labels: new Map() }), /metadata.labels: expected an object, got a Map/],
    ["text", /expected an object/],
  ])("%j", (value, message) => {
    const error = refusal(() => decoded(kind, value));
    expect(error.reason).toBe("BadRequest");
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^Pod in version "v1" cannot be handled as a Pod: /);
  });

  test("names the nearest field for one that is unknown, each as a cause with its path", () => {
    const error = refusal(() => decoded(kind, pod({ contaners: [], restartPolice: "Never" })));
    expect(error.message).toBe(
      'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.contaners" (did you mean "containers"?), unknown field "spec.restartPolice" (did you mean "restartPolicy"?)',
    );
    expect(error.details.causes?.map(({ field }) => field)).toEqual(["spec.contaners", "spec.restartPolice"]);
  });

  test("drops unknown fields and tells of them, where it is to", () => {
    const { draft, unknown } = decoded(kind, pod({ colour: "red" }), { unknownFields: "drop" });
    expect(draft).toEqual(pod());
    expect(unknown).toHaveLength(1);
  });

  test("returns the very same object where nothing had to change", () => {
    const value = pod();
    expect(decoded(kind, value).draft).toBe(value);
  });

  test("keeps parameters as they are: nulls, empty lists, any depth that is bounded", () => {
    const container = kinds.find("Container");
    const parameters = { nothing: null, none: [], empty: {}, nested: [[{ a: null }]] };
    const value = { kind: "Container", metadata: { name: "c" }, spec: { module: "m", parameters } };
    expect((accepted(container, value) as Draft).spec).toEqual({ module: "m", parameters });
    let deep: unknown = 1;
    for (let i = 0; i < 10_000; i++) deep = [deep];
    const error = refusal(() =>
      decoded(container, { ...value, spec: { module: "m", parameters: { deep } } }),
    );
    expect(error.message).toMatch(/nested deeper than 100 levels/);
  });

  test("a circle is deeper than anything", () => {
    const labels: Record<string, unknown> = {};
    const parameters = { labels };
    labels.self = parameters;
    const value = { kind: "Container", metadata: { name: "c" }, spec: { module: "m", parameters } };
    expect(refusal(() => decoded(kinds.find("Container"), value)).message).toMatch(/nested deeper/);
  });

  test.each([
    '{"metadata":{"name":"p","labels":{"__proto__":"x"}}}',
    '{"metadata":{"name":"p"},"__proto__":{"spec":{}}}',
    '{"metadata":{"name":"p"},"spec":{"__proto__":{"polluted":true}}}',
    '{"metadata":{"name":"p"},"spec":{"containers":[{"__proto__":{"image":"x"}}]}}',
  ])("%s reaches no prototype", text => {
    expect(refusal(() => decoded(kind, JSON.parse(text))).reason).toBe("BadRequest");
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test("constructor and the like are fields that are not known, and keys like any other", () => {
    const unknown = refusal(() => decoded(kind, pod({ constructor: {}, toString: 1 })));
    expect(unknown.details.causes).toHaveLength(2);
    const labels = { constructor: "a", valueOf: "b" };
    expect(accepted(kind, pod({}, { labels })).metadata.labels).toEqual(labels);
  });
});

describe("completing", () => {
  test("changes nothing the second time", () => {
    for (const each of [pod(), pod({ hostNetwork: true, volumes: [{ name: "v" }] })]) {
      const once = completed(kind, each as Draft);
      expect(completed(kind, once)).toBe(once);
    }
  });

  test("gives all pods of one stored template the same spec", () => {
    const set = frozen(
      accepted(kinds.find("rs"), {
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        metadata: { name: "web" },
        spec: {
          selector: { matchLabels: { app: "web" } },
          template: { metadata: { labels: { app: "web" } }, spec: { containers: [app] } },
        },
      }),
    ) as Draft<ReplicaSet>;
    const make = (name: string) =>
      completed(kind, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name },
        spec: set.spec.template.spec,
      } as Draft);
    expect(make("web-a").spec).toBe(make("web-b").spec);
    expect((make("web-a").spec as Pod["spec"]).enableServiceLinks).toBe(true);
    expect(set.spec.template.spec.enableServiceLinks).toBeUndefined();
  });

  test("puts what does not say where into the namespace default, and leaves what it was given alone", () => {
    const draft = frozen({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers: [app] },
    });
    expect(completed(kind, draft as Draft).metadata.namespace).toBe("default");
    expect(draft.metadata).toEqual({ name: "p" });
  });
});

describe("checking", () => {
  test("one cause, and several", () => {
    expect(refusal(() => accepted(kind, pod({ containers: [{ name: "app" }] }))).message).toBe(
      'Pod "p" is invalid: spec.containers[0].image: Required value',
    );
    expect(refusal(() => accepted(kind, pod({ restartPolicy: "Allways", hostname: "A" }))).message).toMatch(
      /^Pod "p" is invalid: \[spec.restartPolicy: Unsupported value: "Allways": supported values: "Always", "OnFailure", "Never" \(did you mean "Always"\?\), spec.hostname: Invalid value: "A": /,
    );
  });

  test("a pod may be bound to a node, once; its image may change, its command may not", () => {
    const old = frozen(accepted(kind, pod())) as unknown as Pod;
    const spec = old.spec;
    const faults = (change: object) => faultsIn(kind, { ...old, spec: { ...spec, ...change } } as Draft, old);
    expect(faults({ nodeName: "node-0" })).toEqual([]);
    expect(faults({ containers: [{ ...spec.containers[0], image: "calculator:v2" }] })).toEqual([]);
    expect(faults({ containers: [{ ...spec.containers[0], command: ["other"] }] })).toMatchObject([
      { field: "spec", message: expect.stringMatching(/; changed: spec.containers$/) },
    ]);
    const bound = { ...old, spec: { ...spec, nodeName: "node-0" } };
    expect(
      faultsIn(kind, { ...old, spec: { ...spec, nodeName: "node-1" } } as Draft, bound as never),
    ).toHaveLength(1);
  });

  test.each([
    [{ module: "" }, "spec.module"],
    [{ module: "../../etc/passwd" }, "spec.module"],
    [{ module: "m", livenessProbe: { eventLoop: {}, request: 1 } }, "spec.livenessProbe.request"],
    [
      { module: "m", livenessProbe: { eventLoop: {}, periodSeconds: -1 } },
      "spec.livenessProbe.periodSeconds",
    ],
    [{ module: "m", function: "a b" }, "spec.function"],
    [
      { module: "m", livenessProbe: { exec: { command: ["event-lop"] } } },
      "spec.livenessProbe.exec.command[0]",
    ],
    [
      { module: "m", livenessProbe: { exec: { command: ["request", "{"] } } },
      "spec.livenessProbe.exec.command",
    ],
    [{ module: "m", env: [{ name: "A=B" }] }, "spec.env[0].name"],
    [{ module: "m", terminationGracePeriodSeconds: 1, restartPolicy: "Sometimes" }, "spec.restartPolicy"],
    [{ module: "m", resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } }, "spec.resources.requests"],
    [{}, "spec.module"],
  ])("a Container with %j is told so at %s", (spec, field) => {
    const value = { apiVersion: "k4s.dev/v1", kind: "Container", metadata: { name: "c" }, spec };
    const { details } = refusal(() => accepted(kinds.find("Container"), value));
    expect(details.causes?.map(cause => cause.field)).toEqual([field]);
  });

  test("a Container stays as it was declared: its pod has the defaults", () => {
    const spec = {
      module: "calculator:v1",
      parameters: { precision: 2 },
      ports: [{ containerPort: 80 }],
      livenessProbe: { eventLoop: {} },
      readinessProbe: { request: { ping: null }, periodSeconds: 1 },
    };
    const value = {
      apiVersion: "k4s.dev/v1",
      kind: "Container",
      metadata: { name: "c", namespace: "a" },
      spec,
    };
    expect(accepted(kinds.find("Container"), value)).toBe(value);
  });

  test("a Service that selects by name needs no ports", () => {
    const value = (selector: object) => ({
      kind: "Service",
      metadata: { name: "calculator" },
      spec: { selector },
    });
    const service = kinds.find("svc");
    expect(accepted(service, value({ "k4s.dev/name": "calc-*" })).spec).toMatchObject({ type: "ClusterIP" });
    expect(refusal(() => accepted(service, value({ app: "calc" }))).message).toBe(
      'Service "calculator" is invalid: spec.ports: Required value',
    );
  });

  test.each(builtInKinds.map(each => [each.name, each] as const))(
    "of %s, each field may stand alone",
    (_, each) => {
      for (const part of alone(each.versions[0].schema, value => value)) {
        const fault = thrownBy(() => accepted(each, part, undefined, { unknownFields: "drop" }));
        if (fault !== undefined && !(fault instanceof ApiError))
          throw new Error(`stumbles over ${JSON.stringify(part)}`, { cause: fault });
      }
    },
  );

  test("never fails with anything but an ApiError, whatever is missing or wrong", () => {
    const json = fc.jsonValue({ maxDepth: 4 });
    const known = fc.constantFrom(...builtInKinds.map(({ name }) => name));
    // Objects that look right at first: fields that are known, values that are not.
    const likely = known.chain(name => {
      const schema = kinds.find(name).versions[0].schema;
      return fc.tuple(fc.constant(name), likelyValue(schema, 6));
    });
    fc.assert(
      fc.property(fc.oneof(fc.tuple(known, json), likely), ([name, value]) => {
        try {
          accepted(kinds.find(name), value, undefined, { unknownFields: "drop" });
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** For each field of a schema, an object that has that field alone: whatever stands beside it is missing. */
function* alone(
  schema: Schema,
  around: (value: unknown) => unknown,
  outer: readonly Schema[] = [],
): Generator<unknown> {
  // Some describe themselves: the schema of a custom kind.
  if (outer.includes(schema)) return;
  const within = [...outer, schema];
  if (schema.type === "object" && schema.properties) {
    yield around({});
    for (const [name, inner] of Object.entries(schema.properties))
      yield* alone(inner, value => around({ [name]: value }), within);
  } else if (schema.type === "object" || schema.type === "array") {
    const { items, additionalProperties } = schema;
    const [inner, wrapped] = items ? [items, list] : [additionalProperties ?? {}, entry];
    yield around(wrapped());
    yield* alone(inner, value => around(wrapped(value)), within);
  } else yield around(plainValue(schema));
}

const list = (...values: unknown[]) => values;
const entry = (...values: unknown[]) => Object.fromEntries(values.map(value => ["x", value]));

function plainValue({ type, enum: [first] = [] }: Schema): unknown {
  if (type === "integer" || type === "number") return 1;
  return type === "boolean" ? true : (first ?? "1");
}

/** A value that a schema takes, more or less: any of its fields may be missing or of a wrong kind. */
function likelyValue(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const text = fc.constantFrom(
    "",
    "a",
    "A_b",
    "10.0.0.1",
    "1Gi",
    "-1",
    "x".repeat(300),
    ...(schema.enum ?? []),
  );
  if (depth === 0) return fc.constant(undefined);
  switch (schema.type) {
    case "string":
      return schema.format ? fc.constant("2026-01-02T03:04:05.000000Z") : text;
    case "integer":
      return fc.constantFrom(-1, 0, 1, 80, 70_000, 2 ** 31 - 1);
    case "boolean":
      return fc.boolean();
    case "array":
      return fc.array(likelyValue(schema.items ?? {}, depth - 1), { maxLength: 2 });
    case "object": {
      const { properties, additionalProperties = {} } = schema;
      if (!properties)
        return fc.dictionary(text, likelyValue(additionalProperties, depth - 1), { maxKeys: 2 });
      const names = Object.keys(properties);
      return fc
        .subarray(names, { maxLength: Math.min(names.length, 8) })
        .chain(chosen =>
          fc.record(
            Object.fromEntries(chosen.map(name => [name, likelyValue(properties[name] ?? {}, depth - 1)])),
          ),
        );
    }
    default:
      return fc.constantFrom("1", 1, "1Gi");
  }
}

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.freeze(value);
    for (const inner of Object.values(value)) frozen(inner);
  }
  return value;
}

describe("valid objects are accepted", () => {
  test.each(Object.keys(definition("Volume").properties ?? {}).filter(source => source !== "name"))(
    "a volume with %s",
    source => {
      // What Kubernetes requires though its schema does not.
      const more: Record<string, object> = {
        configMap: { name: "x" },
        ephemeral: {
          volumeClaimTemplate: {
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          },
        },
        fc: { wwids: ["x"] },
        flocker: { datasetName: "x" },
        image: { reference: "x" },
        iscsi: { targetPortal: "x", iqn: "eui.0123456789abcdef", lun: 0 },
        nfs: { server: "x", path: "/x" },
        scaleIO: { gateway: "x", system: "x", volumeName: "x", secretRef: { name: "x" } },
        secret: { secretName: "x" },
        storageos: { volumeName: "x" },
      };
      const volume = {
        name: "v",
        [source]: more[source] ?? complete(definition("Volume").properties?.[source]),
      };
      expect(allFaults(kind, pod({ volumes: [volume] }))).toEqual([]);
    },
  );

  test.each(
    builtInKinds
      .filter(({ subresources }) => subresources.some(each => each.name === "status"))
      .map(each => [each.kind, each] as const),
  )("a new %s with an empty status, or with one of its own", (name, each) => {
    const spec = complete(each.versions[0].schema.properties?.spec);
    const selector = { matchLabels: { a: "b" } };
    const template = { metadata: { labels: { a: "b" } }, spec: { containers: [app] } };
    const whole = {
      kind: name,
      metadata: { name: "a" },
      spec: {
        ...(spec as object),
        ...(["ReplicaSet", "Deployment", "DaemonSet", "StatefulSet"].includes(name) && {
          selector,
          template,
        }),
        ...(name === "Job" && { template: { spec: { containers: [app], restartPolicy: "Never" } } }),
        ...(name === "CronJob" && {
          schedule: "@daily",
          jobTemplate: { spec: { template: { spec: { containers: [app], restartPolicy: "Never" } } } },
        }),
        ...(name === "Service" && { ports: [{ port: 1 }] }),
        ...(name === "ValidatingAdmissionPolicy" && {
          matchConstraints: { resourceRules: [{ resources: ["pods"] }] },
          validations: [{ expression: "true" }],
        }),
        ...(name === "CustomResourceDefinition" && {
          group: "x.y",
          names: { plural: "a", kind: "A" },
          versions: [
            { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } },
          ],
        }),
      },
      ...(name === "CustomResourceDefinition" && { metadata: { name: "a.x.y" } }),
    };
    const without = allFaults(each, whole);
    // Whatever else the least value lacks: of the status nothing is told.
    expect(without.filter(({ field }) => field.startsWith("status"))).toEqual([]);
    expect(allFaults(each, { ...whole, status: {} })).toEqual(without);
    const { conditions } = each.versions[0].schema.properties?.status?.properties ?? {};
    if (conditions) expect(allFaults(each, { ...whole, status: { conditions: [{}] } })).toEqual(without);
  });

  /** The least value of a schema: what it requires, and nothing else. */
  function complete(schema: Schema | undefined): unknown {
    switch (schema?.type) {
      case "object":
        return Object.fromEntries(
          (schema.required ?? []).map(name => [name, complete(schema.properties?.[name])]),
        );
      case "array":
        return [complete(schema.items)];
      case "integer":
        return 1;
      case "boolean":
        return true;
      case "string":
        return schema.enum?.[0] ?? (schema.format === "byte" ? "eA==" : "x");
      default:
        return 1;
    }
  }
});

describe("everything that is wrong is told at once", () => {
  const set = (spec: object) => ({ kind: "ReplicaSet", metadata: { name: "a" }, spec });
  const template = { metadata: { labels: { a: "b" } }, spec: { containers: [app] } };
  test.each<[string, object, string[]]>([
    [
      "a wrong type, an unknown field and a broken rule",
      set({
        replicas: -1,
        minReadySeconds: "x",
        slector: {},
        selector: { matchLabels: { a: "b" } },
        template,
      }),
      ["spec.minReadySeconds", "spec.slector", "spec.replicas"],
    ],
    [
      "what is missing under its own name is not told again",
      set({ slector: { matchLabels: { a: "b" } }, template }),
      ["spec.slector"],
    ],
    [
      "nor what is missing because it could not be read",
      set({
        selector: 5,
        template: { ...template, spec: { containers: [null, "x", { name: "a", image: 5 }] } },
      }),
      [
        "spec.selector",
        "spec.template.spec.containers[0]",
        "spec.template.spec.containers[1]",
        "spec.template.spec.containers[2].image",
      ],
    ],
    [
      "metadata with the rest",
      { kind: "ReplicaSet", metadata: { name: "A", label: {}, annotations: 5 }, spec: { replica: 1 } },
      [
        "metadata.label",
        "metadata.annotations",
        "spec.replica",
        "metadata.name",
        "spec.selector",
        "spec.template.metadata.labels",
        "spec.template.spec.containers",
      ],
    ],
  ])("%s", (_, object, fields) => {
    expect(allFaults(kinds.find("ReplicaSet"), object).map(({ field }) => field)).toEqual(fields);
  });
});

test("a status that leaves out what its schema requires is taken, as Kubernetes takes it", () => {
  const set = {
    kind: "ReplicaSet",
    metadata: { name: "a", namespace: "default" },
    spec: {
      selector: { matchLabels: { a: "b" } },
      template: { metadata: { labels: { a: "b" } }, spec: { containers: [app] } },
    },
  };
  const replicaset = kinds.find("ReplicaSet");
  const old = accepted(replicaset, set) as never;
  expect(allFaults(replicaset, { ...set, status: { conditions: [{ type: "X" }] } }, old)).toEqual([]);
  expect(allFaults(replicaset, { ...set, status: { replicas: "x" } }, old)).toHaveLength(1);
});
