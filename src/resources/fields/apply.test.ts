/** Managers at work: a series of applies and updates of one object, as the API makes them, and who manages what afterwards. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { completed, decoded } from "../accept.ts";
import { describeKind, type KindDefinition } from "../definition/index.ts";
import type { JsonMap } from "../json.ts";
import { KindRegistry } from "../kind-registry.ts";
import type { Draft, KubernetesObject } from "../object.ts";
import { definition } from "../schema/index.ts";
import { applied } from "./apply.ts";
import type { ManagedFieldsEntry } from "./managers.ts";
import { testObjects, testSchema } from "./test-schema.ts";
import { updatedFields } from "./update.ts";

const kinds = new KindRegistry();

interface Options {
  readonly force?: boolean;
  readonly subresource?: string;
  readonly minute?: number;
}

/** One object of a kind, and those who write it. */
class Written {
  readonly #kind: KindDefinition;
  readonly #apiVersion: string;
  live: KubernetesObject | undefined;

  constructor(apiVersion: string, kind: string, source = kinds) {
    this.#kind = source.inVersion({ apiVersion, kind }).kind;
    this.#apiVersion = apiVersion;
  }

  #write(manager: string, { subresource, minute = 0 }: Options) {
    const version =
      this.#kind.versions.find(each => each.apiVersion === this.#apiVersion) ?? this.#kind.versions[0];
    const now = `2026-01-01T00:${String(minute).padStart(2, "0")}:00Z`;
    return { kind: this.#kind, version, manager, subresource, now };
  }

