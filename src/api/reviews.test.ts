/**
 * What is created and never kept: reviews, and what is created at a part of an object. Where a real Kubernetes was asked, its
 * answer is what is expected (`kubernetes-1.35/admission/access-review-*.json`, `token-*.json`, `eviction-*.json`).
 */
import { beforeEach, describe, expect, test } from "vitest";
import { AdmissionChain, pluginsFor, storeReader } from "../admission/index.ts";
import type { ApiError } from "../errors/index.ts";
import { seededRandom, VirtualClock } from "../outside/index.ts";
import {
  type Access,
  type Authorize,
  allowAll,
  type Draft,
  KindRegistry,
  type KubernetesObject,
  openAccess,
} from "../resources/index.ts";
import { administrator, MemoryStore, Registry, type User } from "../store/index.ts";
import { describeRecorded, recorded } from "../test-recordings.ts";
import { Api } from "./api.ts";
import type { Caller, Target } from "./options.ts";

const kinds = new KindRegistry();
const caller: Caller = { actor: "test", user: administrator, manager: "test" };
const jane: User = { name: "jane", groups: ["system:authenticated"] };
const asJane: Caller = { ...caller, user: jane };

let store: MemoryStore;
let api: Api;

function open(access: Access = openAccess, authorize: Authorize = allowAll): void {
  const clock = new VirtualClock();
  store = new MemoryStore({ clock, onFault: fault => expect.fail(String(fault)) });
  const admission = new AdmissionChain(pluginsFor(), storeReader(store, kinds));
  const registry = new Registry({ store, kinds, admission, access, clock, random: seededRandom(1) });
  api = new Api({ registry, clock, authorize });
}

async function setUp(): Promise<void> {
  await create("namespaces", { kind: "Namespace", metadata: { name: "golden" } });
}

beforeEach(async () => {
  open();
  await setUp();
});

/** `pods/web/eviction` */
function at(path: string, namespace = "golden"): Target & { readonly name: string } {
  const [spelling = "", name, subresource] = path.split("/");
  const { kind, version } = kinds.findVersion(spelling);
  const where = kind.scope === "Namespaced" ? namespace : "";
  return { kind, version, namespace: where, name, subresource } as Target & { readonly name: string };
}

async function create(path: string, body: object, by: Caller = caller): Promise<KubernetesObject> {
  return (await api.create(by, at(path), body as Draft)).object;
}

const refusal = (deed: Promise<unknown>) =>
  deed.then(
    () => expect.fail("nothing was refused"),
    (error: ApiError) => error,
  );

const pod = (name: string, more: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "golden", labels: { app: name } },
  spec: { containers: [{ name: "app", image: "echo" }], ...more },
});

interface Recorded {
  readonly request: { readonly body: Draft; readonly path: string };
  readonly response: { readonly status: number; readonly body: KubernetesObject & { message: string } };
}
const review = (name: string) => recorded<Recorded>(`admission/${name}.json`);

/** Jane may read pods in `golden`, as a role would say; administrators may do everything. */
const decides: Authorize = ({ name, groups }, { verb, resource, namespace, path }) => {
  if (groups.includes("system:masters")) return { allowed: true };
  if (path === "/healthz") return { allowed: true };
  const reads = name === "jane" && verb === "get" && resource === "pods" && namespace === "golden";
  return reads ? { allowed: true, reason: "RBAC: allowed by a role" } : { allowed: false };
};

describeRecorded("reviews as recorded", "admission", () => {
  test("an administrator may do everything", async () => {
    open({ authorize: decides });
    const { request, response } = review("access-review-admin");
    expect(await create("subjectaccessreviews", request.body)).toEqual(response.body);
  });

  test("what a role allows, in a namespace that need not be there", async () => {
    const reason = 'RBAC: allowed by RoleBinding "reader/golden" of Role "reader" to User "jane"';
    open({ authorize: () => ({ allowed: true, reason }) });
    const { request, response } = review("access-review-by-role");
    expect(await create("localsubjectaccessreviews", request.body)).toEqual(response.body);
  });

  test("oneself, without rights", async () => {
    open({ authorize: async () => ({ allowed: false }) });
    const { request, response } = review("access-review-self");
    expect(await create("selfsubjectaccessreviews", request.body, asJane)).toEqual(response.body);
  });

  test("a token of nobody", async () => {
    const { request, response } = review("token-review-bad");
    expect(await create("tokenreviews", request.body)).toEqual(response.body);
  });

  test("a token for too short a time", async () => {
    const { request, response } = review("token-request");
    const error = await refusal(create("serviceaccounts/default/token", request.body));
    expect(error.reason).toBe("Invalid");
    expect(error.message).toBe(response.body.message);
  });
});

