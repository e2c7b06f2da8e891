/**
 * CustomResourceDefinitions and the objects of their kinds, and what policies and webhooks say, as a real Kubernetes answered (../shared/kubernetes-1.35/admission):
 * each request is sent over HTTP, and the answer must be the same.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type TestRequest, type TestServer, testServer } from "./test-server.ts";

const folder = fileURLToPath(new URL("../../../shared/kubernetes-1.35/admission/", import.meta.url));

interface Case {
  readonly name: string;
  readonly given?: readonly (TestRequest | { readonly wait: unknown })[];
  readonly request: TestRequest;
  readonly managedFields?: "kept";
  readonly response: {
    readonly status: number;
    readonly warnings?: readonly string[];
    readonly body: object;
  };
}

const cases = (existsSync(folder) ? readdirSync(folder) : [])
  .filter(file => /^(crd-|.*custom-resource|pod-security|.*webhook|validating-admission)/.test(file))
  .map(file => JSON.parse(readFileSync(join(folder, file), "utf8")) as Case);

let server: TestServer;
beforeEach(async () => {
  server = await testServer();
});
afterEach(() => server.close());

describe.runIf(cases.length > 0)("recorded", () => {
  test.each(cases.map(each => [each.name, each] as const))("%s", async (_, recorded) => {
    const { given = [], request, response, managedFields } = recorded;
    for (const step of given)
      if (!("wait" in step)) expect((await server.send(step)).status).toBeLessThan(300);
    const answer = await server.send(request);
    expect(comparable(answer.body, managedFields === "kept")).toEqual(
      comparable(response.body, managedFields === "kept"),
    );
    expect(answer.status).toBe(response.status);
    expect(answer.warnings.join(", ")).toBe((response.warnings ?? []).join(", "));
  });
});

interface Comparable {
  readonly message?: string;
  readonly metadata?: object;
  readonly details?: { readonly causes?: readonly { readonly field: string; readonly message: string }[] };
}

/** Without what differs from run to run. The order of the causes does, and with it the message that lists them. */
function comparable(body: unknown, keepsManagers: boolean): unknown {
  const text = JSON.stringify(body, (key, value: unknown) =>
    ["uid", "resourceVersion", "creationTimestamp", "time"].includes(key) ? undefined : value,
  );
  const { message, metadata, details, ...rest } = JSON.parse(text) as Comparable;
  const { managedFields, ...about } = (metadata ?? {}) as { managedFields?: unknown };
  const place = ({ field, message: text }: { field: string; message: string }) => `${field} ${text}`;
  const causes = [...(details?.causes ?? [])].sort((one, other) => (place(one) < place(other) ? -1 : 1));
  return {
    ...rest,
    metadata: keepsManagers ? { ...about, managedFields } : about,
    ...(details && { details: { ...details, causes } }),
    ...(message && { message: causes.length > 1 ? message.split(":")[0] : message }),
  };
}