  apply(manager: string, config: JsonMap, options: Options = {}): this {
    const { apiVersion, kind } = { apiVersion: this.#apiVersion, kind: this.#kind.kind };
    const whole = { apiVersion, kind, metadata: { name: "it" }, ...config };
    this.#keep(applied({ ...this.#write(manager, options), force: options.force }, this.live, whole));
    return this;
  }

  update(manager: string, change: (live: JsonMap) => JsonMap, options: Options = {}): this {
    const before = (this.live ?? {
      apiVersion: this.#apiVersion,
      kind: this.#kind.kind,
      metadata: { name: "it" },
    }) as JsonMap & KubernetesObject;
    const { draft } = decoded(this.#kind, change(before));
    const next = completed(this.#kind, draft, this.live);
    const managedFields = updatedFields(
      this.#write(manager, options),
      this.live,
      next,
      next.metadata.managedFields,
    );
    this.live = { ...next, metadata: { ...next.metadata, uid: "1", managedFields } } as KubernetesObject;
    return this;
  }

  #keep(draft: Draft): void {
    const next = completed(this.#kind, decoded(this.#kind, draft).draft, this.live);
    this.live = { ...next, metadata: { ...next.metadata, uid: "1" } } as KubernetesObject;
  }

  get entries(): readonly ManagedFieldsEntry[] {
    return (this.live?.metadata.managedFields ?? []) as readonly ManagedFieldsEntry[];
  }

  /** `alice Apply: {"f:data":…}`, a line for each. */
  get managers(): string[] {
    return this.entries.map(
      ({ manager, operation, subresource, fieldsV1 }) =>
        `${manager} ${operation}${subresource ? `/${subresource}` : ""}: ${JSON.stringify(fieldsV1)}`,
    );
  }
}

const configMap = () => new Written("v1", "ConfigMap");
const data = (values: Readonly<Record<string, string>>) => ({ data: values });
const dataOf = ({ live }: Written) => (live as unknown as { data?: unknown } | undefined)?.data;

describe("apply", () => {
  test("owns what it says, and not its defaults", () => {
    const written = new Written("v1", "Pod").apply("alice", {
      spec: { containers: [{ name: "app", image: "x" }] },
    });
    expect(written.managers).toEqual([
      'alice Apply: {"f:spec":{"f:containers":{"k:{\\"name\\":\\"app\\"}":{".":{},"f:image":{},"f:name":{}}}}}',
    ]);
  });

  test("takes away what it said last and no longer says", () => {
    const written = configMap()
      .apply("alice", data({ a: "1", b: "2" }))
      .apply("alice", data({ a: "1" }));
    expect(dataOf(written)).toEqual({ a: "1" });
    expect(written.managers).toEqual(['alice Apply: {"f:data":{"f:a":{}}}']);
  });

  test("leaves what another manager owns too", () => {
    const other = configMap()
      .apply("alice", data({ a: "1", b: "2" }))
      .apply("bob", data({ a: "1" }));
    other.apply("alice", data({ b: "2" }));
    expect(dataOf(other)).toEqual({ a: "1", b: "2" });
    const updated = configMap()
      .apply("alice", data({ a: "1" }))
      .update("ed", live => ({ ...live, ...data({ a: "2" }) }));
    updated.apply("alice", {});
    expect(dataOf(updated)).toEqual({ a: "2" });
  });

  test("takes an object with all in it when it no longer names it, but for what others have there", () => {
    const security = { runAsUser: 1, runAsNonRoot: true };
    const spec = { containers: [{ name: "app", image: "x" }] };
    const written = new Written("v1", "Pod").apply("alice", { spec: { ...spec, securityContext: security } });
    written.apply("bob", { spec: { securityContext: { runAsUser: 1 } } }).apply("alice", { spec });
    expect(written.live?.spec).toMatchObject({ securityContext: { runAsUser: 1 } });
  });

  test("conflicts with who has another value there, in a line", () => {
    const written = configMap().update("ed", live => ({ ...live, ...data({ a: "1" }) }));
    expect(() => written.apply("bob", data({ a: "x" }))).toThrow(
      expect.objectContaining({
        reason: "Conflict",
        message: 'Apply failed with 1 conflict: conflict with "ed" using v1: .data.a',
        details: {
          causes: [
            { reason: "FieldManagerConflict", message: 'conflict with "ed" using v1', field: ".data.a" },
          ],
        },
      }),
    );
  });

  test("several conflicts are a list by manager", () => {
    const written = configMap()
      .apply("alice", data({ a: "1", b: "2" }))
      .apply("carl", data({ c: "3", a: "1" }));
    expect(() => written.apply("bob", data({ a: "x", b: "x", c: "x" }))).toThrow(
      [
        'Apply failed with 4 conflicts: conflicts with "alice":',
        "- .data.a",
        "- .data.b",
        'conflicts with "carl":',
        "- .data.a",
        "- .data.c",
      ].join("\n"),
    );
  });

  test("by force takes over", () => {
    const written = configMap()
      .apply("alice", data({ a: "1", b: "2" }))
      .apply("bob", data({ a: "x" }), { force: true });
    expect(dataOf(written)).toEqual({ a: "x", b: "2" });
    expect(written.managers).toEqual([
      'alice Apply: {"f:data":{"f:b":{}}}',
      'bob Apply: {"f:data":{"f:a":{}}}',
    ]);
  });

  test("the same value is shared without a conflict, and has no time", () => {
    const written = configMap()
      .apply("alice", data({ a: "1" }))
      .apply("bob", data({ a: "1" }));
    expect(written.entries.map(({ manager, time }) => [manager, time])).toEqual([
      ["bob", undefined],
      ["alice", "2026-01-01T00:00:00Z"],
    ]);
  });

  test("applied again is as before, time and all", () => {
    const written = configMap().apply("alice", data({ a: "1" }));
    const before = written.live;
    expect(written.apply("alice", data({ a: "1" }), { minute: 5 }).live).toEqual(before);
  });

  test("of fields that had no manager, before-first-apply owns all", () => {
    const written = configMap();
    written.live = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "it", uid: "1", resourceVersion: "1" },
      data: { a: "1" },
    } as never;
    expect(() => written.apply("alice", data({ a: "2" }))).toThrow(
      'conflict with "before-first-apply" using v1: .data.a',
    );
    expect(written.apply("alice", data({ b: "2" })).managers).toEqual([
      'alice Apply: {"f:data":{"f:b":{}}}',
      'before-first-apply Update: {"f:data":{".":{},"f:a":{}}}',
    ]);
  });

  test("in another version than the other managers", () => {
    const target = { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } };
    const written = new Written("autoscaling/v2", "HorizontalPodAutoscaler").apply("alice", {
      spec: { ...target, maxReplicas: 3 },
    });
    const older = new Written("autoscaling/v1", "HorizontalPodAutoscaler");
    older.live = written.live;
    expect(() => older.apply("bob", { spec: { ...target, maxReplicas: 5 } })).toThrow(
      'conflict with "alice": .spec.maxReplicas',
    );
    older.apply("alice", {
      spec: target.scaleTargetRef ? { ...target, maxReplicas: 3, minReplicas: 2 } : {},
    });
    expect(older.entries.map(({ apiVersion }) => apiVersion)).toEqual(["autoscaling/v1"]);
  });

  const refusals: readonly [why: string, config: JsonMap, reason: string, message: string][] = [
    [
      "another kind",
      { kind: "Secret" },
      "BadRequest",
      'invalid object type: /v1, Kind=Secret (did you mean "apiVersion: v1, kind: ConfigMap"?)',
    ],
    [
      "no kind",
      { kind: "", apiVersion: "" },
      "BadRequest",
      'invalid object type: /, Kind= (did you mean "apiVersion: v1, kind: ConfigMap"?)',
    ],
    [
      "managed fields",
      { metadata: { name: "it", managedFields: [] } },
      "BadRequest",
      "metadata.managedFields must be nil",
    ],
    [
      "an unknown field",
      { dataa: {} },
      "InternalError",
      "failed to create typed patch object (/it; /v1, Kind=ConfigMap): .dataa: field not declared in schema",
    ],
    [
      "a wrong type",
      { data: { a: 5 } },
      "InternalError",
      "failed to create typed patch object (/it; /v1, Kind=ConfigMap): .data.a: expected string, got &value.valueUnstructured{Value:5}",
    ],
  ];
  test.each(refusals)("%s is refused", (_, config, reason, message) => {
    expect(() => configMap().apply("alice", config)).toThrow(expect.objectContaining({ reason, message }));
  });
});

