/** Who may do what over HTTP: tokens, impersonation, roles; and which rights workers have. */
import { request as httpsRequest } from "node:https";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Serving } from "../server/index.ts";
import { Cluster } from "./cluster.ts";
import type { ClusterOptions } from "./options/options.ts";

let cluster: Cluster;
let serving: Serving;

afterEach(() => cluster.stop());

async function serve(options: ClusterOptions = {}): Promise<void> {
  cluster = new Cluster({ runtime: "hollow", ...options });
  await cluster.start();
  serving = await cluster.serve();
}

interface Asked {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: object;
  readonly cert?: string;
  readonly key?: string;
}

interface Answer {
  readonly code: number;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked at as the test that asks for it expects it to be
  readonly body: any;
}

/** `token: ""` shows none; the administrator's where left out. */
function ask(
  path: string,
  { method, token = serving.token, headers, body, ...tls }: Asked = {},
): Promise<Answer> {
  const shown = token === "" ? {} : { authorization: `Bearer ${token}` };
  const type = body ? { "content-type": "application/json" } : {};
  return new Promise((resolve, reject) => {
    const asking = httpsRequest(
      serving.url + path,
      {
        ca: serving.ca,
        agent: false,
        method: method ?? (body ? "POST" : "GET"),
        headers: { ...shown, ...type, ...headers },
        ...tls,
      },
      async response => {
        let text = "";
        for await (const piece of response) text += piece;
        const isJson = text !== "" && /json/.test(response.headers["content-type"] ?? "");
        resolve({ code: response.statusCode ?? 0, body: isJson ? JSON.parse(text) : text });
      },
    );
    asking.once("error", reject);
    asking.end(body && JSON.stringify(body));
  });
}

const as = (name: string, ...groups: string[]) => ({
  headers: { "impersonate-user": name, ...(groups.length > 0 && { "impersonate-group": groups }) },
});
const rbac = "rbac.authorization.k8s.io";
const pods = "/api/v1/namespaces/default/pods";

function bind(name: string, clusterRole: string, subject: object) {
  return cluster.apply({
    apiVersion: `${rbac}/v1`,
    kind: "RoleBinding",
    metadata: { name, namespace: "default" },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: clusterRole },
    subjects: [subject],
  });
}

async function whoami(asked: Asked) {
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  const answer = await ask("/apis/authentication.k8s.io/v1/selfsubjectreviews", { ...asked, body });
  return answer.body.status?.userInfo ?? answer.body;
}

describe("who asks", () => {
  beforeEach(() => serve());

  test("shows nothing: anonymous, who may see whether the server is well, and its version", async () => {
    for (const path of ["/healthz", "/livez", "/readyz", "/version"])
      expect((await ask(path, { token: "" })).code, path).toBe(200);
    expect(await ask("/api", { token: "" })).toMatchObject({
      code: 403,
      body: { message: 'forbidden: User "system:anonymous" cannot get path "/api"' },
    });
    expect((await ask(pods, { token: "" })).body.message).toContain('User "system:anonymous" cannot list');
  });

  test.each(["nonsense", "a.b.c"])("shows what is no token: %s", async token => {
    expect(await ask(pods, { token })).toMatchObject({ code: 401, body: { reason: "Unauthorized" } });
  });

  test("asks as another, with all that belongs to it", async () => {
    expect(await whoami(as("jane", "devs", "ops"))).toMatchObject({
      username: "jane",
      groups: ["devs", "ops", "system:authenticated"],
    });
    expect(await whoami(as("system:serviceaccount:default:default"))).toMatchObject({
      groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
    });
    const headers = {
      "impersonate-user": "x",
      "impersonate-uid": "7",
      "impersonate-extra-acme.com%2Fscopes": ["a", "b"],
    };
    expect(await whoami({ headers })).toMatchObject({ uid: "7", extra: { "acme.com/scopes": ["a", "b"] } });
    expect(await ask(pods, { headers: { "impersonate-group": "devs" } })).toMatchObject({ code: 500 });
  });

  test("may ask as another only with the right to", async () => {
    const { body } = await ask("/api/v1/namespaces/default/serviceaccounts/default/token", {
      body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
    });
    const { token } = body.status;
    expect(await ask(pods, { token, ...as("jane") })).toMatchObject({
      code: 403,
      body: {
        message:
          'users "jane" is forbidden: User "system:serviceaccount:default:default" cannot impersonate resource "users" in API group "" at the cluster scope',
      },
    });
  });
});

