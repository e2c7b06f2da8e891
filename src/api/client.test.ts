import { beforeEach, describe, expect, test } from "vitest";
import { AdmissionChain, pluginsFor, storeReader } from "../admission/index.ts";
import { ApiError } from "../errors/index.ts";
import { EventRecorder } from "../loop/index.ts";
import { seededRandom, VirtualClock } from "../outside/index.ts";
import { KindRegistry, type Namespace, type Pod, type ReplicaSet } from "../resources/index.ts";
import { controllerWriter, MemoryStore, Registry } from "../store/index.ts";
import { Api } from "./api.ts";
import { Client } from "./client.ts";
import { WorkerCalls } from "./worker-calls.ts";

let store: MemoryStore;
let clock: VirtualClock;
let client: Client;
let calls: WorkerCalls;
let events: EventRecorder;

beforeEach(async () => {
  clock = new VirtualClock();
  const kinds = new KindRegistry();
  store = new MemoryStore({ clock, onFault: fault => expect.fail(String(fault)) });
  const random = seededRandom(1);
  const admission = new AdmissionChain(pluginsFor(), storeReader(store, kinds));
  const registry = new Registry({ store, kinds, admission, clock, random });
  events = new EventRecorder({ registry, clock }, fault => expect.fail(String(fault)));
  const parts = { api: new Api({ registry, clock }), store, kinds, clock, events };
  client = new Client(parts, controllerWriter("user"));
  calls = new WorkerCalls(parts);
  await client.apply("kind: Namespace\nmetadata: { name: default }");
});

