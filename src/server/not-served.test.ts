import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestServer, testServer } from "./test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
  const versions = [
    { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } },
    { name: "v0", served: false, storage: false, schema: { openAPIV3Schema: { type: "object" } } },
  ];
  const names = { plural: "foos", singular: "foo", kind: "Foo", listKind: "FooList" };
  await server.send({
    method: "POST",
    path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    body: {
      metadata: { name: "foos.example.com" },
      spec: { group: "example.com", scope: "Namespaced", names, versions },
    },
  });
});
afterAll(() => server.close());

const foos = "/apis/example.com/v1/namespaces/default/foos";
const plain = ["text/plain; charset=utf-8", "404 page not found\n"];
const status = (message: string) => ["application/json", expect.stringContaining(`"message":"${message}"`)];
const noResource = status("the server could not find the requested resource");

test.each<[string, unknown[]]>([
  ["/api/v1/namespaces/default/things", noResource],
  ["/api/v9", noResource],
  ["/apis/apps/v9/deployments", noResource],
  ["/apis/apps/v9", noResource],
  ["/api/v1/namespaces/default/configmaps/x/status", noResource],
  ["/apis/nothing.example.com", plain],
  ["/apis/nothing.example.com/v1", plain],
  ["/apis/nothing.example.com/v1/foos", plain],
  ["/apis/example.com/v0/foos", plain],
  ["/apis/example.com/v1/bars", plain],
  ["/apis/example.com/v1/foos/a", plain],
  [`${foos}/a/status`, status('foos.example.com \\"a\\" not found')],
  ["/foo/bar", plain],
  ["/openapi/v3/apis/nothing.example.com/v1", plain],
])("GET %s", async (path, told) => {
  // The definition is served as soon as the kinds have heard of it.
  await expect.poll(async () => (await fetch(server.url + foos)).status).toBe(200);
  const answer = await fetch(server.url + path, { headers: { accept: "application/json" } });
  expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([404, ...told]);
});

test("a custom resource's verbs come in the order that Kubernetes has for them", async () => {
  const { body } = await server.send({ method: "GET", path: "/apis/example.com/v1" });
  const verbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
  expect(body).toMatchObject({ resources: [{ name: "foos", verbs }] });
});