describe("the manager kubectl", () => {
  const annotation = "kubectl.kubernetes.io/last-applied-configuration";
  const lastApplied = (values: object) =>
    JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "it" }, data: values });
  const clientSide = (values: Readonly<Record<string, string>>) =>
    configMap().update("kubectl-client-side-apply", live => ({
      ...live,
      metadata: { name: "it", annotations: { [annotation]: lastApplied(values) } },
      data: values,
    }));

  test("takes over what client-side apply applied and is still so, and keeps its annotation", () => {
    const written = clientSide({ a: "1" }).apply("kubectl", data({ a: "2" }));
    expect(written.live?.metadata.annotations?.[annotation]).toBe(
      '{"apiVersion":"v1","data":{"a":"2"},"kind":"ConfigMap","metadata":{"name":"it"}}\n',
    );
    expect(() => clientSide({ a: "1" }).apply("alice", data({ a: "2" }))).toThrow(
      "kubectl-client-side-apply",
    );
  });

  test("conflicts about what was changed since", () => {
    const written = clientSide({ a: "1" }).update("ed", live => ({ ...live, ...data({ a: "x" }) }));
    expect(() => written.apply("kubectl", data({ a: "2" }))).toThrow('conflict with "ed" using v1: .data.a');
  });
});

describe("updates", () => {
  test("own what they add and change, and take it from the others", () => {
    const written = configMap().apply("alice", data({ a: "1", b: "2" }));
    written.update("ed", live => ({ ...live, ...data({ a: "x", b: "2", c: "3" }) }), { minute: 1 });
    expect(written.managers).toEqual([
      'alice Apply: {"f:data":{"f:b":{}}}',
      'ed Update: {"f:data":{"f:a":{},"f:c":{}}}',
    ]);
    written.update("ed", live => ({ ...live, ...data({ c: "3" }) }), { minute: 2 });
    expect(written.managers).toEqual(['ed Update: {"f:data":{"f:c":{}}}']);
  });

  test("move their time only when they change something", () => {
    const written = configMap().update("ed", live => ({ ...live, ...data({ a: "1" }) }));
    written.update("ed", live => ({ ...live }), { minute: 1 });
    expect(written.entries[0]?.time).toBe("2026-01-01T00:00:00Z");
    written.update("ed", live => ({ ...live, ...data({ a: "2" }) }), { minute: 2 });
    expect(written.entries[0]?.time).toBe("2026-01-01T00:02:00Z");
  });

  test("who creates owns the defaults, and not what is there anyway", () => {
    const written = new Written("apps/v1", "ReplicaSet").update("ed", live => ({
      ...live,
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "app", image: "x" }] } },
      },
    }));
    const [entry] = written.entries;
    expect(Object.keys(entry?.fieldsV1?.["f:spec"] ?? {})).toEqual([
      "f:replicas",
      "f:selector",
      "f:template",
    ]);
    expect(Object.keys(entry?.fieldsV1?.["f:spec"]?.["f:template"] ?? {})).toEqual(["f:metadata", "f:spec"]);
  });

  test("of the status do not own the spec", () => {
    const status = { phase: "Running" };
    const pod = new Written("v1", "Pod").update("ed", live => ({
      ...live,
      spec: { containers: [{ name: "app", image: "x" }] },
      status,
    }));
    expect(Object.keys(pod.entries[0]?.fieldsV1 ?? {})).toEqual(["f:spec"]);
    pod.update("kubelet", live => ({ ...live, status: { phase: "Failed" } }), { subresource: "status" });
    expect(pod.managers[1]).toBe('kubelet Update/status: {"f:status":{"f:phase":{}}}');
  });

  test.each([[[]], [[{}]]])(
    "managed fields %j forget everybody, and nobody is remembered from then on",
    asked => {
      const written = configMap().update("ed", live => ({ ...live, ...data({ a: "1" }) }));
      const next = { ...written.live } as Draft;
      const { kind, version } = kinds.inVersion({ apiVersion: "v1", kind: "ConfigMap" });
      const write = { kind, version, manager: "ed", now: "2026-01-01T00:00:00Z" };
      expect(updatedFields(write, written.live, next, asked)).toBeUndefined();
      const without = {
        ...next,
        metadata: { ...next.metadata, managedFields: undefined },
      } as KubernetesObject;
      expect(updatedFields(write, without, { ...without, ...data({ b: "1" }) } as Draft)).toBeUndefined();
    },
  );

  test("managed fields that make no sense are as good as none, those that do are taken", () => {
    const written = configMap().update("ed", live => ({ ...live, ...data({ a: "1" }) }));
    const { kind, version } = kinds.inVersion({ apiVersion: "v1", kind: "ConfigMap" });
    const write = { kind, version, manager: "ed", now: "2026-01-01T00:00:00Z" };
    const before = written.live?.metadata.managedFields;
    const asking = (asked: readonly unknown[]) =>
      updatedFields(write, written.live, { ...written.live } as Draft, asked);
    expect(asking([{ manager: "x", operation: "Steal", apiVersion: "v1", fieldsType: "FieldsV1" }])).toEqual(
      before,
    );
    const other = {
      manager: "x",
      operation: "Update",
      apiVersion: "v1",
      fieldsType: "FieldsV1",
      fieldsV1: { "f:data": {} },
    };
    expect(asking([other])).toEqual([other]);
  });

  test("more than ten managers by update become one, the oldest first", () => {
    const written = configMap();
    for (let i = 0; i < 12; i++) {
      const change = (live: JsonMap) => ({ ...live, data: { ...(live.data as JsonMap), [`k${i}`]: "1" } });
      written.update(`m${String(i).padStart(2, "0")}`, change, { minute: i });
    }
    expect(written.entries.map(({ manager }) => manager)).toEqual([
      "ancient-changes",
      "m03",
      "m04",
      "m05",
      "m06",
      "m07",
      "m08",
      "m09",
      "m10",
      "m11",
    ]);
    expect(Object.keys(written.entries[0]?.fieldsV1?.["f:data"] ?? {})).toEqual([
      ".",
      "f:k0",
      "f:k1",
      "f:k2",
    ]);
  });

  test("thousands of objects share their sets", () => {
    const one = configMap().update("ed", live => ({ ...live, ...data({ a: "1" }) }));
    const other = configMap().update("ed", live => ({ ...live, ...data({ a: "2" }) }));
    expect(one.entries[0]?.fieldsV1).toBe(other.entries[0]?.fieldsV1);
  });
});

