import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { AuditLog } from "../access/index.ts";
import { Cluster } from "../cluster/cluster.ts";
import { VirtualClock } from "../outside/index.ts";

const folder = mkdtempSync(join(tmpdir(), "k4s-audit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is told of each request, without what differs from run to run. */
function told(file: string): Record<string, unknown>[] {
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return lines.map(line => JSON.parse(line) as Record<string, unknown>);
}

test("each request is told, with who, what and how it ended", async () => {
  const file = join(folder, "audit.log");
  await using cluster = new Cluster();
  await cluster.start();
  const { url, token, close } = await cluster.serve({ tls: false, auditLog: file });
  const base = `${url}/api/v1/namespaces/default/configmaps`;
  const ask = async (path: string, method = "GET", more: object = {}, body?: object) => {
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "user-agent": "test/1.0",
      ...more,
    };
    const answer = await fetch(path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    await answer.text();
    return answer;
  };
  await ask(base, "POST", {}, { metadata: { name: "a" } });
  await ask(`${base}/a`, "GET", { "audit-id": "mine", "impersonate-user": "jane" });
  await ask(`${base}?watch=true&timeoutSeconds=1`);
  await ask(`${url}/version`);
  await ask(base, "GET", { authorization: "Bearer wrong" });
  await close();

  const events = told(file);
  for (const event of events) {
    expect(event).toMatchObject({ kind: "Event", apiVersion: "audit.k8s.io/v1", level: "Metadata" });
    expect(event.requestReceivedTimestamp).toMatch(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{6}Z$/);
    expect(event).toMatchObject({ sourceIPs: ["127.0.0.1"], userAgent: "test/1.0" });
  }
  const stages = events.map(({ stage, verb }) => `${verb} ${stage}`);
  expect(stages).toEqual([
    "create RequestReceived",
    "create ResponseComplete",
    "get RequestReceived",
    "get ResponseComplete",
    "watch RequestReceived",
    "watch ResponseStarted",
    "watch ResponseComplete",
    "get RequestReceived",
    "get ResponseComplete",
    "list ResponseComplete",
  ]);
  const user = { username: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };
  expect(events[1]).toMatchObject({
    requestURI: "/api/v1/namespaces/default/configmaps",
    user,
    objectRef: { resource: "configmaps", namespace: "default", name: "a", apiVersion: "v1" },
    responseStatus: { metadata: {}, code: 201 },
    annotations: { "authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": "" },
  });
  expect(events[3]).toMatchObject({
    auditID: "mine",
    user,
    impersonatedUser: { username: "jane", groups: ["system:authenticated"] },
    responseStatus: { status: "Failure", reason: "Forbidden", code: 403 },
    annotations: { "authorization.k8s.io/decision": "forbid", "authorization.k8s.io/reason": "" },
  });
  expect(events[8]).toMatchObject({ requestURI: "/version", user, responseStatus: { code: 200 } });
  expect(events[8]).not.toHaveProperty("objectRef");
  expect(events[9]).toMatchObject({ user: {}, responseStatus: { reason: "Unauthorized", code: 401 } });
});

test("what was found out on the way is noted: rights, old versions, standards for pods, policies", async () => {
  const file = join(folder, "notes.log");
  await using cluster = new Cluster({ nodes: 0 });
  await cluster.start();
  const rules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["configmaps"] }];
  await cluster.apply([
    {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "strict", labels: { "pod-security.kubernetes.io/audit": "baseline" } },
    },
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicy",
      metadata: { name: "policy" },
      spec: {
        matchConstraints: { resourceRules: rules },
        validations: [
          { expression: "object.metadata.name != 'b'" },
          { expression: "object.metadata.name != 'a'" },
        ],
        auditAnnotations: [
          { key: "who", valueExpression: "'it is ' + object.metadata.name" },
          { key: "nothing", valueExpression: "null" },
        ],
      },
    },
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name: "binding" },
      spec: { policyName: "policy", validationActions: ["Audit"] },
    },
  ]);
  const { url, close } = await cluster.serve({ tls: false, auditLog: file });
  const ask = async (path: string, body?: object) => {
    const headers = { "content-type": "application/json" };
    const more = body && { method: "POST", body: JSON.stringify(body) };
    await (await fetch(`${url}/api/v1/namespaces/${path}`, { headers, ...more })).text();
  };
  await ask("default/endpoints");
  const spec = { hostNetwork: true, containers: [{ name: "c", image: "echo" }] };
  await ask("strict/pods", { metadata: { name: "p" }, spec });
  await ask("default/configmaps", { metadata: { name: "a" } });
  await close();
  const notes = told(file)
    .filter(({ stage }) => stage === "ResponseComplete")
    .map(({ annotations }) => annotations);
  expect(notes).toEqual([
    expect.objectContaining({ "k8s.io/deprecated": "true" }),
    expect.objectContaining({
      "pod-security.kubernetes.io/enforce-policy": "privileged:latest",
      "pod-security.kubernetes.io/audit-violations":
        'would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
    }),
    {
      "authorization.k8s.io/decision": "allow",
      "authorization.k8s.io/reason": "",
      "policy/who": "it is a",
      "validation.policy.admission.k8s.io/validation_failure": JSON.stringify([
        {
          message: "failed expression: object.metadata.name != 'a'",
          policy: "policy",
          binding: "binding",
          expressionIndex: 1,
          validationActions: ["Audit"],
        },
      ]),
    },
  ]);
});

