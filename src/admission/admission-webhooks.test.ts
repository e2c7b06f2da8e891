/** Webhooks over HTTPS: what they change, what they refuse, and what becomes of a write when they fail. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { serverCertificate } from "../access/index.ts";
import { Cluster } from "../index.ts";
import { failureOf } from "../server/status.ts";

interface Review {
  readonly request: {
    readonly uid: string;
    readonly operation: string;
    readonly object: {
      readonly metadata: { readonly name: string };
      readonly data?: Record<string, string>;
    } | null;
    readonly dryRun: boolean;
  };
}

/** What the webhook at each path answers. */
const answers: Record<string, (review: Review) => object> = {};
const asked: string[] = [];
let server: Server;
let base: string;
let caBundle: string;
let cluster: Cluster;

beforeAll(async () => {
  const made = await serverCertificate({ hosts: ["127.0.0.1"], folder: undefined, now: Date.now() });
  caBundle = Buffer.from(made.ca).toString("base64");
  server = createServer({ cert: made.cert, key: made.key }, (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", part => void parts.push(part as Buffer));
    request.on("end", () => {
      const review = JSON.parse(Buffer.concat(parts).toString()) as Review;
      const path = new URL(request.url ?? "", base).pathname;
      asked.push(path);
      const answer = answers[path]?.(review);
      if (!answer) response.writeHead(500).end("no such hook");
      else
        response.end(
          JSON.stringify({
            apiVersion: "admission.k8s.io/v1",
            kind: "AdmissionReview",
            response: { uid: review.request.uid, allowed: true, ...answer },
          }),
        );
    });
  });
  await new Promise<void>(resolve => void server.listen(0, "127.0.0.1", resolve));
  base = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
const folder = mkdtempSync(join(tmpdir(), "k4s-webhooks-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  server.close();
  server.closeAllConnections();
});
beforeEach(async () => {
  asked.length = 0;
  cluster = new Cluster({ nodes: 0 });
  await cluster.start();
});
afterEach(() => cluster.stop());

function configuration(kind: "Mutating" | "Validating", paths: readonly string[], more: object = {}) {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: `${kind}WebhookConfiguration`,
    metadata: { name: kind.toLowerCase() },
    webhooks: paths.map(path => ({
      name: `${path.slice(1)}.example.com`,
      clientConfig: { url: base + path, caBundle },
      rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["configmaps"] }],
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      ...more,
    })),
  };
}

function configMap(name: string, data: object = {}) {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data };
}

function patchOf(...operations: object[]) {
  return { patchType: "JSONPatch", patch: Buffer.from(JSON.stringify(operations)).toString("base64") };
}

test("those that change come one after the other, and again where others changed more", async () => {
  answers["/first"] = ({ request }) =>
    patchOf({ op: "add", path: "/data/seen", value: Object.keys(request.object?.data ?? {}).join(" ") });
  answers["/second"] = () => patchOf({ op: "add", path: "/data/second", value: "yes" });
  await cluster.apply(configuration("Mutating", ["/first", "/second"], { reinvocationPolicy: "IfNeeded" }));
  const made: object = await cluster.create(configMap("c", { a: "b" }));
  expect(made).toMatchObject({ data: { a: "b", seen: "a seen second", second: "yes" } });
  expect(asked).toEqual(["/first", "/second", "/first", "/second"]);
});