describe("laws of apply", () => {
  const custom = new KindRegistry([
    describeKind({
      group: "test.example.com",
      version: "v1",
      kind: "Thing",
      plural: "things",
      scope: "Namespaced",
      schema: {
        type: "object",
        properties: {
          apiVersion: { type: "string" },
          kind: { type: "string" },
          metadata: definition("ObjectMeta"),
          spec: testSchema,
        },
      },
    }),
  ]);
  const thing = () => new Written("test.example.com/v1", "Thing", custom);

  test("applied again changes nothing; what is no longer said is gone", () => {
    fc.assert(
      fc.property(testObjects, testObjects, (one, other) => {
        const written = thing().apply("alice", { spec: one });
        const first = written.live;
        expect(written.apply("alice", { spec: one }, { minute: 1 }).live).toEqual(first);
        const fresh = thing().apply("alice", { spec: other });
        written.apply("alice", { spec: other }, { minute: 2 });
        expect(written.managers).toEqual(fresh.managers);
      }),
      { numRuns: 50 },
    );
  });

  test("two who say the same never conflict, and the last to leave takes it along", () => {
    fc.assert(
      fc.property(testObjects, spec => {
        const written = thing().apply("alice", { spec });
        const both = written.live?.spec;
        written.apply("bob", { spec }).apply("alice", {});
        expect(written.live?.spec).toEqual(both);
      }),
      { numRuns: 50 },
    );
  });
});
