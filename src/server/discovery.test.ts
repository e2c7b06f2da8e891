import { describe, expect, test } from "vitest";
import { builtInKinds, KindRegistry } from "../resources/index.ts";
import { resourceList } from "./discovery.ts";

const served = { kinds: new KindRegistry(builtInKinds), others: [] };

describe("the resources of a group's version", () => {
  const listed = (group: string, version: string, name: string) =>
    resourceList(served, group, version)?.resources.find(each => each.name === name);

  test("say all that clients choose them by", () => {
    expect(listed("", "v1", "pods")).toEqual({
      name: "pods",
      singularName: "pod",
      namespaced: true,
      kind: "Pod",
      verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
      shortNames: ["po"],
      categories: ["all"],
      storageVersionHash: "xPOwRZ+Yhw8=",
    });
  });

  // As Kubernetes' servers show them: of the version in which a kind is kept, whichever is asked for.
  test.each([
    ["", "v1", "configmaps", "qFsyl6wFWjQ="],
    ["", "v1", "events", "r2yiGXH7wu8="],
    ["events.k8s.io", "v1", "events", "r2yiGXH7wu8="],
    ["apps", "v1", "deployments", "8aSe+NMegvE="],
    ["autoscaling", "v1", "horizontalpodautoscalers", "qwQve8ut294="],
    ["", "v1", "bindings", undefined],
    ["", "v1", "componentstatuses", undefined],
    ["", "v1", "pods/log", undefined],
    ["authentication.k8s.io", "v1", "tokenreviews", undefined],
  ])("%s/%s %s: the hash of its kept version is %s", (group, version, name, expected) => {
    expect(listed(group, version, name)).toHaveProperty("name");
    expect(listed(group, version, name)).toHaveProperty("verbs");
    expect(Object(listed(group, version, name)).storageVersionHash).toBe(expected);
  });

  test("are not there where nothing is served", () => {
    expect(resourceList(served, "apps", "v9")).toBeUndefined();
  });
});
