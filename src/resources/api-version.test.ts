import { describe, expect, test } from "vitest";
import { apiVersionOf, groupVersionOf } from "./api-version.ts";

describe("an apiVersion and its group and version", () => {
  test.each([
    ["v1", { group: "", version: "v1" }],
    ["apps/v1", { group: "apps", version: "v1" }],
    ["rbac.authorization.k8s.io/v1", { group: "rbac.authorization.k8s.io", version: "v1" }],
  ])("%s", (apiVersion, groupVersion) => {
    expect(groupVersionOf(apiVersion)).toEqual(groupVersion);
    expect(apiVersionOf(groupVersion)).toBe(apiVersion);
  });
});