test("a write is shown with its options, a new object before it has an identity, and a drawn name", async () => {
  const shown: Record<string, object>[] = [];
  const show = ({ request }: Review) => {
    shown.push(request as unknown as Record<string, object>);
    return {};
  };
  answers["/change"] = show;
  answers["/check"] = show;
  await cluster.apply(configuration("Mutating", ["/change"]));
  await cluster.apply(configuration("Validating", ["/check"]));
  const drawn: object = { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "c-" } };
  const { metadata } = await cluster.create(drawn as ReturnType<typeof configMap>);
  await cluster.delete("ConfigMap", metadata.name, { propagationPolicy: "Orphan", gracePeriodSeconds: 5 });
  const [changing, checking, , going] = shown;
  const options = { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" };
  expect(changing).toMatchObject({ name: "", object: { metadata: { generateName: "c-" } }, options });
  for (const field of ["name", "uid", "creationTimestamp"])
    expect(changing).not.toHaveProperty(`object.metadata.${field}`);
  const { name, uid } = metadata;
  expect(checking).toMatchObject({ name, object: { metadata: { name, uid } }, options });
  expect(going).toMatchObject({
    options: { kind: "DeleteOptions", propagationPolicy: "Orphan", gracePeriodSeconds: 5 },
  });
});

test("which webhooks have changed a write, and what they say of it, stands in the audit log", async () => {
  const file = join(folder, "audit.log");
  answers["/change"] = () => ({
    ...patchOf({ op: "add", path: "/data/x", value: "y" }),
    auditAnnotations: { why: "because" },
  });
  answers["/look"] = () => ({});
  await cluster.apply(configuration("Mutating", ["/change", "/look"]));
  const { url, close } = await cluster.serve({ tls: false, auditLog: file });
  await fetch(`${url}/api/v1/namespaces/default/configmaps`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(configMap("c", { a: "b" })),
  });
  await close();
  const told = JSON.parse(readFileSync(file, "utf8").trim().split("\n").at(-1) ?? "");
  const round = "mutation.webhook.admission.k8s.io/round_0_index_";
  const note = (webhook: string, mutated: boolean) =>
    JSON.stringify({ configuration: "mutating", webhook: `${webhook}.example.com`, mutated });
  expect(told.annotations).toMatchObject({
    "change.example.com/why": "because",
    [`${round}0`]: note("change", true),
    [`${round}1`]: note("look", false),
  });
});

test("a refusal is told with its reason; a deletion is shown with what goes", async () => {
  answers["/refuse"] = ({ request }) =>
    request.operation === "DELETE"
      ? { allowed: false }
      : { allowed: request.object?.metadata.name === "good", status: { code: 403, message: "no" } };
  await cluster.apply(configuration("Validating", ["/refuse"]));
  await expect(cluster.create(configMap("bad"))).rejects.toMatchObject({
    reason: "Forbidden",
    message: 'admission webhook "refuse.example.com" denied the request: no',
  });
  await cluster.create(configMap("good"));
  await expect(cluster.delete("ConfigMap", "good")).rejects.toThrow("denied the request without explanation");
});

test("a refusal is told to clients as the webhook tells it, whatever its code and reason", async () => {
  const details = { causes: [{ reason: "", field: "x", message: "y" }] };
  answers["/teapot"] = () => ({
    allowed: false,
    status: { code: 418, reason: "Teapot", message: "no", details },
  });
  answers["/fine"] = () => ({ allowed: false, status: { code: 200 } });
  await cluster.apply(configuration("Validating", ["/teapot"]));
  const refused = (name: string) => cluster.create(configMap(name)).catch(failureOf);
  const message = 'admission webhook "teapot.example.com" denied the request: no';
  expect(await refused("c")).toMatchObject({ code: 418, reason: "Teapot", message, details });
  await cluster.apply(configuration("Validating", ["/fine"]));
  const refusal = await refused("c");
  expect(refusal).toMatchObject({ code: 400, message: expect.stringMatching(/without explanation$/) });
  expect(refusal).not.toHaveProperty("reason");
});

test("objects are shown, and patched, in the version that is asked for", async () => {
  const metrics = "/spec/targetCPUUtilizationPercentage";
  answers["/v1"] = () => patchOf({ op: "add", path: metrics, value: 7 });
  const rules = [
    {
      apiGroups: ["autoscaling"],
      apiVersions: ["v1"],
      operations: ["*"],
      resources: ["horizontalpodautoscalers"],
    },
  ];
  await cluster.apply(configuration("Mutating", ["/v1"], { rules }));
  const made: object = await cluster.create({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "h" },
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" }, maxReplicas: 3 },
  });
  expect(made).toMatchObject({ spec: { metrics: [{ resource: { target: { averageUtilization: 7 } } }] } });
});

