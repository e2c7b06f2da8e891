import { describe, expect, test } from "vitest";
import type { KubernetesObject } from "../object.ts";
import { describeKind } from "./describe-kind.ts";
import { statusSubresource } from "./subresource.ts";

const web = {
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: {
    name: "web",
    namespace: "shop",
    uid: "u1",
    resourceVersion: "7",
    creationTimestamp: "2026-01-02T03:04:05Z",
    labels: { a: "b" },
  },
  spec: { replicas: 3, selector: { matchLabels: { app: "web" } }, template: {} },
  status: { replicas: 2 },
} as KubernetesObject;

describe("scale", () => {
  const scaleOf = (selectorPath?: string) => {
    const scale = { specPath: ".spec.replicas", statusPath: ".status.replicas", selectorPath };
    const { subresources } = describeKind({ kind: "X", group: "", plural: "xs", scope: "Namespaced", scale });
    return subresources.find(({ name }) => name === "scale");
  };

  test("shows replicas, their count and their selector as text", () => {
    expect(scaleOf(".spec.selector")?.show?.(web)).toEqual({
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: {
        name: "web",
        namespace: "shop",
        uid: "u1",
        resourceVersion: "7",
        creationTimestamp: "2026-01-02T03:04:05Z",
      },
      spec: { replicas: 3 },
      status: { replicas: 2, selector: "app=web" },
    });
  });

  test.each([
    ["a plain map of labels, as older kinds have it", { app: "web", tier: "a" }, "app=web,tier=a"],
    ["text, as custom kinds have it", "app in (a,b)", "app in (a,b)"],
    ["nothing", undefined, undefined],
  ])("takes as selector: %s", (_what, selector, text) => {
    const shown = scaleOf(".spec.selector")?.show?.({ ...web, spec: { replicas: 1, selector } });
    expect(shown?.status).toEqual({ replicas: 2, ...(text && { selector: text }) });
  });

  test("writes the replicas and shares all else", () => {
    const next = scaleOf()?.next?.(web, {
      apiVersion: "",
      kind: "Scale",
      metadata: {},
      spec: { replicas: 5 },
    });
    expect(next?.spec).toEqual({ ...(web.spec as object), replicas: 5 });
    expect(next?.metadata).toBe(web.metadata);
    expect(next?.status).toBe(web.status);
  });

  test("of an object that has neither spec nor status", () => {
    const { spec: _1, status: _2, ...bare } = web;
    expect(scaleOf()?.show?.(bare)).toMatchObject({ spec: {}, status: { replicas: 0 } });
    expect(scaleOf()?.next?.(bare, { ...web, spec: { replicas: 1 } }).spec).toEqual({ replicas: 1 });
  });
});

test("a status takes the place of the last, and nothing else does", () => {
  const given = { ...web, spec: {}, status: { replicas: 9 } };
  expect(statusSubresource.next?.(web, given)).toEqual({ ...web, status: { replicas: 9 } });
});