test("without TLS everyone may do everything, but no web page of another site", async () => {
  cluster = new Cluster({ runtime: "hollow" });
  await cluster.start();
  const { url } = await cluster.serve({ tls: false });
  const config = JSON.stringify({ metadata: { name: "page" } });
  const post = (headers: Record<string, string>) =>
    fetch(`${url}/api/v1/namespaces/default/configmaps`, {
      method: "POST",
      body: new Blob([config]),
      headers,
    });
  expect((await post({ origin: "https://evil.example" })).status).toBe(403);
  expect((await post({ origin: "null" })).status).toBe(403);
  expect((await fetch(`${url}/version`, { headers: { "sec-fetch-site": "cross-site" } })).status).toBe(403);
  expect((await post({ origin: url })).status).toBe(201);
});

describe("a token of a service account", () => {
  beforeEach(() => serve());

  async function tokenFor(name: string, spec: object = {}): Promise<Answer> {
    return ask(`/api/v1/namespaces/default/serviceaccounts/${name}/token`, {
      body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec },
    });
  }

  async function review(token: string, audiences?: readonly string[]) {
    const { body } = await ask("/apis/authentication.k8s.io/v1/tokenreviews", {
      body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token, audiences } },
    });
    return body.status;
  }

  test("gives the account's rights until the account is gone", async () => {
    await cluster.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "robot" } });
    const { body } = await tokenFor("robot");
    const { token, expirationTimestamp } = body.status;
    expect(Date.parse(expirationTimestamp)).toBeGreaterThan(0);
    expect(await whoami({ token })).toMatchObject({
      username: "system:serviceaccount:default:robot",
      uid: expect.stringMatching(/./),
      groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
    });
    expect((await ask(pods, { token })).code).toBe(403);
    await bind("robot", "view", { kind: "ServiceAccount", name: "robot", namespace: "default" });
    expect((await ask(pods, { token })).code).toBe(200);
    expect((await ask("/api/v1/namespaces/default/secrets", { token })).code).toBe(403);
    expect(await review(token)).toMatchObject({
      authenticated: true,
      audiences: ["https://kubernetes.default.svc.cluster.local"],
    });
    await cluster.delete("ServiceAccount", "robot");
    expect((await ask(pods, { token })).code).toBe(401);
    expect(await review(token)).toMatchObject({ error: "invalid bearer token" });
  });

  test("is for its audiences", async () => {
    const { token } = (await tokenFor("default", { audiences: ["vault"] })).body.status;
    expect((await ask(pods, { token })).code).toBe(401);
    expect(await review(token)).toMatchObject({ error: "invalid bearer token" });
    expect(await review(token, ["vault", "other"])).toMatchObject({
      authenticated: true,
      audiences: ["vault"],
    });
  });

  test("is bound to a pod, and ends with it", async () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers: [{ name: "c", image: "x" }] },
    };
    const { metadata } = await cluster.create(pod);
    const boundObjectRef = { kind: "Pod", apiVersion: "v1", name: "p", uid: metadata.uid };
    const { token } = (await tokenFor("default", { boundObjectRef })).body.status;
    expect((await whoami({ token })).extra).toMatchObject({ "authentication.kubernetes.io/pod-name": ["p"] });
    await cluster.delete("Pod", "p", { gracePeriodSeconds: 0 });
    expect((await ask(pods, { token })).code).toBe(401);
    expect(await tokenFor("default", { boundObjectRef })).toMatchObject({
      code: 404,
      body: { message: 'pods "p" not found' },
    });
    const other = { boundObjectRef: { kind: "Deployment", apiVersion: "apps/v1", name: "p" } };
    expect((await tokenFor("default", other)).body.message).toBe(
      "cannot bind token to object of type apps/v1, Kind=Deployment",
    );
    const secret = await cluster.create({ apiVersion: "v1", kind: "Secret", metadata: { name: "s" } });
    const wrong = {
      boundObjectRef: { kind: "Secret", apiVersion: "v1", name: "s", uid: `${secret.metadata.uid}x` },
    };
    expect((await tokenFor("default", wrong)).code).toBe(409);
  });

  test("can be verified with the keys that are published", async () => {
    const { createLocalJWKSet, jwtVerify } = await import("jose");
    const { token } = (await tokenFor("default")).body.status;
    const configuration = (await ask("/.well-known/openid-configuration", { token })).body;
    expect(configuration.jwks_uri).toBe(`${serving.url}/openid/v1/jwks`);
    const keys = (await ask("/openid/v1/jwks", { token })).body;
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), { issuer: configuration.issuer });
    expect(payload.sub).toBe("system:serviceaccount:default:default");
  });
});

