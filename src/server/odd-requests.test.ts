/** Requests that are odd, and yet no reason to fail: warnings in any script, patches that leave no object, other stored versions. */
import { get, type IncomingMessage } from "node:http";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestServer, testServer } from "./test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

const configMaps = "/api/v1/namespaces/default/configmaps";

test("every answer has an id, that of its request where it brings one", async () => {
  const idOf = async (headers: Record<string, string>) => {
    const answer = await fetch(server.url + configMaps, { headers });
    await answer.text();
    return answer.headers.get("audit-id");
  };
  expect(await idOf({ "audit-id": "mine" })).toBe("mine");
  const [one, other] = [await idOf({}), await idOf({})];
  expect(one).toMatch(/^[\da-f-]{36}$/);
  expect(one).not.toBe(other);
});

test.each([
  ["中文", "中文"],
  ["é", "é"],
  ["a\nb\u007f", "a b "],
])("a warning about a field %j is told in UTF-8, on one line", async (field, told) => {
  const body = { metadata: { generateName: "w-" }, [field]: 1 };
  const query = { fieldValidation: "Warn" };
  const { status, warnings } = await server.send({ method: "POST", path: configMaps, query, body });
  expect(status).toBe(201);
  const [warning = ""] = warnings;
  expect(Buffer.from(warning, "latin1").toString()).toBe(`299 - "unknown field \\"${told}\\""`);
});

test.each([
  ["application/merge-patch+json", { metadata: null }],
  ["application/json-patch+json", [{ op: "remove", path: "/metadata" }]],
  ["application/strategic-merge-patch+json", { $patch: "delete" }],
  ["application/strategic-merge-patch+json", { $patch: "replace" }],
])("a patch that leaves no metadata is refused (%s %j)", async (type, body) => {
  const metadata = { name: "patched" };
  await server.send({ method: "POST", path: configMaps, body: { metadata, data: { a: "b" } } });
  const path = `${configMaps}/patched`;
  const answer = await server.send({ method: "PATCH", path, headers: { "content-type": type }, body });
  expect([answer.status, answer.body]).toMatchObject([422, { reason: "Invalid" }]);
  expect((await server.send({ method: "GET", path })).body).toMatchObject({ data: { a: "b" } });
});

const forbidden = (rule: string) => `resourceVersionMatch: Forbidden: resourceVersionMatch ${rule}`;
const bodyOf = (name: string) => ({ metadata: { name } });
test.each<[string, string, object, object | undefined, number, string]>([
  [
    "POST",
    configMaps,
    { fieldManager: "m".repeat(129) },
    bodyOf("a"),
    422,
    'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
  ],
  [
    "POST",
    configMaps,
    { fieldManager: "é\u0001" },
    bodyOf("a"),
    422,
    "invalid character U+0001 (at position 2)",
  ],
  [
    "GET",
    configMaps,
    { resourceVersion: "1", resourceVersionMatch: "Best" },
    undefined,
    422,
    'resourceVersionMatch: Unsupported value: "Best": supported values: "Exact", "NotOlderThan", ""',
  ],
  [
    "GET",
    configMaps,
    { resourceVersion: "0", resourceVersionMatch: "Exact" },
    undefined,
    422,
    forbidden('"exact" is forbidden for resourceVersion "0"'),
  ],
  [
    "GET",
    configMaps,
    { resourceVersionMatch: "Exact" },
    undefined,
    422,
    forbidden("is forbidden unless resourceVersion is provided"),
  ],
  [
    "GET",
    configMaps,
    { resourceVersion: "1", continue: "x" },
    undefined,
    400,
    "specifying resource version is not allowed when using continue",
  ],
  [
    "GET",
    configMaps,
    { watch: "1", resourceVersion: "1", resourceVersionMatch: "NotOlderThan" },
    undefined,
    422,
    forbidden("is forbidden for watch unless sendInitialEvents is provided"),
  ],
  [
    "DELETE",
    `${configMaps}/none`,
    {},
    { orphanDependents: true, propagationPolicy: "Orphan" },
    422,
    'propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
  ],
])("%s %s %j %j: %i, in the words of Kubernetes", async (method, path, query, body, code, text) => {
  const answer = await server.send({ method, path, query: query as Record<string, string>, body });
  expect(answer.status).toBe(code);
  expect((answer.body as { message: string }).message).toContain(text);
});

