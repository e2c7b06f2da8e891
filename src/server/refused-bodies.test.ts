/** Bodies and options of a wrong shape: each is refused before anything is written, wherever it comes in. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtInKinds } from "../resources/index.ts";
import { type TestServer, testServer } from "./test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
  for (const name of ["kept", "other"])
    await server.send({ method: "POST", path: configMaps, body: { metadata: { name }, data: { a: "b" } } });
  await server.send({ method: "POST", path: deployments, body: deployment });
});
afterAll(() => server.close());

const configMaps = "/api/v1/namespaces/default/configmaps";
const deployments = "/apis/apps/v1/namespaces/default/deployments";
const labels = { app: "web" };
const deployment = {
  metadata: { name: "web" },
  spec: {
    replicas: 3,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "a", image: "pause" }] } },
  },
};
const merge = { "content-type": "application/merge-patch+json" };

/** `CODE MESSAGE`. */
async function answered(request: Parameters<TestServer["send"]>[0]): Promise<string> {
  const { status, body } = await server.send(request);
  return `${status} ${(body as { message?: string }).message ?? ""}`;
}

describe("how to delete", () => {
  test.each<[object, string]>([
    [{ dryRun: "All" }, "400 DeleteOptions in version"],
    [{ gracePeriodSeconds: "x" }, "400 DeleteOptions in version"],
    [{ gracePeriodSeconds: 1.5 }, "400 DeleteOptions in version"],
    [{ gracePeriodSeconds: 1e30 }, "400 DeleteOptions in version"],
    [{ preconditions: { uid: 5 } }, "400 DeleteOptions in version"],
    [{ dryRun: ["Some"] }, "422 DeleteOptions.meta.k8s.io"],
  ])("%j is refused, and nothing deleted", async (body, message) => {
    const path = `${configMaps}/kept`;
    expect(await answered({ method: "DELETE", path, body })).toContain(message);
    expect(await answered({ method: "DELETE", path: configMaps, body })).toContain(message);
    expect((await server.send({ method: "GET", path })).status).toBe(200);
  });

  test.each(["POST", "DELETE"])("%s in all namespaces at once is no request", async method => {
    const body = method === "POST" ? { metadata: { name: "new" } } : undefined;
    const answer = await answered({ method, path: "/api/v1/configmaps", ...(body && { body }) });
    expect(answer).toBe("405 the server does not allow this method on the requested resource");
    expect((await server.send({ method: "GET", path: `${configMaps}/kept` })).status).toBe(200);
  });
});

describe("a part of another kind", () => {
  const written = builtInKinds.flatMap(({ kind, subresources }) =>
    subresources
      .filter(({ as, connect }) => as && !connect)
      .map(part => [`${kind}/${part.name}`, part] as const),
  );
  test.each(written)("%s is read as that kind", (_, { body, as }) => {
    expect(body).toMatchObject({ kind: as?.kind });
  });

  test.each<[string, unknown, string]>([
    ["a text", "x", "400 Scale in version"],
    ["a number as text", "5", "400 Scale in version"],
    ["half a replica", 1.5, "400 Scale in version"],
    [
      "less than none",
      -1,
      '422 Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -1: must be',
    ],
  ])("%s is no scale", async (_, replicas, message) => {
    const path = `${deployments}/web/scale`;
    const spec = { replicas };
    expect(await answered({ method: "PUT", path, body: { metadata: { name: "web" }, spec } })).toContain(
      message,
    );
    expect((await server.send({ method: "PATCH", path, headers: merge, body: { spec } })).status).toBe(422);
    const { body } = await server.send({ method: "GET", path });
    expect(body).toMatchObject({ spec: { replicas: 3 } });
  });

  test("has nothing behind it", async () => {
    expect((await server.send({ method: "GET", path: `${deployments}/web/scale/more` })).status).toBe(404);
  });
});

test.each<[unknown, string]>([
  [5, "400 ConfigMap in version"],
  ["name", "400 ConfigMap in version"],
  [["name"], "400 ConfigMap in version"],
  [{}, "400 the name of the object (kept based on URL) was undeterminable: name must be provided"],
  [undefined, "400 the name of the object (kept based on URL) was undeterminable: name must be provided"],
])("an object with the metadata %j takes no one's place", async (metadata, message) => {
  const path = `${configMaps}/kept`;
  expect(await answered({ method: "PUT", path, body: { metadata, data: {} } })).toContain(message);
  expect((await server.send({ method: "GET", path })).body).toMatchObject({ data: { a: "b" } });
});

describe("a key that stands twice in a patch", () => {
  const patches: [string, string, string][] = [
    ["merge-patch+json", '{"data":{"x":"1","x":"2"}}', "data.x"],
    ["strategic-merge-patch+json", '{"data":{"x":"1","x":"2"}}', "data.x"],
    ["json-patch+json", '[{"op":"add","path":"/data/x","value":"1","value":"2"}]', "[0].value"],
  ];
  test.each(patches)(
    "is refused where the writer is strict, and told otherwise (%s)",
    async (type, body, field) => {
      const patch = { method: "PATCH", path: `${configMaps}/other`, body } as const;
      const headers = { "content-type": `application/${type}` };
      const problem = `duplicate field "${field}"`;
      const refused = await answered({ ...patch, headers, query: { fieldValidation: "Strict" } });
      expect(refused).toMatch(/^422 {2}"" is invalid: patch: Invalid value: /);
      expect(refused).toContain(`strict decoding error: ${problem}`);
      const { status, warnings } = await server.send({ ...patch, headers });
      expect([status, warnings]).toEqual([200, [`299 - ${JSON.stringify(problem)}`]]);
    },
  );
});