test("a policy says which requests are told, and how much", async () => {
  const file = join(folder, "policy.log");
  const auditPolicy = join(folder, "policy.yaml");
  writeFileSync(
    auditPolicy,
    `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - { level: None, nonResourceURLs: ["/version*"] }
  - { level: Metadata, resources: [{ resources: [secrets] }] }
  - { level: Request, verbs: [patch, delete] }
  - { level: RequestResponse, resources: [{ resources: [configmaps] }], omitManagedFields: true }
`,
  );
  await using cluster = new Cluster();
  await cluster.start();
  const { url, close } = await cluster.serve({ tls: false, auditLog: file, auditPolicy });
  const base = `${url}/api/v1/namespaces/default`;
  const ask = async (path: string, method = "GET", body?: object, type = "application/json") => {
    const headers = { "content-type": type };
    const answer = await fetch(path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    await answer.text();
  };
  const metadata = { name: "a" };
  await ask(`${base}/configmaps`, "POST", { metadata, data: { k: "v" } });
  await ask(`${base}/configmaps/a`, "PATCH", { data: { k: "w" } }, "application/merge-patch+json");
  await ask(`${base}/configmaps`);
  await ask(`${base}/configmaps/b`);
  await ask(`${base}/secrets`, "POST", { metadata, stringData: { k: "v" } });
  await ask(`${base}/configmaps/a`, "DELETE", { propagationPolicy: "Background" });
  await ask(`${base}/services`);
  await ask(`${url}/version`);
  await close();

  const events = told(file);
  expect(events.map(({ level, stage, verb }) => `${level} ${stage} ${verb}`)).toEqual([
    "RequestResponse ResponseComplete create",
    "Request ResponseComplete patch",
    "RequestResponse ResponseComplete list",
    "RequestResponse ResponseComplete get",
    "Metadata ResponseComplete create",
    "Request ResponseComplete delete",
  ]);
  const [created, patched, listed, missing, secret, deleted] = events;
  expect(created).toMatchObject({
    requestObject: { metadata, data: { k: "v" } },
    responseObject: { kind: "ConfigMap", metadata: { name: "a", uid: expect.any(String) } },
  });
  expect(patched).toMatchObject({ requestObject: { data: { k: "w" } } });
  expect(patched).not.toHaveProperty("responseObject");
  expect(listed).toMatchObject({ responseObject: { kind: "ConfigMapList" } });
  expect(JSON.stringify(events)).not.toContain("managedFields");
  expect(missing).toMatchObject({ responseObject: { kind: "Status", reason: "NotFound" } });
  expect(secret).not.toHaveProperty("requestObject");
  expect(deleted).toMatchObject({ requestObject: { propagationPolicy: "Background" } });
});

test("a policy without a log is refused", async () => {
  await using cluster = new Cluster();
  await cluster.start();
  await expect(cluster.serve({ auditPolicy: "policy.yaml" })).rejects.toThrow(/audit log/);
});

describe("a log that cannot be written", () => {
  test("is refused at once where it never could", () => {
    const parts = { clock: new VirtualClock(), onFault: () => {} };
    expect(() => new AuditLog(join(folder, "no", "such"), parts)).toThrow(/the audit log cannot be written/);
  });

  test.skipIf(!existsSync("/dev/full"))("is told once when the disk is full, and tried again", async () => {
    const clock = new VirtualClock();
    const faults: unknown[] = [];
    const log = new AuditLog("/dev/full", { clock, onFault: fault => faults.push(fault) });
    log.write({ a: 1 });
    await vi.waitFor(() => expect(faults).toHaveLength(1), 10_000);
    expect(String(faults[0])).toContain("ENOSPC");
    log.write({ a: 2 });
    await clock.advance(10_000);
    log.write({ a: 3 });
    await log.close();
    expect(faults).toHaveLength(1);
  });
});