test("a deletion is shown to those that change things, too, and they may refuse it", async () => {
  answers["/keep"] = ({ request }) => ({ allowed: request.operation !== "DELETE" });
  answers["/change"] = ({ request }) =>
    request.operation === "DELETE" ? patchOf({ op: "add", path: "/data", value: {} }) : {};
  await cluster.apply(configuration("Mutating", ["/keep"]));
  await cluster.create(configMap("c"));
  await expect(cluster.delete("ConfigMap", "c")).rejects.toThrow("denied the request without explanation");
  await cluster.apply(configuration("Mutating", ["/change"]));
  await expect(cluster.delete("ConfigMap", "c")).rejects.toThrow("attempted to modify the object");
});

test("what is null in an answer was not said", async () => {
  answers["/null"] = () => ({ allowed: true, status: null, warnings: null, patch: null, patchType: null });
  await cluster.apply(configuration("Mutating", ["/null"]));
  await cluster.create(configMap("c"));
});

test.each([
  ["a patch that does not fit", patchOf({ op: "remove", path: "/none" }), /^Internal error occurred: /],
  ["a patch that is none", { patchType: "JSONPatch", patch: "bm9uZQ==" }, /^Internal error occurred: /],
  ["a patch without its type", { patch: "W10=" }, /response.patch but not response.patchType$/],
  ["a patch of another type", { patchType: "Merge", patch: "e30=" }, /unsupported patch type "Merge"$/],
  ["warnings that are no list", { warnings: 5 }, /response.warnings is no list$/],
  ["a status that is none", { status: "no" }, /response.status is no map$/],
])("%s is the webhook's mistake", async (_, answer, message) => {
  answers["/wrong"] = () => answer;
  await cluster.apply(configuration("Mutating", ["/wrong"]));
  await expect(cluster.create(configMap("c"))).rejects.toMatchObject({
    reason: "InternalError",
    message: expect.stringMatching(message),
  });
});

test("one that fails refuses the write, unless that is to be ignored", async () => {
  await cluster.apply(configuration("Validating", ["/missing"]));
  await expect(cluster.create(configMap("c"))).rejects.toMatchObject({
    reason: "InternalError",
    message:
      'Internal error occurred: failed calling webhook "missing.example.com": failed to call webhook: an error on the server ("no such hook") has prevented the request from succeeding',
  });
  await cluster.apply(configuration("Validating", ["/missing"], { failurePolicy: "Ignore" }));
  await cluster.create(configMap("c"));
});

test("one whose certificate is signed by another authority is not believed, nor one that is not there", async () => {
  const hook = (clientConfig: object) => configuration("Validating", ["/any"], { clientConfig });
  await cluster.apply(hook({ url: `${base}/any` }));
  await expect(cluster.create(configMap("c"))).rejects.toThrow(
    `Post "${base}/any?timeout=10s": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
  );
  await cluster.apply(hook({ service: { name: "none", namespace: "default" } }));
  await expect(cluster.create(configMap("c"))).rejects.toThrow(
    'failed to call webhook: service "none" not found',
  );
});

test("one that is not asked by its conditions or selectors says nothing", async () => {
  answers["/never"] = () => ({ allowed: false });
  const matchConditions = [{ name: "x", expression: "object.metadata.name == 'other'" }];
  await cluster.apply(configuration("Validating", ["/never"], { matchConditions }));
  await cluster.create(configMap("c"));
  const namespaceSelector = { matchLabels: { hooks: "on" } };
  await cluster.apply(configuration("Validating", ["/never"], { matchConditions: [], namespaceSelector }));
  await cluster.create(configMap("d"));
  expect(asked).toEqual([]);
});