test("a large answer is compressed for a client that takes it, and no other", async () => {
  await server.send({
    method: "POST",
    path: configMaps,
    body: { ...bodyOf("large"), data: { text: "x".repeat(200_000) } },
  });
  const raw = (encoding: string) =>
    new Promise<IncomingMessage & { bytes: Buffer }>((resolve, reject) => {
      const headers = { "accept-encoding": encoding };
      get(`${server.url}${configMaps}/large`, { headers, agent: false }, async response => {
        const parts: Buffer[] = [];
        for await (const part of response) parts.push(part as Buffer);
        resolve(Object.assign(response, { bytes: Buffer.concat(parts) }));
      }).once("error", reject);
    });
  const [plain, small] = [await raw("identity"), await raw("gzip, deflate")];
  expect(plain.headers["content-encoding"]).toBeUndefined();
  expect(small.headers).toMatchObject({ "content-encoding": "gzip", vary: "Accept-Encoding" });
  expect(small.bytes.length).toBeLessThan(plain.bytes.length / 10);
  expect(gunzipSync(small.bytes)).toEqual(plain.bytes);
});

test("nothing is created under a path that watches", async () => {
  const path = "/api/v1/watch/namespaces/default/configmaps";
  const answer = await server.send({ method: "POST", path, body: bodyOf("watched") });
  expect(answer.status).toBe(405);
});

test("a definition whose conversion is a webhook's is told that none is called", async () => {
  const schema = { openAPIV3Schema: { type: "object" } };
  const names = { plural: "hooks", singular: "hook", kind: "Hook", listKind: "HookList" };
  const clientConfig = { url: "https://example.com/convert" };
  const conversion = { strategy: "Webhook", webhook: { clientConfig, conversionReviewVersions: ["v1"] } };
  const versions = [{ name: "v1", served: true, storage: true, schema }];
  const spec = { group: "e.com", names, scope: "Namespaced", versions, conversion };
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const made = await server.send({ method: "POST", path, body: { metadata: { name: "hooks.e.com" }, spec } });
  expect([made.status, made.warnings.join()]).toEqual([
    201,
    expect.stringContaining("the webhook is not called"),
  ]);
});

test("after a change of the version that is kept each version shows objects as its own, and so they are changed", async () => {
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  const versions = (stored: string) =>
    ["v1", "v2"].map(name => ({ name, served: true, storage: name === stored, schema }));
  const names = { plural: "tools", singular: "tool", kind: "Tool", listKind: "ToolList" };
  const spec = { group: "e.com", names, scope: "Namespaced" };
  const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const merge = { "content-type": "application/merge-patch+json" };
  const made = await server.send({
    method: "POST",
    path: definitions,
    body: { metadata: { name: "tools.e.com" }, spec: { ...spec, versions: versions("v2") } },
  });
  expect(made.status).toBe(201);
  const toolsIn = (version: string) => `/apis/e.com/${version}/namespaces/default/tools`;
  await server.send({
    method: "POST",
    path: toolsIn("v2"),
    body: { apiVersion: "e.com/v2", kind: "Tool", metadata: { name: "t" } },
  });
  const path = `${definitions}/tools.e.com`;
  const body = { spec: { versions: versions("v1") } };
  expect((await server.send({ method: "PATCH", path, headers: merge, body })).status).toBe(200);
  for (const version of ["v1", "v2"]) {
    const apiVersion = `e.com/${version}`;
    const one = `${toolsIn(version)}/t`;
    expect((await server.send({ method: "GET", path: one })).body).toMatchObject({ apiVersion });
    expect((await server.send({ method: "GET", path: toolsIn(version) })).body).toMatchObject({
      apiVersion,
      items: [{ apiVersion }],
    });
    const changed = { metadata: { labels: { by: version } } };
    const answer = await server.send({ method: "PATCH", path: one, headers: merge, body: changed });
    expect([answer.status, answer.body]).toMatchObject([200, { apiVersion, ...changed }]);
    const applied = { apiVersion, kind: "Tool", metadata: { name: "t", annotations: { by: version } } };
    const apply = await server.send({
      method: "PATCH",
      path: one,
      headers: { "content-type": "application/apply-patch+yaml" },
      query: { fieldManager: "me" },
      body: applied,
    });
    expect([apply.status, apply.body]).toMatchObject([200, applied]);
  }
});
