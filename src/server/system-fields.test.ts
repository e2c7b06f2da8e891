/** What the system gives a new object belongs to no manager, so that nobody takes it away who applies the object without it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestServer, testServer } from "./test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

const template = {
  metadata: { labels: { app: "a" } },
  spec: { restartPolicy: "Never", containers: [{ name: "c", image: "pause" }] },
};
const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
const volume = {
  capacity: { storage: "1Gi" },
  accessModes: ["ReadWriteOnce"],
  hostPath: { path: "/tmp/a" },
};

interface Written {
  readonly metadata: { readonly managedFields: readonly object[] };
}

test.each<[string, string, object, (written: never) => unknown, RegExp]>([
  [
    "the selector of a Job, and its labels",
    "/apis/batch/v1/namespaces/default/jobs",
    { spec: { template } },
    ({ spec }: { spec: { selector: unknown; template: unknown; completions: unknown } }) => [
      spec.selector,
      spec.template,
      spec.completions,
    ],
    /f:selector|controller-uid|job-name/,
  ],
  [
    "the finalizer of a namespace",
    "/api/v1/namespaces",
    {},
    ({ spec }: { spec: unknown }) => spec,
    /f:finalizers/,
  ],
  [
    "the finalizer of a claim",
    "/api/v1/namespaces/default/persistentvolumeclaims",
    { spec: claim },
    ({ metadata }: { metadata: { finalizers: unknown } }) => metadata.finalizers,
    /f:finalizers/,
  ],
  [
    "the finalizer of a volume",
    "/api/v1/persistentvolumes",
    { spec: volume },
    ({ metadata }: { metadata: { finalizers: unknown } }) => metadata.finalizers,
    /f:finalizers/,
  ],
])("%s", async (_, path, rest, given, owned) => {
  const manager = { fieldManager: "me" };
  const sent = { metadata: { name: "new", labels: { mine: "yes" } }, ...rest };
  const { status, body } = await server.send({ method: "POST", path, query: manager, body: sent });
  expect(status).toBe(201);
  const { apiVersion, kind, metadata } = body as Written & { apiVersion: string; kind: string };
  expect(JSON.stringify(metadata.managedFields)).not.toMatch(owned);
  expect(given(body as never)).toBeDefined();

  // As kubectl hands over to an apply on the server: what was written so far is the apply's own.
  const managedFields = metadata.managedFields.map(entry => ({ ...entry, operation: "Apply" }));
  const handed = { metadata: { managedFields } };
  const merge = { "content-type": "application/merge-patch+json" };
  await server.send({ method: "PATCH", path: `${path}/new`, headers: merge, body: handed });
  const applied = await server.send({
    method: "PATCH",
    path: `${path}/new`,
    query: manager,
    headers: { "content-type": "application/apply-patch+yaml" },
    body: { apiVersion, kind, ...sent },
  });
  expect(applied.status, JSON.stringify(applied.body)).toBe(200);
  expect(given(applied.body as never)).toEqual(given(body as never));
});