describe("roles", () => {
  test("every cluster that serves has those of Kubernetes, put together where they are", async () => {
    await serve();
    const names = (await cluster.list("ClusterRole")).map(({ metadata: { name } }) => name);
    expect(names).toEqual(expect.arrayContaining(["cluster-admin", "admin", "edit", "view", "system:node"]));
    await bind("e", "edit", { kind: "User", name: "ed" });
    expect((await ask(pods, as("ed"))).code).toBe(200);
    // Whether there is such a kind is for those to know who may see it.
    const unknown = "/apis/example.com/v1/namespaces/default/widgets";
    expect((await ask(unknown, as("ed"))).code).toBe(403);
    expect((await ask(unknown)).code).toBe(404);
    const role = {
      apiVersion: `${rbac}/v1`,
      kind: "ClusterRole",
      metadata: { name: "nodes", labels: { [`${rbac}/aggregate-to-edit`]: "true" } },
      rules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }],
    };
    await cluster.create(role);
    const has = (found?: { readonly rules?: readonly { readonly resources?: readonly string[] }[] }) =>
      found?.rules?.some(({ resources = [] }) => resources.includes("nodes")) ?? false;
    await cluster.waitFor("ClusterRole/edit", role => has(role as never));
    expect(has((await cluster.get("ClusterRole", "edit")) as never)).toBe(true);
  });

  test("what a role says is listed for its user", async () => {
    await serve();
    await bind("v", "view", { kind: "Group", name: "devs" });
    const body = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectRulesReview",
      spec: { namespace: "default" },
    };
    const path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    const { status } = (await ask(path, { ...as("jane", "devs"), body })).body;
    expect(status).toMatchObject({ incomplete: false });
    expect(status.resourceRules).toContainEqual({
      verbs: ["get", "list", "watch"],
      apiGroups: ["discovery.k8s.io"],
      resources: ["endpointslices"],
    });
    expect(status.nonResourceRules.length).toBeGreaterThan(0);
  });

  test("the option authorize takes their place", async () => {
    await serve({ authorize: ({ name }) => ({ allowed: name !== "jane", reason: "not today" }) });
    expect((await ask(pods, as("jane"))).body.message).toContain("not today");
    expect((await ask(pods)).code).toBe(200);
  });

  test("no more can be given than one has, however it is written", async () => {
    await serve();
    await bind("admin", "admin", { kind: "User", name: "mia" });
    const path = `/apis/${rbac}/v1/namespaces/default`;
    const role = (name: string, resource: string) => ({
      apiVersion: `${rbac}/v1`,
      kind: "Role",
      metadata: { name },
      rules: [{ apiGroups: [""], resources: [resource], verbs: ["get"] }],
    });
    expect((await ask(`${path}/roles`, { ...as("mia"), body: role("r", "pods") })).code).toBe(201);
    expect((await ask(`${path}/roles`, { ...as("mia"), body: role("s", "nodes") })).code).toBe(403);
    const grown = { ...as("mia"), body: role("r", "nodes") };
    expect((await ask(`${path}/roles/r`, { ...grown, method: "PUT" })).code).toBe(403);
    const { headers } = as("mia");
    const types = [
      "application/merge-patch+json",
      "application/apply-patch+yaml",
      "application/strategic-merge-patch+json",
    ];
    for (const type of types) {
      const query = type.includes("apply") ? "?fieldManager=m&force=true" : "";
      const patch = {
        method: "PATCH",
        headers: { ...headers, "content-type": type },
        body: role("r", "nodes"),
      };
      expect((await ask(`${path}/roles/r${query}`, patch)).code, type).toBe(403);
    }
    const binding = (name: string, kind: string, to: string) => ({
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata: { name },
      roleRef: { apiGroup: rbac, kind, name: to },
      subjects: [{ kind: "User", apiGroup: rbac, name: "tom" }],
    });
    const made = async (...[name, kind, to]: [string, string, string]) =>
      (await ask(`${path}/rolebindings`, { ...as("mia"), body: binding(name, kind, to) })).code;
    expect(await made("a", "ClusterRole", "view")).toBe(201);
    expect(await made("b", "ClusterRole", "cluster-admin")).toBe(403);
    expect(await made("c", "Role", "none")).toBe(404);
  });
});

