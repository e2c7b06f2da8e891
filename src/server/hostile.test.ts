/**
 * Clients that mean harm, or are broken: whatever they send, they are refused in words, nothing breaks, and the next request is
 * answered. What is random is repeated by its seed, which a failure prints.
 */
import { request as httpRequest } from "node:http";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type TestServer, testServer } from "./test-server.ts";

let server: TestServer;
beforeEach(async () => {
  server = await testServer();
});
afterEach(() => server.close());

const path = "/api/v1/namespaces/golden/configmaps";

/** Any bytes, with any headers; a body in pieces where it is a list. */
function send(
  method: string,
  headers: Record<string, string>,
  body: readonly (string | Uint8Array)[],
  at = path,
): Promise<{ code: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(server.url + at, { method, headers, agent: false }, response => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", part => {
        text += part;
      });
      response.on("end", () => resolve({ code: response.statusCode ?? 0, text }));
    });
    // A server that refuses a body need not read it to its end.
    asked.on("error", error => ("code" in error && error.code === "EPIPE" ? undefined : reject(error)));
    for (const part of body) asked.write(part);
    asked.end();
  });
}

async function isWell(): Promise<void> {
  const { status } = await server.send({ method: "GET", path: "/api/v1/namespaces/golden" });
  expect(status).toBe(200);
}

const json = { "content-type": "application/json" };
const deep = (open: string, close: string) => open.repeat(50_000) + close.repeat(50_000);
const named = (more: string) => `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},${more}}`;

/** Nine lines that stand for a hundred million values. */
const growing = Array.from(
  { length: 9 },
  (_, i) =>
    `k${i}: &a${i} [${Array(10)
      .fill(i === 0 ? "x" : `*a${i - 1}`)
      .join(",")}]\n`,
).join("");

describe("a body", () => {
  test.each<[string, Record<string, string>, (string | Uint8Array)[], number]>([
    [
      "that says it is too large",
      { ...json, "content-length": String(4 * 1024 * 1024) },
      ["x".repeat(4 * 1024 * 1024)],
      413,
    ],
    [
      "that is too large and does not say so",
      { ...json, "transfer-encoding": "chunked" },
      Array(64).fill("x".repeat(64 * 1024)),
      413,
    ],
    ["of lists in lists", json, [named(`"data":${deep("[", "]")}`)], 400],
    ["of maps in maps", json, [named(`"data":${deep('{"a":', "}").replace(":}", ":1}")}`)], 400],
    ["of YAML in flow", { "content-type": "application/yaml" }, [deep("[", "]")], 400],
    ["of YAML that grows", { "content-type": "application/yaml" }, [growing], 400],
    ["that is compressed", { ...json, "content-encoding": "gzip" }, [gzipSync(named('"data":{}'))], 400],
    ["of nothing", json, [], 400],
    ["of no object", json, ["[]"], 400],
    ["that ends too soon", json, ['{"apiVersion":"v1"'], 400],
    ["of bytes that are no text", json, [Uint8Array.from([0xff, 0xfe, 0x00, 0x80])], 400],
    ["of no protobuf", { "content-type": "application/vnd.kubernetes.protobuf" }, ["k8s\0\xff\xff\xff"], 400],
    ["of a type that nobody knows", { "content-type": "text/html" }, ["<p>"], 415],
  ])("%s is refused", async (_, headers, body, code) => {
    const answer = await send("POST", headers, body);
    expect(answer.code).toBe(code);
    expect(JSON.parse(answer.text)).toMatchObject({ kind: "Status", status: "Failure", code });
    await isWell();
  });

  const manyKeys = (count: number, text: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => text(i)).join(",");
  test.each([
    ["keys that stand twice", "Warn", named(manyKeys(20_000, () => '"data":{}')), 201],
    [
      "one long key around others that stand twice",
      "Warn",
      named(`"${"k".repeat(1_000_000)}":{${manyKeys(200, () => '"a":1')}}`),
      201,
    ],
    ["unknown fields", "Warn", named(manyKeys(20_000, i => `"u${i}":1`)), 201],
    ["unknown fields that are refused", "Strict", named(manyKeys(20_000, i => `"u${i}":1`)), 400],
    ["values of the wrong type", "Warn", named(`"data":{${manyKeys(20_000, i => `"u${i}":1`)}}`), 400],
    [
      "keys that are no labels",
      "Warn",
      `{"metadata":{"name":"a","labels":{${manyKeys(20_000, i => `"u /${i}":""`)}}}}`,
      422,
    ],
  ])("of many %s is answered with a few of them", async (_, fieldValidation, body, code) => {
    const answer = await send("POST", json, [body], `${path}?fieldValidation=${fieldValidation}`);
    expect(answer.code).toBe(code);
    expect(answer.text.length).toBeLessThan(300_000);
    await isWell();
  });

  test("reaches no prototype", async () => {
    for (const key of ["__proto__", "constructor", "prototype"])
      await send("POST", json, [named(`"${key}":{"polluted":"yes"},"data":{"${key}":"x"}`)]);
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
    await isWell();
  });

  test("may end in the middle: the client hangs up", async () => {
    await new Promise<void>(resolve => {
      const asked = httpRequest(server.url + path, {
        method: "POST",
        headers: { ...json, "content-length": "1000" },
        agent: false,
      });
      asked.on("error", () => resolve());
      asked.write("{", () => asked.destroy(new Error("gone")));
    });
    await isWell();
  });

  test("of any bytes, in any type, is refused with a client's error", async () => {
    const types = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 200 }).map(rest => Uint8Array.from([0x6b, 0x38, 0x73, 0, ...rest])),
      fc.json().map(text => new TextEncoder().encode(text)),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...types), bytes, async (type, body) => {
        const { code } = await send("POST", { "content-type": type }, [body]);
        expect(code).toBeGreaterThanOrEqual(400);
        expect(code).toBeLessThan(500);
      }),
      { numRuns: 150 },
    );
    await isWell();
  });
});

