/**
 * Manifests, patches and options that are made in a hurry, or with bad intent: each is refused with its
 * place and what would be right, nothing of it is applied, and nothing else is harmed.
 */
import { ApiError, Cluster } from "k4s";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let cluster: Cluster;
beforeAll(async () => {
  cluster = new Cluster({ runtime: "hollow" });
  await cluster.start();
});
afterAll(() => cluster.stop());

/** The error of a manifest that must not be applied. */
async function refusal(manifest: unknown): Promise<ApiError> {
  const before = await cluster.list("Container");
  const error = await cluster.apply(manifest as string, { file: "f.yaml" }).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ApiError);
  expect((await cluster.list("Container")).length).toBe(before.length);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  return error as ApiError;
}

const container = (spec: string, metadata = "name: a") =>
  `kind: Container\nmetadata: { ${metadata} }\nspec: { ${spec} }`;

describe("a manifest", () => {
  it.each([
    [
      "a misspelt kind",
      "kind: Contaner\nmetadata: { name: a }",
      /f\.yaml:1:7 kind: .* \(did you mean "Container"\?\)/,
    ],
    [
      "a misspelt field",
      container("modul: x"),
      /f\.yaml:3:9 spec\.modul: unknown field .*did you mean "module"\?/,
    ],
    [
      "a word that YAML takes for true",
      container("module: y"),
      /f\.yaml:3:17 spec\.module: expected text, got true: put it in quotes, "y"/,
    ],
    [
      "a number where text belongs",
      container("module: x", "name: a, labels: { v: 1.0 }"),
      /labels\[v\]: expected text, got 1: put it in quotes, "1\.0"/,
    ],
    [
      "-1 replicas",
      "kind: ReplicaSet\nmetadata: { name: a }\nspec: { container: b, replicas: -1 }",
      /f\.yaml:3:33 spec\.replicas: .*greater than or equal to 0/,
    ],
    [
      "a namespace that is not there",
      container("module: x", "name: a, namespace: nowhere"),
      /f\.yaml:2:33 metadata\.namespace: namespaces "nowhere" not found/,
    ],
    [
      "the same object twice",
      `${container("module: x")}\n---\n${container("module: z")}`,
      /f\.yaml:6:19 metadata\.name: Duplicate value/,
    ],
    [
      "two probes at once",
      container("module: x, livenessProbe: { eventLoop: {}, tcpSocket: { port: 80 } }"),
      /has a problem:\n.*more than 1 handler/,
    ],
    ["a tab", "kind: Container\n\tmetadata: x", /f\.yaml:2:1 tab/],
    ["a key twice", "kind: Pod\nkind: Pod", /f\.yaml:2:1 the key "kind" is there already/],
    [
      "a way out of the images",
      container("module: ../../etc/passwd"),
      /f\.yaml:3:17 spec\.module: .*without '\.\.'/,
    ],
    [
      "__proto__ in parameters",
      container("module: x, parameters: { __proto__: { polluted: 1 } }"),
      /"__proto__" cannot be a key/,
    ],
    [
      "__proto__ as a label",
      container("module: x", "name: a, labels: { __proto__: x }"),
      /"__proto__" cannot be a key/,
    ],
    ["a function", container("module: !!js/function 'x'"), /the tag !!js\/function is not known/],
    [
      "an alias of itself",
      "kind: Container\nmetadata: { name: a }\nspec: &s { module: x, parameters: { s: *s } }",
      /\*s stands inside &s itself/,
    ],
    ["a list", "- a\n- b", /f\.yaml:1:3 .*\n.*\n.*\nf\.yaml:2:3/],
  ])("with %s is refused with its place", async (_, manifest, message) => {
    expect((await refusal(manifest)).message).toMatch(message);
  });

  it("with many mistakes tells all of them", async () => {
    const { details } = await refusal(
      container("modul: x, functio: f, resources: { limits: { memory: lots } }, livenesProbe: 3"),
    );
    expect(details.causes?.map(({ field }) => field).sort()).toEqual([
      "spec.functio",
      "spec.livenesProbe",
      "spec.modul",
      "spec.resources.limits[memory]",
    ]);
  });

  it("with one bad document applies nothing", async () => {
    await refusal(`${container("module: x", "name: good")}\n---\n${container("modul: x", "name: bad")}`);
    expect(await cluster.get("Container", "good")).toBeUndefined();
  });

  it("cannot grow beyond all bounds", async () => {
    const laughs = Array.from(
      { length: 9 },
      (_, i) =>
        `${String.fromCharCode(98 + i)}: &${String.fromCharCode(98 + i)} [${Array(9)
          .fill(`*${String.fromCharCode(97 + i)}`)
          .join()}]`,
    );
    const bomb = `a: &a [x]\n${laughs.join("\n")}\n`;
    expect((await refusal(bomb)).message).toMatch(/aliases .* stand for more than/);
    expect(
      (await refusal(container(`module: x, parameters: { a: ${"[".repeat(5_000)}${"]".repeat(5_000)} }`)))
        .message,
    ).toMatch(/levels/);
    expect(await refusal(`# ${"x".repeat(4_000_000)}`)).toMatchObject({ reason: "RequestEntityTooLarge" });
    expect(await refusal("---\nkind: Pod\n".repeat(20_000))).toMatchObject({
      reason: "RequestEntityTooLarge",
    });
  });

  it.each([
    [undefined],
    [null],
    [5],
    [() => 1],
    [{}],
    [[{}]],
    [[null]],
    [new Map()],
    [Buffer.from([0xff, 0xfe, 0])],
  ])("that is %o is refused, or declares nothing", async manifest => {
    const objects = await cluster.apply(manifest as never).catch((error: unknown) => error);
    if (Array.isArray(objects)) expect(objects).toEqual([]);
    else expect(objects).toBeInstanceOf(ApiError);
  });

  it.each([
    "*a".repeat(50),
    "+(+(+(a)))",
    "(a+)+b",
    `{${"a,".repeat(2_000)}b}`,
    "{1..100000000}",
    "!(!(!(a*)))*".repeat(10),
  ])("with the glob %s takes no time", async selector => {
    await cluster.apply(container("module: x", `name: ${"a".repeat(200)}`));
    const service = { kind: "Service", metadata: { name: "s" }, spec: { selector } };
    expect(await cluster.apply(service).catch((error: unknown) => error)).toMatchObject({
      reason: "Invalid",
    });
    expect(cluster.metrics.total.failures).toBe(0);
  });

  it("that asks for two thousand million replicas stops nobody", async () => {
    await cluster.apply(
      "kind: ReplicaSet\nmetadata: { name: giant }\nspec: { replicas: 2000000000, template: { module: x } }",
    );
    await cluster.waitFor("Container/giant-0", container => container !== undefined);
    await cluster.delete("ReplicaSet", "giant");
    await cluster.waitFor("ReplicaSet/giant", "deleted");
    await cluster.waitFor("Container/giant-0", "deleted");
  });
});