const set = (replicas: number, more = "") => `
kind: ReplicaSet
metadata: { name: web }
spec:
  replicas: ${replicas}
  template: { module: echo, function: echo }
${more}`;

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    value => expect.fail(`resolved to ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
}

test("events are those that were told so far, whether written or not", async () => {
  const [web] = await client.apply(set(2));
  const [other] = await client.apply("kind: Namespace\nmetadata: { name: other }");
  events.record(controllerWriter("test"), web as ReplicaSet, "Normal", "Told", "just now");
  events.record(controllerWriter("test"), other as Namespace, "Normal", "Told", "of another");
  expect((await client.events("ReplicaSet/web")).map(({ message }) => message)).toEqual(["just now"]);
  expect(await client.events()).toHaveLength(2);
});

test("events of an object are not those of another kind that is called alike", async () => {
  const [web] = await client.apply(set(2));
  const foreign = { ...web, apiVersion: "serving.example.com/v1" };
  events.record(controllerWriter("test"), foreign as ReplicaSet, "Normal", "Told", "of another kind");
  expect(await client.events("ReplicaSet/web")).toEqual([]);
});

describe("apply", () => {
  test("creates what is not there, and gives back what is stored", async () => {
    const [object] = await client.apply(set(2));
    expect(object).toMatchObject({
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: { namespace: "default" },
    });
    expect(await client.get("ReplicaSet", "web")).toBe(object);
  });

  test("writes nothing the second time", async () => {
    await client.apply(set(2));
    const { revision } = store;
    await client.apply(set(2));
    expect(store.revision).toBe(revision);
  });

  test("takes back what the manifest no longer says, and leaves what others set", async () => {
    await client.apply(set(2, "  minReadySeconds: 5"));
    await client.patch("ReplicaSet", "web", { metadata: { labels: { by: "somebody" } } });
    await client.apply(set(3));
    const web = await client.get("ReplicaSet", "web");
    expect(web?.spec).toMatchObject({ replicas: 3 });
    expect(web?.spec.minReadySeconds).toBeUndefined();
    expect(web?.metadata.labels).toEqual({ by: "somebody" });
  });

  test("applies nothing of a manifest with one bad document, and tells every problem with its place", async () => {
    const { revision } = store;
    const bad = `${set(2)}
---
kind: ReplicaSet
metadata: { name: Web }
spec: { replicas: -1, template: { modul: echo } }`;
    const error = await failure(client.apply(bad, { file: "web.yaml" }));
    expect(error.reason).toBe("Invalid");
    expect(error.message).toContain("web.yaml:");
    for (const text of ["modul", "module"]) expect(error.message).toContain(text);
    expect(store.revision).toBe(revision);
  });

  test("tells of a namespace that does not exist before it writes anything, unless the manifest brings it", async () => {
    const there = "kind: Container\nmetadata: { name: a, namespace: there }\nspec: { module: echo }";
    const { revision } = store;
    const error = await failure(
      client.apply(`kind: Container\nmetadata: { name: b }\nspec: { module: echo }\n---\n${there}`),
    );
    expect(error.message).toContain('namespaces "there" not found');
    expect(store.revision).toBe(revision);
    expect(await client.apply(`kind: Namespace\nmetadata: { name: there }\n---\n${there}`)).toHaveLength(2);
  });

  test("takes several manifests as one: a bad one in the second file, and nothing of the first is applied", async () => {
    const { revision } = store;
    const sources = [
      { manifest: set(2), file: "a.yaml" },
      { manifest: "kind: Container\nmetadata: { name: b }\nspec: {}", file: "b.yaml" },
    ];
    const error = await failure(client.applyAll(sources));
    expect(error.message).toContain("b.yaml:");
    expect(store.revision).toBe(revision);
  });

  test("takes objects as well as text, and says what is no manifest", async () => {
    const container = { kind: "Container", metadata: { name: "a" }, spec: { module: "echo" } };
    expect(await client.apply(container)).toHaveLength(1);
    expect(await client.apply([container, { ...container, metadata: { name: "b" } }])).toHaveLength(2);
    const circle: Record<string, unknown> = { kind: "Container" };
    circle.spec = circle;
    expect((await failure(client.apply(circle))).reason).toBe("BadRequest");
  });
});

describe("create, update, patch, delete", () => {
  beforeEach(() => client.apply(set(2)));

  test("create expands short forms, and refuses what is there already", async () => {
    const service = { kind: "Service", metadata: { name: "web" }, spec: { selector: "web-*" } };
    const created = await client.create(service as never);
    expect(created.spec).toMatchObject({ selector: { "k4s.dev/name": "web-*" } });
    expect((await failure(client.create(service as never))).reason).toBe("AlreadyExists");
  });

  test("update refuses an object that another client has written since it was read", async () => {
    const web = (await client.get("ReplicaSet", "web")) as ReplicaSet;
    await client.update({ ...web, spec: { ...web.spec, replicas: 3 } });
    const error = await failure(client.update({ ...web, spec: { ...web.spec, replicas: 4 } }));
    expect(error.reason).toBe("Conflict");
  });

  test.each([
    ["merge", { spec: { replicas: 5 } }],
    ["json", [{ op: "replace", path: "/spec/replicas", value: 5 }]],
    ["strategic", { spec: { replicas: 5 } }],
  ] as const)("a %s patch changes a part", async (type, patch) => {
    const { spec } = await client.patch("ReplicaSet", "web", patch, { type });
    expect(spec.replicas).toBe(5);
  });

  test("a patch that makes an object invalid changes nothing", async () => {
    const error = await failure(client.patch("ReplicaSet", "web", { spec: { replicas: -1 } }));
    expect(error.message).toContain("must be greater than or equal to 0");
    expect((await client.get("ReplicaSet", "web"))?.spec.replicas).toBe(2);
  });

  test("delete of what is not there says so in Kubernetes' words", async () => {
    const error = await failure(client.delete("ReplicaSet", "nobody"));
    expect(error.message).toBe('replicasets.apps "nobody" not found');
  });

  test("an unknown kind is answered with the nearest one", async () => {
    const error = await failure(client.get("ReplicSet", "web"));
    expect(error.message).toContain("did you mean ReplicaSet?");
  });
});

describe("list", () => {
  beforeEach(() =>
    client.apply(
      ["a", "b"].map(name => ({
        kind: "Container",
        metadata: { name, labels: { app: name } },
        spec: { module: "echo" },
      })),
    ),
  );

  test.each([
    [{}, ["a", "b"]],
    [{ labelSelector: "app in (b,c)" }, ["b"]],
    [{ fieldSelector: "metadata.name!=b" }, ["a"]],
    [{ namespace: "elsewhere" }, []],
  ])("%j selects %j", async (selection, names) => {
    expect((await client.list("Container", selection)).map(({ metadata }) => metadata.name)).toEqual(names);
  });

  test("refuses selectors that cannot be read", async () => {
    expect((await failure(client.list("Container", { labelSelector: "a in (" }))).reason).toBe("BadRequest");
    expect((await failure(client.list("Container", { fieldSelector: "spec.secret=1" }))).reason).toBe(
      "BadRequest",
    );
  });

  test("as a table has the columns of the kind", async () => {
    const { columns, rows } = await client.table("Container");
    expect(columns.slice(0, 2)).toEqual(["NAME", "MODULE"]);
    expect(rows.map(([name, module]) => [name, module])).toEqual([
      ["a", "echo"],
      ["b", "echo"],
    ]);
  });
});

describe("waitFor", () => {
  beforeEach(() => client.apply(set(2)));

  const report = (status: object) => async () => {
    const web = (await client.get("ReplicaSet", "web")) as ReplicaSet;
    await client.updateStatus({ ...web, status: status as ReplicaSet["status"] });
  };

  test("resolves when as many replicas are ready as were asked for, of the newest generation", async () => {
    const seen: string[] = [];
    const waiting = client.waitFor("ReplicaSet/web", "Ready").then(() => seen.push("ready"));
    await report({ replicas: 2, readyReplicas: 1, observedGeneration: 1 })();
    await client.patch("ReplicaSet", "web", { spec: { replicas: 1 } });
    await report({ replicas: 1, readyReplicas: 1, observedGeneration: 1 })();
    await clock.settle();
    expect(seen).toEqual([]);
    await report({ replicas: 1, readyReplicas: 1, observedGeneration: 2 })();
    await waiting;
  });

  test("resolves when a predicate holds, and when the object is gone", async () => {
    const scaled = client.waitFor("ReplicaSet/web", set => set?.spec.replicas === 7);
    await client.patch("ReplicaSet", "web", { spec: { replicas: 7 } });
    expect(await scaled).toMatchObject({ spec: { replicas: 7 } });
    const gone = client.waitFor("ReplicaSet/web", "deleted");
    await client.delete("ReplicaSet", "web");
    expect(await gone).toBeUndefined();
  });

  test("gives up in time, and says what it saw last", async () => {
    const waiting = failure(client.waitFor("ReplicaSet/web", "Ready", { timeoutMs: 5_000 }));
    await clock.advance(5_000);
    const error = await waiting;
    expect(error.reason).toBe("Timeout");
    expect(error.message).toContain(
      "waited 5000 ms for ReplicaSet default/web to be Ready; its status was last {",
    );
  });

  test("rejects when the predicate throws, the signal aborts, or the reference names nothing", async () => {
    const broken = () => {
      throw new Error("broken predicate");
    };
    await expect(client.waitFor("ReplicaSet/web", broken)).rejects.toThrow("broken predicate");
    const signal = AbortSignal.abort("called off");
    await expect(client.waitFor("ReplicaSet/web", "Ready", { signal })).rejects.toMatchObject({
      name: "ApiError",
      reason: "Aborted",
      cause: "called off",
      details: { kind: "ReplicaSet", name: "web" },
    });
    await expect(client.waitFor("web", "Ready")).rejects.toThrow("write Kind/name or Kind/namespace/name");
  });
});

/** Who a worker of the pod is; the pod is there from now on. */
async function workerOf(pod: string, namespace = "default", account = "default") {
  const containers = [{ name: "main", image: "echo" }];
  await client.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: account, namespace } });
  const spec = { serviceAccountName: account, containers };
  const { metadata } = await client.create({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: pod, namespace },
    spec,
  });
  return { namespace, pod, uid: metadata.uid, account };
}

describe("a worker's calls", () => {
  const container = { kind: "Container", metadata: { name: "a" }, spec: { module: "echo" } };

  test("are made in its own namespace, and signed with its name", async () => {
    await client.apply("kind: Namespace\nmetadata: { name: other }");
    await calls.call(await workerOf("w-0", "other"), "apply", [container]);
    const change = store.history({ kind: "Container", namespace: "other", name: "a" }).at(-1);
    expect(change).toMatchObject({
      actor: "pod/other/w-0",
      user: "system:serviceaccount:other:default",
      manager: "worker",
    });
  });

  test("are those of the account under which its pod was started, and fail once that pod is gone", async () => {
    const old = await workerOf("w-0", "default", "reader");
    await calls.call(old, "apply", [container]);
    const change = store.history({ kind: "Container", namespace: "default", name: "a" }).at(-1);
    expect(change?.user).toBe("system:serviceaccount:default:reader");
    await client.delete("Pod", "w-0", { gracePeriodSeconds: 0 });
    expect((await failure(calls.call(old, "list", ["Pod"]))).reason).toBe("Unauthorized");
    const another = await workerOf("w-0");
    expect((await failure(calls.call(old, "list", ["Pod"]))).reason).toBe("Unauthorized");
    const stream = calls.subscribe(old, "watch", ["Pod"], new AbortController().signal);
    expect((await failure(stream[Symbol.asyncIterator]().next())).reason).toBe("Unauthorized");
    await calls.call(another, "list", ["Pod"]);
  });

  test("reach the verbs and nothing else", async () => {
    const who = await workerOf("w-0");
    for (const name of ["constructor", "keyOf", "__proto__", "stop"])
      expect((await failure(calls.call(who, name, []))).reason).toBe("MethodNotAllowed");
  });

  test("watch until the worker stops listening", async () => {
    const who = await workerOf("w-0");
    await client.apply(container);
    const leaving = new AbortController();
    const seen: string[] = [];
    for await (const event of calls.subscribe(who, "watch", ["Container"], leaving.signal)) {
      const { type, object } = event as { type: string; object: Pod };
      seen.push(`${type} ${object.metadata.name ?? ""}`);
      if (type === "BOOKMARK") await client.delete("Container", "a");
      if (type === "DELETED") leaving.abort();
    }
    expect(seen).toEqual(["ADDED a", "BOOKMARK ", "DELETED a"]);
  });

  test("watch no more, with Expired, where 4,000 events are not read, whatever limit the worker asks for", async () => {
    const who = await workerOf("w-0");
    await client.apply(container);
    const options = { limit: 1_000_000 };
    const { signal } = new AbortController();
    const events = calls.subscribe(who, "watch", ["Container", options], signal)[Symbol.asyncIterator]();
    await events.next();
    for (let n = 0; n < 4_100; n++)
      await client.patch("Container", "a", { metadata: { annotations: { n: `${n}` } } });
    let read = 0;
    const rest = async () => {
      while (!(await events.next()).done) read++;
    };
    expect(await failure(rest())).toMatchObject({ reason: "Expired" });
    expect(read).toBeLessThan(4_010);
  });
});

describe("a version in a manifest", () => {
  const manifest = (version: string) =>
    `kind: ReplicaSet\nmetadata:\n  name: web\n  resourceVersion: "${version}"\nspec:\n  template: { module: echo }\n`;

  test("of an object that is not there yet is a mistake at its line", async () => {
    const error = await failure(client.apply(manifest("5"), { file: "a.yaml" }));
    expect(error.reason).toBe("BadRequest");
    expect(error.message).toMatch(/^a\.yaml:4:20 metadata\.resourceVersion: /);
  });

  test("that is not the last one is a conflict at its line", async () => {
    await client.apply(manifest("5").replace(/ *resourceVersion.*\n/, ""));
    const error = await failure(client.apply(manifest("999"), { file: "a.yaml" }));
    expect(error.reason).toBe("Conflict");
    expect(error.message).toMatch(/^a\.yaml:4:20 metadata\.resourceVersion: /);
  });
});

describe("several manifests", () => {
  const bad = "kind: Contaner\nmetadata: { name: b }\n";
  const worse = "kind: Container\nmetadata: { name: c }\nspec: { modul: x }\n---\nkind: [\n";
  const good = "kind: Container\nmetadata: { name: d }\nspec: { module: x }\n";
  const nowhere = "kind: Container\nmetadata: { name: e, namespace: nowhere }\nspec: { module: x }\n";

  test.each([
    [
      [bad, worse, good],
      ["f0:1:7 kind: there", "f1:3:9 spec.modul: unknown", "f1:5:7 this [ is never closed"],
      "BadRequest",
    ],
    [[good, bad], ["f1:1:7 kind: there"], "Invalid"],
    [[bad, { kind: "Pod", metadat: {} }], ["f0:1:7", "f1:3:4 metadat: unknown"], "Invalid"],
    [[bad, Uint8Array.of(0xff, 0xff)], ["f0:1:7", "f1 is not UTF-8"], "BadRequest"],
    [
      [nowhere, good, nowhere.replace("e,", "f,")],
      ["f0:2:33 metadata.namespace: namespaces", "f2:2:33 metadata.namespace: namespaces"],
      "NotFound",
    ],
  ])("are refused as one, with what is wrong in any of them: %#", async (manifests, told, reason) => {
    const sources = manifests.map((manifest, i) => ({ manifest, file: `f${i}` }));
    const before = store.revision;
    const error = await failure(client.applyAll(sources));
    for (const text of told) expect(error.message).toContain(text);
    expect(error.reason).toBe(reason);
    expect(store.revision).toBe(before);
  });
});

test("what waits for a condition that there is not is told the nearest", async () => {
  await client.apply(set(1));
  const waiting = failure(client.waitFor("ReplicaSet/web", "Redy", { timeoutMs: 5 }));
  await clock.advance(10);
  expect((await waiting).message).toContain('to be Redy (did you mean "Ready"?); ');
});

test("the calls of a worker are checked as those outside", async () => {
  const who = await workerOf("a");
  for (const [call, args, message] of [
    ["list", ["Pod", { label: "x" }], "list: there is no option"],
    ["get", ["Pod"], "get: name must be"],
    ["patch", ["Pod", "a", {}, { typ: "json" }], 'patch: there is no option "typ" (did you mean "type"?)'],
    ["create", [{ kind: "Pod" }], "create: object.metadata must be"],
  ] as const) {
    const error = await failure(calls.call(who, call, args));
    expect([error.reason, error.message]).toEqual(["BadRequest", expect.stringContaining(message)]);
  }
  const stream = calls.subscribe(who, "watch", ["Pod", { lable: "x" }], new AbortController().signal);
  await expect(stream[Symbol.asyncIterator]().next()).rejects.toThrow('watch: there is no option "lable"');
});
