/**
 * Server-side apply and managed fields as a real Kubernetes answered (../shared/kubernetes-1.35/admission, the cases whose
 * managed fields were kept): each request is sent over HTTP, and the answer must be the same.
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import { allRecorded, describeRecorded } from "../test-recordings.ts";
import { type TestRequest, type TestServer, testServer } from "./test-server.ts";

interface Case {
  readonly name: string;
  readonly given?: readonly (TestRequest | { readonly wait: unknown })[];
  readonly request: TestRequest;
  readonly managedFields?: "kept";
  readonly response: { readonly status: number; readonly body: unknown };
}

/** Cases that are not about what is tested here. */
const elsewhere: Readonly<Record<string, string>> = {
  "apply-custom-resource": "custom resources defined at run time",
  "json-patch-wrong-type": "the error of a patch whose result cannot be read",
  "merge-patch-unknown-strict": "the error of a patch whose result cannot be read",
};

let server: TestServer;
beforeEach(async () => {
  server = await testServer();
});
afterEach(() => server.close());

describeRecorded("managed fields as recorded", "admission", () => {
  const cases = allRecorded<Case>("admission").filter(
    ({ name, managedFields }) => (managedFields || name.startsWith("apply-")) && !(name in elsewhere),
  );
  test.each(cases.map(each => [each.name, each] as const))(
    "%s",
    async (_, { given = [], request, response }) => {
      for (const step of given)
        if (!("wait" in step)) expect((await server.send(step)).status).toBeLessThan(300);
      const { status, body } = await server.send(request);
      expect(withPlaceholders(body, response.body)).toEqual(response.body);
      expect(status).toBe(response.status);
    },
  );
});

/** What differs from run to run, as the recording has it. */
function withPlaceholders(value: unknown, recorded: unknown): unknown {
  if (typeof recorded === "string" && /^<[\w-]+>$/.test(recorded))
    return value === undefined ? value : recorded;
  if (Array.isArray(value) && Array.isArray(recorded))
    return value.map((item, i) => withPlaceholders(item, recorded[i]));
  if (typeof value !== "object" || value === null || typeof recorded !== "object" || recorded === null)
    return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, withPlaceholders(inner, (recorded as Record<string, unknown>)[key])]),
  );
}
