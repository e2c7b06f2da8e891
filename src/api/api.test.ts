import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { AdmissionChain, pluginsFor, storeReader } from "../admission/index.ts";
import { ApiError } from "../errors/index.ts";
import { seededRandom, VirtualClock } from "../outside/index.ts";
import {
  type Attributes,
  builtInKinds,
  type Draft,
  describeKind,
  KindRegistry,
  type KubernetesObject,
  type Verdict,
} from "../resources/index.ts";
import { administrator, MemoryStore, Registry, type WatchEvent } from "../store/index.ts";
import { Api, type ApiParts } from "./api.ts";
import type { Caller, ListOptions, Target, WriteOptions } from "./options.ts";

const caller: Caller = { actor: "test", user: administrator, manager: "test" };

/** A kind in two versions, which call their only field differently. */
const note = describeKind({
  kind: "Note",
  group: "example.com",
  plural: "notes",
  scope: "Namespaced",
  versions: [
    { version: "v2" },
    {
      version: "v1",
      toStored: ({ spec, ...rest }) => ({ ...rest, spec: { text: (spec as { words: string }).words } }),
      fromStored: ({ spec, ...rest }) => ({ ...rest, spec: { words: (spec as { text: string }).text } }),
    },
  ],
});

let clock: VirtualClock;
let store: MemoryStore;
let registry: Registry;
let kinds: KindRegistry;
let api: Api;

const doors = <Connections = object>(parts: Partial<ApiParts<Connections>> = {}) =>
  new Api<Connections>({ registry, clock, ...parts });

/** What stands in the path: `pods`, `pods/web`, `pods/web/log`, in the namespace demo. */
function at(path: string, namespace = "demo"): Target & { name: string; subresource: string } {
  const [spelling = "", name, subresource] = path.split("/");
  const { kind, version } = kinds.findVersion(spelling);
  const where = kind.scope === "Namespaced" ? namespace : "";
  return { kind, version, namespace: where, name, subresource } as Target & {
    name: string;
    subresource: string;
  };
}

function namespace(name: string): Draft {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

function service(name: string, labels: Record<string, string> = {}, namespace = "demo"): Draft {
  const spec = { ports: [{ port: 80 }], clusterIP: "None" };
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace, labels }, spec };
}

const namesOf = (objects: readonly KubernetesObject[]) => objects.map(({ metadata }) => metadata.name);

async function failure(call: Promise<unknown>): Promise<ApiError> {
  const error = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (error instanceof ApiError) return error;
  throw error ?? new Error("it was not refused");
}

beforeEach(async () => {
  clock = new VirtualClock();
  store = new MemoryStore({ clock, historyLimit: 50, onFault: fault => expect.fail(String(fault)) });
  kinds = new KindRegistry([...builtInKinds, note]);
  const admission = new AdmissionChain(pluginsFor(), storeReader(store, kinds));
  registry = new Registry({ store, kinds, admission, clock, random: seededRandom(1) });
  api = doors();
  for (const name of ["default", "demo", "other"])
    await api.create(caller, at("namespaces"), namespace(name));
});

