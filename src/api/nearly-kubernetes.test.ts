/** Requests in the manner of other orchestrators are read once Kubernetes' reading refuses them; all others are answered as ever. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRequest, type TestServer, testServer } from "../server/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

const apps = "/apis/apps/v1/namespaces/default";
const template = {
  metadata: { labels: { app: "a" } },
  spec: { containers: [{ name: "c", image: "pause" }] },
};
const selector = { app: "a" };
const meantSelector = { matchLabels: selector };
const toldSelector = "spec.selector: labels are read as matchLabels, where Kubernetes wants them";

const autoscalers = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
const autoscaler = (name: string, target: object, more: object = {}) => ({
  metadata: { name },
  spec: {
    maxReplicas: 3,
    scaleTargetRef: { kind: "Deployment", name: "web" },
    metrics: [{ type: "Resource", resource: { name: "cpu", target } }],
    ...more,
  },
});
const meantAutoscaler = {
  scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
  metrics: [{ resource: { target: { type: "Utilization", averageUtilization: 50 } } }],
};
const toldReference =
  "spec.scaleTargetRef: the apiVersion of a Deployment, which Kubernetes wants here, is read as apps/v1";
const toldValue =
  "spec.metrics[0].resource.target: value is read as averageUtilization, as Kubernetes calls it";

async function asked(request: TestRequest) {
  const { status, body, warnings } = await server.send(request);
  const { spec, message } = body as { spec?: unknown; message?: string };
  return { status, warnings: warnings.join(), spec, message };
}

const merge = { "content-type": "application/merge-patch+json" };
const strategic = { "content-type": "application/strategic-merge-patch+json" };
const apply = { "content-type": "application/apply-patch+yaml" };
const strict = { fieldValidation: "Strict" };

describe("is read as it is meant, with a warning", () => {
  test.each<[string, TestRequest, number, object, string[]]>([
    [
      "a selector that kubectl creates",
      {
        method: "POST",
        path: `${apps}/replicasets`,
        query: strict,
        body: { metadata: { name: "a" }, spec: { selector, template } },
      },
      201,
      { selector: meantSelector },
      [toldSelector],
    ],
    [
      "the patch of a second kubectl apply",
      {
        method: "PATCH",
        path: `${apps}/replicasets/a`,
        query: strict,
        headers: strategic,
        body: { spec: { selector, replicas: 2 } },
      },
      200,
      { selector: meantSelector, replicas: 2 },
      [toldSelector],
    ],
    [
      "a replacement",
      {
        method: "PUT",
        path: `${apps}/replicasets/a`,
        body: { metadata: { name: "a" }, spec: { selector, replicas: 4, template } },
      },
      200,
      { selector: meantSelector, replicas: 4 },
      [toldSelector],
    ],
    [
      "what is applied on the server",
      {
        method: "PATCH",
        path: `${apps}/deployments/b`,
        query: { fieldManager: "me" },
        headers: apply,
        body: {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "b" },
          spec: { selector, template },
        },
      },
      201,
      { selector: meantSelector },
      [toldSelector],
    ],
    [
      "an autoscaler",
      {
        method: "POST",
        path: autoscalers,
        query: strict,
        body: autoscaler("a", { type: "Utilization", value: 50 }),
      },
      201,
      meantAutoscaler,
      [toldReference, toldValue],
    ],
    [
      "a merge of an autoscaler",
      {
        method: "PATCH",
        path: `${autoscalers}/a`,
        headers: merge,
        body: { spec: autoscaler("a", { type: "Utilization", value: 50 }).spec },
      },
      200,
      meantAutoscaler,
      [toldReference, toldValue],
    ],
  ])("%s", async (_, request, status, spec, told) => {
    const answer = await asked(request);
    expect(answer).toMatchObject({ status, spec });
    // That a field is unknown, as it was written, is not told once it was read as it is meant.
    expect(answer.warnings).toBe(told.map(text => `299 - ${JSON.stringify(text)}`).join(", "));
  });
});

describe("is answered as Kubernetes answers", () => {
  test.each<[string, TestRequest, number, string | undefined]>([
    [
      "an object that is wrong in other ways too",
      {
        method: "POST",
        path: autoscalers,
        body: autoscaler("b", { type: "Utilization", value: 50 }, { maxReplicas: 0 }),
      },
      422,
      "spec.maxReplicas: Invalid value: 0",
    ],
    [
      "one that is there already",
      { method: "POST", path: autoscalers, body: autoscaler("a", { type: "Utilization", value: 50 }) },
      409,
      "already exists",
    ],
    [
      "labels that Kubernetes drops, where nothing refuses what is left",
      {
        method: "POST",
        path: "/apis/policy/v1/namespaces/default/poddisruptionbudgets",
        query: { fieldValidation: "Ignore" },
        body: { metadata: { name: "b" }, spec: { maxUnavailable: 1, selector } },
      },
      201,
      undefined,
    ],
    [
      "a kind without any such reading",
      {
        method: "POST",
        path: "/api/v1/namespaces/default/configmaps",
        query: strict,
        body: { metadata: { name: "c" }, dataa: {} },
      },
      400,
      'unknown field "dataa"',
    ],
  ])("%s", async (_, request, status, message) => {
    const answer = await asked(request);
    expect(answer.status).toBe(status);
    if (message === undefined) expect(answer.warnings).toBe("");
    else expect(answer.message).toContain(message);
  });
});