describe("a right", () => {
  beforeEach(() => serve());

  /** Gives the user `bob` a role of the namespace. */
  async function give(namespace: string, ...rules: object[]): Promise<void> {
    const metadata = { name: "bob", namespace };
    await cluster.create({ apiVersion: `${rbac}/v1`, kind: "Role", metadata, rules } as never);
    await cluster.create({
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: rbac, kind: "Role", name: "bob" },
      subjects: [{ kind: "User", name: "bob" }],
    } as never);
  }
  const code = async (path: string, asked: Asked = {}) => (await ask(path, { ...as("bob"), ...asked })).code;

  test("is asked before anything of the request is looked at: its body, its kind, its options", async () => {
    const unfinished = { token: "", method: "POST", headers: { "content-length": "1000" } };
    expect(
      await new Promise((resolve, reject) => {
        const { token: _, ...options } = unfinished;
        const asking = httpsRequest(
          serving.url + pods,
          { ca: serving.ca, agent: false, ...options },
          answer => {
            resolve(answer.statusCode);
            asking.destroy();
          },
        );
        asking.once("error", reject);
        asking.write("{");
      }),
    ).toBe(403);
    for (const [method, path] of [
      ["GET", "/apis/made.up/v1/things"],
      ["POST", "/apis/made.up/v1/namespaces/default/things"],
      ["DELETE", `${pods}/none/made-up`],
      ["PUT", pods],
      ["GET", `${pods}?limit=many`],
      ["GET", `${pods}?watch=true&sendInitialEvents=true`],
    ] as const)
      expect(await code(path, { method }), `${method} ${path}`).toBe(403);
    expect((await ask("/apis/made.up/v1/things")).code).toBe(404);
  });

  test("to one object by name is one to list and watch it by name", async () => {
    const resources = ["secrets"];
    await give("default", { apiGroups: [""], resources, resourceNames: ["x"], verbs: ["list", "watch"] });
    const secrets = "/api/v1/namespaces/default/secrets";
    expect(await code(`${secrets}?fieldSelector=metadata.name%3Dx`)).toBe(200);
    expect(await code(`${secrets}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dx`)).toBe(200);
    expect(await code(`${secrets}?fieldSelector=metadata.name%3Dy`)).toBe(403);
    expect(await code(`${secrets}?fieldSelector=metadata.name!%3Dy`)).toBe(403);
    expect(await code(secrets)).toBe(403);
    for (const name of ["x", "other"])
      await cluster.apply({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "default" } });
    const more = "timeoutSeconds=1&fieldSelector=metadata.namespace%3Ddefault";
    for (const path of [
      `${secrets}/x?watch=true&${more}`,
      `/api/v1/watch/namespaces/default/secrets/x?${more}`,
    ]) {
      const { body } = await ask(path, as("bob"));
      expect(body.object.metadata.name, path).toBe("x");
    }
  });

  test("to a proxy is one to the port that it names", async () => {
    const proxy = { apiGroups: [""], resources: ["services/proxy"], verbs: ["get"] };
    await give("default", { ...proxy, resourceNames: ["web", "http:api:80"] });
    const services = "/api/v1/namespaces/default/services";
    expect(await code(`${services}/web/proxy/`)).toBe(404);
    expect(await code(`${services}/http:api:80/proxy/`)).toBe(404);
    for (const other of ["web:9090", "http:web:", "api", "api:80", "https:api:80"])
      expect(await code(`${services}/${other}/proxy/`), other).toBe(403);
  });

  test("to read a namespace may be given in it", async () => {
    await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "mine" } });
    await give("mine", { apiGroups: [""], resources: ["namespaces"], verbs: ["get"] });
    expect(await code("/api/v1/namespaces/mine")).toBe(200);
    const { body } = await ask("/api/v1/namespaces/default", as("bob"));
    expect(body.message).toBe(
      'namespaces "default" is forbidden: User "bob" cannot get resource "namespaces" in API group "" in the namespace "default"',
    );
  });
});