describe("a patch", () => {
  it.each([
    ["merge", '{"spec":{"parameters":{"__proto__":{"polluted":1}}}}'],
    ["merge", '{"__proto__":{"polluted":1}}'],
    ["merge", '{"metadata":{"labels":{"__proto__":"x"}}}'],
    ["strategic", '{"metadata":{"labels":{"__proto__":"x"}}}'],
    ["json", '[{"op":"add","path":"/__proto__/polluted","value":1}]'],
    ["json", '[{"op":"add","path":"/spec/constructor/prototype/polluted","value":1}]'],
    ["merge", "null"],
    ["merge", '"text"'],
    ["json", "{}"],
    ["merge", '{"metadata":{"name":"other"}}'],
    ["merge", '{"spec":null}'],
  ] as const)("(%s) %s is refused and changes nothing", async (type, text) => {
    await cluster.apply(container("module: x", "name: patched"));
    const before = await cluster.get("Container", "patched");
    const error = await cluster
      .patch("Container", "patched", JSON.parse(text), { type })
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ApiError);
    expect((await cluster.get("Container", "patched"))?.spec).toEqual(before?.spec);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe("a patch makes no other object of the one it is for", () => {
  const other = { name: "b", namespace: "other", uid: "u", apiVersion: "v1", kind: "Service" };
  it.each([
    [
      "kind",
      "Invalid",
      /kind: Invalid value: "Service": a patch cannot change it, the object's is "Container"/,
    ],
    ["apiVersion", "Invalid", /apiVersion: Invalid value: "v1": a patch cannot change it/],
    ["uid", "Invalid", /metadata.uid: Invalid value: "u": field is immutable/],
    ["name", "BadRequest", /the name of the object \(b\) does not match the name on the URL \(kept\)/],
    [
      "namespace",
      "BadRequest",
      /the namespace of the object \(other\) does not match the namespace on the request \(default\)/,
    ],
  ] as const)("%s", async (field, reason, message) => {
    await cluster.apply(container("module: x", "name: kept"));
    const isOnTop = field === "kind" || field === "apiVersion";
    const value = other[field];
    const merge = isOnTop ? { [field]: value } : { metadata: { [field]: value } };
    const path = isOnTop ? `/${field}` : `/metadata/${field}`;
    const expected = expect.objectContaining({ reason, message: expect.stringMatching(message) });
    await expect(cluster.patch("Container", "kept", merge)).rejects.toEqual(expected);
    await expect(
      cluster.patch("Container", "kept", [{ op: "add", path, value }], { type: "json" }),
    ).rejects.toEqual(expected);
    // The same says nothing new; what is null is filled in again.
    await cluster.patch("Container", "kept", { kind: "Container", metadata: { name: "kept" } });
    await cluster.patch("Container", "kept", { kind: null });
  });

  it("and of a kind that is built in, by a strategic one", async () => {
    await cluster.apply("kind: ConfigMap\nmetadata: { name: kept }");
    const patch = cluster.patch("ConfigMap", "kept", { kind: "Secret" }, { type: "strategic" });
    await expect(patch).rejects.toMatchObject({ reason: "Invalid" });
  });
});

it("what is got from a cluster brings no selfLink and no managed fields along", async () => {
  const managedFields = [{ manager: "kubectl", operation: "Update" }];
  const metadata = { name: "copied", selfLink: "/x", managedFields };
  const made = await cluster.create({ apiVersion: "v1", kind: "ConfigMap", metadata } as never);
  expect(made.metadata).not.toHaveProperty("selfLink");
  expect(made.metadata).not.toHaveProperty("managedFields");
});

it("the write that takes the last finalizer away returns the object without it", async () => {
  await cluster.apply('kind: ConfigMap\nmetadata: { name: held, finalizers: ["example.com/hold"] }');
  await cluster.delete("ConfigMap", "held");
  const last = await cluster.patch("ConfigMap", "held", { metadata: { finalizers: null } });
  expect(last.metadata).not.toHaveProperty("finalizers");
  expect(last.metadata.resourceVersion).toBe(String(cluster.revision));
  expect(await cluster.get("ConfigMap", "held")).toBeUndefined();
});

it.each([
  ["pods.apps", "did you mean Pod, which is in v1?"],
  ["apps/v1/Deploymnt", "did you mean Deployment, which is in apps/v1?"],
  ["deploymnts", "did you mean Deployment?"],
])("no kind is called %s", async (name, message) => {
  await expect(cluster.list(name)).rejects.toMatchObject({ message: expect.stringContaining(message) });
});

const widget = {
  kind: "Widget",
  group: "example.com",
  version: "v1",
  plural: "widgets",
  scope: "Namespaced",
};
const controller = { name: "x", kind: "Pod", wokenBy: [], reconcile: async () => ({}) };

describe("the options of a cluster", () => {
  it.each([
    [
      { nodeCapacity: { pods: 1.5 } },
      /nodeCapacity\.pods must be a whole number from 0 to 2147483647, not 1\.5/,
    ],
    [{ nodeCapacity: { pods: "500m" } }, /nodeCapacity\.pods must be a whole number/],
    [{ kinds: [widget, widget] }, /kinds\[1\] has the same group and kind as kinds\[0\]/],
    [
      { kinds: [widget, { ...widget, kind: "Gadget" }] },
      /kinds\[1\] has the same group and plural as kinds\[0\]/,
    ],
    [
      { controllers: [{ ...controller, gon: async () => ({}) }] },
      /no "gon" in controllers\[0\] \(did you mean "gone"\?\)/,
    ],
    [{ controllers: [{ ...controller, concurency: 1 }] }, /no "concurency" .*did you mean "concurrency"/],
    [
      { controllers: [{ ...controller, wokenBy: [{ knd: "Pod", keys: () => [] }] }] },
      /no "knd" in controllers\[0\]\.wokenBy\[0\] \(did you mean "kind"/,
    ],
    [{ admission: { plugins: [{ name: "x", on: [], mutat: () => ({}) }] } }, /did you mean "mutate"/],
    [
      {
        objects: [{ kind: "Pod", metadata: { name: "a", uid: "u", resourceVersion: "1" }, spec: new Map() }],
      },
      /objects\[0\]\.spec is a Map/,
    ],
    [new Map(), /options must be an object, not a Map/],
    [{ imges: "x" }, /no option "imges" \(did you mean "images"\?\)/],
    [{ nodes: -1 }, /nodes must be a whole number/],
    [{ runtime: "docker" }, /thread, process or hollow/],
    [{ images: 5 }, /images must be a folder/],
    [{ resyncMs: 0 }, /resyncMs must be/],
    [{ nodeCapacity: { cpu: "lots" } }, /nodeCapacity\.cpu must be a quantity/],
    [JSON.parse('{"__proto__": 1}'), /no option/],
  ])("%o are refused at once", (options, message) => {
    expect(() => new Cluster(options as never)).toThrow(message);
  });
});

it("options that cannot be read are told as that", () => {
  const options = {
    get nodes(): number {
      throw new Error("boom");
    },
  };
  expect(() => new Cluster(options)).toThrow(/options cannot be read: boom/);
});

describe("calls with nonsense", () => {
  const calls: [string, () => Promise<unknown>][] = [
    ["applyAll([5])", () => cluster.applyAll([5 as never])],
    ["applyAll without a manifest", () => cluster.applyAll([{ file: "x" } as never])],
    ["applyAll with a misspelt file", () => cluster.applyAll([{ manifest: "", fil: "x" } as never])],
    [
      "create with a Map",
      () => cluster.create({ kind: "ConfigMap", metadata: { name: "m" }, data: new Map() } as never),
    ],
    [
      "apply with a Map",
      () => cluster.apply({ kind: "ConfigMap", metadata: { name: "m" }, data: new Map() }),
    ],
    ["a patch with a Date", () => cluster.patch("Container", "patched", { spec: new Date(0) })],
    [
      "list with a getter that throws",
      () =>
        cluster.list("Pod", {
          get namespace(): string {
            throw new Error("boom");
          },
        }),
    ],
    ["at().list of a number", async () => cluster.at(1).list(5 as never)],
    ["at().list with a misspelt option", async () => cluster.at(1).list("Pod", { namespac: "x" } as never)],
    ["at().get without a name", async () => cluster.at(1).get("Pod", "default", undefined as never)],
    ["create(undefined)", () => cluster.create(undefined as never)],
    ["create({})", () => cluster.create({} as never)],
    ["update({ kind })", () => cluster.update({ kind: "Pod" } as never)],
    ["get a kind of Object.prototype", () => cluster.get("constructor", "x")],
    ["list by a broken selector", () => cluster.list("Pod", { labelSelector: "a in (b" })],
    ["list by an unknown field", () => cluster.list("Pod", { fieldSelector: "spec.nothing=1" })],
    ["waitFor without a name", () => cluster.waitFor("Pod", "Ready")],
    ["delete what is not there", () => cluster.delete("Pod", "nobody")],
    ["delete the namespace default", () => cluster.delete("Namespace", "default")],
    ["logs of nobody", async () => await cluster.logs("Pod/nobody")],
  ];
  it.each(calls)("%s: an ApiError that says so", async (_, call) => {
    await expect(call()).rejects.toBeInstanceOf(ApiError);
  });
});