describe("rights", () => {
  /** Every verb once, each as far as it needs rights. */
  const verbs: Record<string, (door: Api) => unknown> = {
    get: door => door.get(caller, at("services/a")),
    list: door => door.list(caller, at("services")),
    watch: door => door.watch(caller, at("services")),
    create: door => door.create(caller, at("services"), service("new")),
    update: door => door.update(caller, at("services/a"), service("a", { changed: "yes" })),
    patch: door =>
      door.patch(caller, at("services/a"), { metadata: { labels: { b: "1" } } }, { type: "merge" }),
    delete: door => door.delete(caller, at("services/a")),
    deletecollection: door => door.deleteCollection(caller, at("services")),
  };

  test.each(Object.entries(verbs))(
    "%s is asked for, and without them nothing happens and nothing is told",
    async (verb, call) => {
      await api.create(caller, at("services"), service("a"));
      const revision = store.revision;
      const asked: Attributes[] = [];
      const no = (_: unknown, attributes: Attributes): Verdict => {
        asked.push(attributes);
        return { allowed: false };
      };
      for (const authorize of [no, async (user: unknown, attributes: Attributes) => no(user, attributes)]) {
        const error = await failure((async () => call(doors({ authorize })))());
        expect(error.reason).toBe("Forbidden");
        expect(error.message).toContain(
          `is forbidden: User "kubernetes-admin" cannot ${verb} resource "services" in API group "" in the namespace "demo"`,
        );
      }
      expect(asked[0]).toMatchObject({
        verb,
        group: "",
        version: "v1",
        resource: "services",
        namespace: "demo",
      });
      expect(store.revision).toBe(revision);
      // And with them, given late, it does happen.
      await call(doors({ authorize: async () => ({ allowed: true }) }));
    },
  );

  test("of the whole cluster, of a subresource, and with a reason", async () => {
    const door = doors({ authorize: () => ({ allowed: false, reason: "no role" }) });
    const error = await failure(door.get(caller, at("replicasets/web/scale")));
    expect(error.message).toBe(
      'replicasets.apps "web" is forbidden: User "kubernetes-admin" cannot get resource "replicasets/scale" in API group "apps" in the namespace "demo": no role',
    );
    expect((await failure(door.list(caller, at("nodes")))).message).toBe(
      'nodes is forbidden: User "kubernetes-admin" cannot list resource "nodes" in API group "" at the cluster scope: no role',
    );
  });

  test("decided at once, what is allowed has happened when the call returns", async () => {
    const creating = api.create(caller, at("services"), service("a"));
    expect(store.count("Service")).toBe(1);
    await creating;
  });
});