describe("workers", () => {
  const worker = (name: string, account?: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: { ...(account && { serviceAccountName: account }), containers: [{ name: "c", image: "lister" }] },
  });

  async function said(name: string): Promise<string> {
    await cluster.waitFor(
      `Pod/${name}`,
      pod => pod?.status?.phase === "Succeeded" || pod?.status?.phase === "Failed",
    );
    return await cluster.logs(`Pod/${name}`);
  }

  async function run(name: string, account?: string): Promise<string> {
    const pod = worker(name, account);
    await cluster.create({ ...pod, spec: { ...pod.spec, restartPolicy: "Never" } } as never);
    return said(name);
  }

  const images = new URL("../../test/modules/access", import.meta.url);

  test("of the account default may do everything; of an account that is named, what its roles say", async () => {
    cluster = new Cluster({ images });
    await cluster.start();
    await cluster.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "reader" } });
    expect(await run("open")).toContain("found 0 secrets");
    expect(await run("closed", "reader")).toContain(
      'User "system:serviceaccount:default:reader" cannot list',
    );
    await bind("reader", "edit", { kind: "ServiceAccount", name: "reader", namespace: "default" });
    expect(await run("bound", "reader")).toContain("found 0 secrets");
  });

  test("of a cluster that serves have the rights of their accounts, the account default too", async () => {
    cluster = new Cluster({ images });
    await cluster.start();
    expect(await run("before")).toContain("found 0 secrets");
    serving = await cluster.serve();
    expect(await run("closed")).toContain('User "system:serviceaccount:default:default" cannot list');
    await bind("default", "edit", { kind: "ServiceAccount", name: "default", namespace: "default" });
    expect(await run("bound")).toContain("found 0 secrets");
  });

  test("of a cluster that serves may do everything where it says so", async () => {
    await serve({ images, rbac: false, runtime: "thread" });
    expect(await run("open")).toContain("found 0 secrets");
  });

  test("of the account default have its rights where roles decide about all", async () => {
    cluster = new Cluster({ images, rbac: true });
    await cluster.start();
    expect(await run("closed")).toContain('User "system:serviceaccount:default:default" cannot list');
  });
});