describe("what is never kept", () => {
  test.each([
    ["SubjectAccessReview", { user: "jane", resourceAttributes: { verb: "get", resource: "pods" } }],
    ["SelfSubjectAccessReview", { nonResourceAttributes: { verb: "get", path: "/healthz" } }],
    ["SelfSubjectReview", undefined],
    ["TokenReview", { token: "x" }],
  ])("%s: needs no name, has no uid, and is nowhere afterwards", async (kind, spec) => {
    const before = store.revision;
    const target = { kind: kinds.find(kind), version: kinds.find(kind).versions[0] };
    const { object, outcome } = await api.create(caller, target, { kind, spec } as unknown as Draft);
    expect(outcome).toBe("created");
    expect(object).toMatchObject({ apiVersion: kinds.find(kind).versions[0].apiVersion, kind, metadata: {} });
    expect(object.metadata).not.toHaveProperty("uid");
    expect(object.metadata).not.toHaveProperty("resourceVersion");
    expect(store.revision).toBe(before);
  });

  test.each(["get", "list", "watch", "delete", "patch"] as const)("no verb %s", async verb => {
    const target = at("tokenreviews/x");
    const act = {
      get: () => api.get(caller, target),
      list: () => api.list(caller, target),
      watch: async () => api.watch(caller, target),
      delete: () => api.delete(caller, target),
      patch: () => api.patch(caller, target, {}, { type: "merge" }),
    }[verb];
    expect((await refusal(act())).reason).toBe("MethodNotAllowed");
  });

  test("who asks is told who it is", async () => {
    const user: User = { ...jane, uid: "7", extra: { shoes: ["red"] } };
    const asked = { kind: "SelfSubjectReview", metadata: { name: "a" } };
    const { metadata, status } = await create("selfsubjectreviews", asked, { ...caller, user });
    expect(metadata).toEqual({ creationTimestamp: expect.stringMatching(/^20.*Z$/) });
    expect(status).toEqual({
      userInfo: {
        username: "jane",
        uid: "7",
        groups: ["system:authenticated"],
        extra: { shoes: ["red"] },
      },
    });
  });

  test.each<[object, boolean]>([
    [{ resourceAttributes: { verb: "get", resource: "pods", namespace: "golden" } }, true],
    [{ resourceAttributes: { verb: "list", resource: "pods", namespace: "golden" } }, false],
    [{ nonResourceAttributes: { verb: "get", path: "/healthz" } }, true],
    [{ nonResourceAttributes: { verb: "get", path: "/metrics" } }, false],
  ])("jane and %j: %s", async (spec, allowed) => {
    open({ authorize: decides });
    const self = await create("selfsubjectaccessreviews", { kind: "SelfSubjectAccessReview", spec }, asJane);
    expect(self.status).toMatchObject({ allowed });
    const other = { kind: "SubjectAccessReview", spec: { user: "jane", ...spec } };
    expect((await create("subjectaccessreviews", other)).status).toMatchObject({ allowed });
  });

  const one = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
  test.each<[string, object, string]>([
    ["SubjectAccessReview", { user: "jane" }, `spec.resourceAttributes: Invalid value: null: ${one}`],
    [
      "SubjectAccessReview",
      { resourceAttributes: { verb: "get" } },
      'spec.user: Invalid value: "": at least one of user or group must be specified',
    ],
    [
      "LocalSubjectAccessReview",
      { user: "jane", resourceAttributes: { namespace: "other" } },
      'spec.resourceAttributes.namespace: Invalid value: "other": must match metadata.namespace',
    ],
  ])("%s %j", async (kind, spec, message) => {
    const error = await refusal(create(kinds.find(kind).plural, { kind, spec }));
    expect(error).toMatchObject({ reason: "Invalid" });
    expect(error.message).toContain(message);
  });

  test("whose token it is", async () => {
    const authenticate = async (token: string) => (token === "good" ? { user: jane } : undefined);
    open({ authorize: allowAll, authenticate });
    const review = (token: string) => create("tokenreviews", { kind: "TokenReview", spec: { token } });
    expect((await review("good")).status).toEqual({
      authenticated: true,
      user: { username: "jane", groups: ["system:authenticated"] },
    });
    expect((await review("bad")).status).toEqual({ user: {}, error: "invalid bearer token" });
    expect(await refusal(review(""))).toMatchObject({ reason: "BadRequest" });
  });

  test("what one may do, where that can be listed", async () => {
    const review = { kind: "SelfSubjectRulesReview", spec: { namespace: "golden" } };
    expect((await create("selfsubjectrulesreviews", review)).status).toMatchObject({ incomplete: false });
    open({ authorize: decides });
    expect((await create("selfsubjectrulesreviews", review)).status).toMatchObject({
      resourceRules: [],
      incomplete: true,
      evaluationError: expect.any(String),
    });
  });

  test("the status is the answer's: what a program in Go sends along, empty, is not looked at", async () => {
    const review = { kind: "SelfSubjectRulesReview", spec: { namespace: "golden" }, status: {} };
    expect((await create("selfsubjectrulesreviews", review)).status).toMatchObject({ incomplete: false });
  });

  test("authorisation is asked first", async () => {
    open(openAccess, () => ({ allowed: false }));
    const error = await refusal(create("subjectaccessreviews", { kind: "SubjectAccessReview", spec: {} }));
    expect(error.reason).toBe("Forbidden");
  });
});