describe("a list", () => {
  test("is in the order of namespace and name, of one revision", async () => {
    for (const [name, where] of [
      ["b", "other"],
      ["c", "demo"],
      ["a", "other"],
      ["a", "demo"],
    ] as const)
      await api.create(caller, at("services", where), service(name, {}, where));
    const list = await api.list(caller, at("services", ""));
    expect(list).toMatchObject({ kind: "ServiceList", apiVersion: "v1" });
    expect(list.metadata).toEqual({ resourceVersion: String(store.revision) });
    expect(list.items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual([
      "demo/a",
      "demo/c",
      "other/a",
      "other/b",
    ]);
  });

  test("in pieces tells everything once as it was when the first was asked for, whatever is written meanwhile", async () => {
    const deed = fc.record({
      verb: fc.constantFrom("put", "delete"),
      name: fc.constantFrom("a", "b", "c", "d", "e"),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.array(deed, { maxLength: 6 }),
        fc.array(fc.array(deed, { maxLength: 4 }), { maxLength: 4 }),
        async (limit, before, between) => {
          const put = ({ verb, name }: { verb: string; name: string }) => {
            const there = store.get("Service", "demo", name);
            if (verb === "delete") return there && api.delete(caller, at(`services/${name}`));
            if (!there) return api.create(caller, at("services"), service(name));
            return api.update(caller, at(`services/${name}`), service(name, { r: String(store.revision) }));
          };
          await api.deleteCollection(caller, at("services"));
          for (const each of before) await put(each);
          const whole = await api.list(caller, at("services"));
          const told: KubernetesObject[] = [];
          let options: ListOptions = { limit };
          for (;;) {
            const piece = await api.list(caller, at("services"), options);
            expect(piece.metadata.resourceVersion).toBe(whole.metadata.resourceVersion);
            told.push(...piece.items);
            expect(piece.metadata.remainingItemCount ?? 0).toBe(whole.items.length - told.length);
            if (!piece.metadata.continue) break;
            options = { limit, continue: piece.metadata.continue };
            for (const each of between.shift() ?? []) await put(each);
          }
          expect(told).toEqual(whole.items);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("is of an older revision where that is asked for", async () => {
    const { object } = await api.create(caller, at("services"), service("a"));
    const { resourceVersion } = object.metadata;
    await api.delete(caller, at("services/a"));
    const past = await api.list(caller, at("services"), { resourceVersion, resourceVersionMatch: "Exact" });
    expect(past.items).toEqual([object]);
    const present = await api.list(caller, at("services"), {
      resourceVersion,
      resourceVersionMatch: "NotOlderThan",
    });
    expect(present.items).toEqual([]);
  });

  test("cannot go on where history does not reach back, nor from what is no token", async () => {
    for (const name of ["a", "b"]) await api.create(caller, at("services"), service(name));
    const { metadata } = await api.list(caller, at("services"), { limit: 1 });
    for (let n = 0; n < 60; n++) await api.update(caller, at("services/a"), service("a", { n: String(n) }));
    const late = await failure(api.list(caller, at("services"), { limit: 1, continue: metadata.continue }));
    expect(late.reason).toBe("Expired");
    for (const token of ["nonsense", "e30"])
      expect((await failure(api.list(caller, at("services"), { continue: token }))).reason).toBe(
        "BadRequest",
      );
    expect((await failure(api.list(caller, at("services"), { limit: -1 }))).reason).toBe("BadRequest");
    const alone = await failure(api.list(caller, at("services"), { resourceVersionMatch: "Exact" }));
    expect([alone.reason, alone.message]).toEqual([
      "Invalid",
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    ]);
  });
});

describe("a watch", () => {
  async function told(watch: AsyncIterator<WatchEvent>, count: number): Promise<string[]> {
    const lines: string[] = [];
    for (let n = 0; n < count; n++) {
      const { value, done } = await watch.next();
      if (done) return [...lines, "end"];
      const { type, object } = value as WatchEvent;
      const { name = "", resourceVersion, labels = {} } = object.metadata;
      lines.push([type, name, labels.app, resourceVersion].filter(Boolean).join(" "));
    }
    return lines;
  }

  test("tells what leaves its selector as it was, with the new revision", async () => {
    await api.create(caller, at("services"), service("a", { app: "web" }));
    const watch = await api.watch(caller, at("services"), { labelSelector: "app=web" });
    await api.update(caller, at("services/a"), service("a", { app: "db" }));
    await api.update(caller, at("services/a"), service("a", { app: "web" }));
    await api.delete(caller, at("services/a"));
    const first = store.revision - 3;
    expect(await told(watch, 4)).toEqual([
      `ADDED a web ${first}`,
      `DELETED a web ${first + 1}`,
      `ADDED a web ${first + 2}`,
      `DELETED a web ${first + 3}`,
    ]);
    expect(store.history({ after: first }).map(({ object }) => object.metadata.labels?.app)).toEqual([
      "db",
      "web",
      "web",
    ]);
  });

  test("goes on from the revision of a list, and has bookmarks where they are asked for", async () => {
    await api.create(caller, at("services"), service("a"));
    const { metadata } = await api.list(caller, at("services"));
    await api.create(caller, at("services"), service("b"));
    const options = {
      resourceVersion: metadata.resourceVersion,
      allowWatchBookmarks: true,
      timeoutSeconds: 150,
    };
    const watch = await api.watch(caller, at("services"), options);
    const revision = store.revision;
    expect(await told(watch, 1)).toEqual([`ADDED b ${revision}`]);
    await clock.advance(60_000);
    expect(await told(watch, 1)).toEqual([`BOOKMARK ${revision}`]);
    await clock.advance(100_000);
    expect(await told(watch, 2)).toEqual([`BOOKMARK ${revision}`, "end"]);
  });

  test("begins with what is there where that is asked for, whatever revision is known", async () => {
    await api.create(caller, at("services"), service("a"));
    const all = { sendInitialEvents: true, allowWatchBookmarks: true } as const;
    const from = { resourceVersion: String(store.revision), resourceVersionMatch: "NotOlderThan" } as const;
    const watch = await api.watch(caller, at("services"), { ...all, ...from });
    expect(await told(watch, 2)).toEqual([`ADDED a ${store.revision}`, `BOOKMARK ${store.revision}`]);
    expect(() => api.watch(caller, at("services"), all)).toThrow(
      "sendInitialEvents requires setting resourceVersionMatch",
    );
  });
});

describe("what is written", () => {
  test("is signed with the field manager that is named, and a dry run writes nothing", async () => {
    await api.create(caller, at("services"), service("a"), { fieldManager: "kubectl-create" });
    expect(store.history({ after: 0 }).at(-1)).toMatchObject({
      user: "kubernetes-admin",
      manager: "kubectl-create",
    });
    const revision = store.revision;
    await api.delete(caller, at("services/a"), { dryRun: "All" });
    await api.create(caller, at("services"), service("b"), { dryRun: "All" });
    expect(store.revision).toBe(revision);
    const wrong = await failure(
      api.create(caller, at("services"), service("b"), { dryRun: "Some" as "All" }),
    );
    expect(wrong.reason).toBe("Invalid");
  });

  test("refuses options that have no such value, by the name of the options", async () => {
    const loud = { fieldValidation: "Loud" as "Strict" } satisfies WriteOptions;
    await api.create(caller, at("services"), service("a"));
    const refusals = await Promise.all([
      failure(api.create(caller, at("services"), service("b"), loud)),
      failure(api.update(caller, at("services/a"), service("a"), loud)),
      failure(api.patch(caller, at("services/a"), {}, { ...loud, type: "merge" })),
      failure(api.delete(caller, at("services/a"), { dryRun: "Some" as "All" })),
    ]);
    const fieldValidation =
      'fieldValidation: Unsupported value: "Loud": supported values: "", "Ignore", "Strict", "Warn"';
    expect(refusals.map(({ message }) => message)).toEqual([
      `CreateOptions.meta.k8s.io "" is invalid: ${fieldValidation}`,
      `UpdateOptions.meta.k8s.io "" is invalid: ${fieldValidation}`,
      `PatchOptions.meta.k8s.io "" is invalid: ${fieldValidation}`,
      'DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    ]);
  });

  test("belongs where the path says", async () => {
    const elsewhere = await failure(api.create(caller, at("services"), service("a", {}, "other")));
    expect(elsewhere.message).toBe(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
    await api.create(caller, at("services"), service("a"));
    const other = await failure(api.update(caller, at("services/a"), service("b")));
    expect(other.message).toBe("the name of the object (b) does not match the name on the URL (a)");
  });

  test("is read and written in any version of its kind", async () => {
    const draft = {
      apiVersion: "example.com/v1",
      kind: "Note",
      metadata: { name: "n" },
      spec: { words: "hello" },
    };
    const old = at("notes.v1.example.com/n");
    const { object } = await api.create(caller, at("notes.v1.example.com"), draft);
    expect(object).toMatchObject({ apiVersion: "example.com/v1", spec: { words: "hello" } });
    expect(store.get<string>("Note.example.com", "demo", "n")?.spec).toEqual({ text: "hello" });
    await api.patch(caller, old, { spec: { words: "bye" } }, { type: "merge" });
    expect((await api.get(caller, at("notes/n"))).spec).toEqual({ text: "bye" });
    expect((await api.list(caller, at("notes.v1.example.com"))).items[0]?.spec).toEqual({ words: "bye" });
    const strategic = api.patch(caller, old, {}, { type: "strategic" });
    expect((await failure(strategic)).reason).toBe("UnsupportedMediaType");
  });

  test("a scale is shown, and changed by a patch of it", async () => {
    const labels = { app: "web" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "app", image: "echo" }] } };
    const spec = { replicas: 2, selector: { matchLabels: labels }, template };
    await api.create(caller, at("replicasets"), {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: { name: "web" },
      spec,
    });
    const scale = at("replicasets/web/scale");
    expect(await api.get(caller, scale)).toMatchObject({ kind: "Scale", spec: { replicas: 2 } });
    const { object } = await api.patch(caller, scale, { spec: { replicas: 5 } }, { type: "merge" });
    expect(object).toMatchObject({ kind: "Scale", spec: { replicas: 5 } });
    expect(store.get("ReplicaSet", "demo", "web")?.spec.replicas).toBe(5);
  });

  test("a collection is deleted as far as it fits", async () => {
    for (const [name, app] of [
      ["a", "web"],
      ["b", "db"],
      ["c", "web"],
    ] as const)
      await api.create(caller, at("services"), service(name, { app }));
    const { items } = await api.deleteCollection(caller, at("services"), { labelSelector: "app=web" });
    expect([namesOf(items), namesOf(store.list("Service"))]).toEqual([["a", "c"], ["b"]]);
  });
});

describe("connect", () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers: [{ name: "app", image: "echo" }] },
  };

  test("opens a stream of an object, for those who may", async () => {
    await api.create(caller, at("pods"), pod);
    const asked: string[] = [];
    const door = doors({
      authorize: (_, { verb, resource, subresource }) => {
        asked.push(`${verb} ${resource}/${subresource}`);
        return { allowed: true };
      },
      streams: {
        log: ({ metadata }: KubernetesObject, options: object) => ({ of: metadata.name, options }),
        exec: () => "a session",
        status: () => "no stream",
      },
    });
    const log = { ...at("pods/p/log"), subresource: "log" } as const;
    expect(await door.connect(caller, log, { tailLines: 1 })).toEqual({ of: "p", options: { tailLines: 1 } });
    expect(await door.connect(caller, { ...log, subresource: "exec" })).toBe("a session");
    await door.connect(caller, log, {}, "delete");
    expect(asked).toEqual(["get pods/log", "create pods/exec", "delete pods/log"]);
    expect((await failure(door.connect(caller, { ...log, name: "q" }))).message).toBe('pods "q" not found');
    expect((await failure(door.connect(caller, { ...log, subresource: "status" }))).reason).toBe("NotFound");
    const withoutStreams: Api<{ log?: unknown }> = api;
    expect((await failure(withoutStreams.connect(caller, log))).reason).toBe("NotFound");
  });
});

function pod(name: string): Draft {
  const spec = { containers: [{ name: "app", image: "echo" }] };
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "demo" }, spec };
}

describe("what no path leads to", () => {
  test("an object is created in its collection, and no part of one is deleted", async () => {
    await api.create(caller, at("pods"), pod("web"));
    for (const call of [
      () => api.create(caller, at("pods/web"), pod("web")),
      () => api.delete(caller, at("pods/web/status")),
    ])
      await expect(call()).rejects.toMatchObject({ reason: "MethodNotAllowed" });
    await expect(api.delete(caller, at("pods/web/nothing"))).rejects.toMatchObject({ reason: "NotFound" });
  });

  test("who may update, and not create, creates nothing by an update", async () => {
    const asked: string[] = [];
    const authorize = (_: unknown, { verb }: Attributes): Verdict => {
      asked.push(verb);
      return { allowed: verb !== "create" };
    };
    const door = doors({ authorize });
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "lock" } };
    expect((await failure(door.update(caller, at("leases/lock"), lease))).reason).toBe("Forbidden");
    expect(asked).toEqual(["update", "create"]);
    const { object } = await api.create(caller, at("leases"), lease);
    await door.update(caller, at("leases/lock"), object);
    expect(asked.slice(2)).toEqual(["update"]);
  });

  test("an update creates what is not there, of kinds that are made so (a Lease), and of no others", async () => {
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "l" } };
    const update = (path: string, body: Draft) => api.update(caller, at(path), body);
    const { object, outcome } = await update("leases/l", lease);
    expect(outcome).toBe("created");
    expect((await update("leases/l", object)).outcome).toBe("unchanged");
    // What is there is replaced by those who say which revision of it they saw.
    const message =
      'Lease.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update';
    await expect(update("leases/l", lease)).rejects.toMatchObject({ reason: "Invalid", message });
    const stale = { ...lease, metadata: { name: "m", resourceVersion: "1" } };
    await expect(update("leases/m", stale)).rejects.toMatchObject({ reason: "NotFound" });
    await expect(update("pods/web", pod("web"))).rejects.toMatchObject({ reason: "NotFound" });
  });

  test("a patch is invalid where what it makes cannot be read", async () => {
    await api.create(caller, at("pods"), pod("web"));
    for (const patch of [{ spec: { tolerations: "none" } }, { spek: {} }])
      await expect(api.patch(caller, at("pods/web"), patch, { type: "merge" })).rejects.toMatchObject({
        reason: "Invalid",
        details: { causes: [{ reason: "FieldValueInvalid", field: "patch" }] },
      });
  });
});