test("a patch of any JSON changes the object or is refused, and leaves one that can be read", async () => {
  await send("POST", json, [named('"data":{"a":"1"}')]);
  const types = ["merge-patch+json", "json-patch+json", "strategic-merge-patch+json", "apply-patch+yaml"];
  const operation = fc.record({
    op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test", "?"),
    path: fc.constantFrom("", "/", "/data", "/data/a", "/data/-", "/metadata/name", "/metadata", "/kind"),
    from: fc.constantFrom("", "/data", "/metadata"),
    value: fc.jsonValue({ maxDepth: 2 }),
  });
  const fields = fc.record(
    { data: fc.jsonValue({ maxDepth: 2 }), metadata: fc.jsonValue({ maxDepth: 2 }), $patch: fc.string() },
    { requiredKeys: [] },
  );
  const patch = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fields, fc.array(operation, { maxLength: 3 }));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...types), patch, async (type, body) => {
      const at = `${path}/a?fieldManager=f&force=${type.startsWith("apply")}`.replace("&force=false", "");
      const { text } = await send(
        "PATCH",
        { "content-type": `application/${type}` },
        [JSON.stringify(body)],
        at,
      );
      expect(JSON.parse(text)).toHaveProperty("kind");
      expect((await send("GET", {}, [], `${path}/a`)).code).toBe(200);
    }),
    { numRuns: 150 },
  );
});

test.each([
  "/%zz",
  "/api/v1/namespaces/%00/pods",
  "/../../etc/passwd",
  `/api/v1/${"a/".repeat(5000)}`,
  "//",
  "/api/v1/pods?limit=x&continue=%",
])("the path %.40s gets an answer", async at => {
  const { code } = await send("GET", {}, [], at);
  expect(code).toBeGreaterThanOrEqual(200);
  expect(code).toBeLessThan(500);
  await isWell();
});