describe("what is created at a part of an object", () => {
  test("a Binding, by its older path too", async () => {
    for (const [name, path] of [
      ["a", "pods/a/binding"],
      ["b", "bindings"],
    ] as const) {
      await create("pods", pod(name));
      await create(path, { kind: "Binding", metadata: { name }, target: { kind: "Node", name: "node-0" } });
      expect(store.get("Pod", "golden", name)?.spec.nodeName).toBe("node-0");
    }
  });

  test.each([
    [{}, "BadRequest"],
    [{ target: {} }, "Invalid"],
    [{ target: { kind: "Thing", name: "x" } }, "Invalid"],
    [{ target: "node-0" }, "BadRequest"],
  ])("a Binding with %j: %s", async (more, reason) => {
    await create("pods", pod("web"));
    const error = await refusal(
      create("pods/web/binding", { kind: "Binding", metadata: { name: "web" }, ...more }),
    );
    expect(["BadRequest", "Invalid"]).toContain(error.reason);
    if (reason === "Invalid") expect(error.reason).toBe(reason);
  });

  test("an Eviction deletes the pod, unless a budget needs it", async () => {
    const eviction = (name: string, more: object = {}) =>
      api.create(caller, at(`pods/${name}/eviction`), {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { name },
        ...more,
      } as Draft);
    await create("pods", pod("web"));
    await eviction("web", { deleteOptions: { dryRun: ["All"] } });
    expect(store.get("Pod", "golden", "web")).toBeDefined();
    expect((await eviction("web")).outcome).toBe("deleted");
    expect(store.get("Pod", "golden", "web")).toBeUndefined();
    expect((await refusal(eviction("web"))).reason).toBe("NotFound");

    await create("pods", pod("guarded"));
    const running = { status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } };
    const status = at("pods/guarded/status");
    await api.patch(caller, status, running, { type: "merge" });
    await create("poddisruptionbudgets", {
      kind: "PodDisruptionBudget",
      apiVersion: "policy/v1",
      metadata: { name: "tight" },
      spec: { minAvailable: 1, selector: { matchLabels: { app: "guarded" } } },
    });
    const early = await refusal(eviction("guarded"));
    expect(early.details.causes?.[0]?.message).toBe(
      "The disruption budget tight is still being processed by the server.",
    );
    const counts = { observedGeneration: 1, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 };
    const seen = { status: { ...counts, disruptionsAllowed: 0 } };
    await api.patch(caller, at("poddisruptionbudgets/tight/status"), seen, { type: "merge" });
    const error = await refusal(eviction("guarded"));
    expect(error).toMatchObject({
      reason: "TooManyRequests",
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
    });
    expect(error.details.causes?.[0]).toMatchObject({
      reason: "DisruptionBudget",
      message: "The disruption budget tight needs 1 healthy pods and has 1 currently",
    });
  });

  test("a token for a service account, where tokens are given out", async () => {
    await create("serviceaccounts", { kind: "ServiceAccount", metadata: { name: "robot" } });
    const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
    expect((await refusal(create("serviceaccounts/robot/token", request))).reason).toBe("NotFound");

    const expirationTimestamp = "2026-01-01T01:00:00Z";
    open({
      authorize: allowAll,
      issueToken: ({ metadata }, { expirationSeconds }) => ({
        audiences: ["api"],
        token: `${metadata.name} for ${expirationSeconds}`,
        expirationTimestamp,
      }),
    });
    await setUp();
    await create("serviceaccounts", { kind: "ServiceAccount", metadata: { name: "robot" } });
    expect((await create("serviceaccounts/robot/token", request)).status).toEqual({
      token: "robot for 3600",
      expirationTimestamp,
    });
    const missing = await refusal(create("serviceaccounts/nobody/token", request));
    expect(missing.message).toBe('serviceaccounts "nobody" not found');
  });
});
