import { describe, expect, test } from "vitest";
import { ApiError, nearestName } from "../errors/index.ts";
import type { KindDefinition } from "./kind.ts";
import { apiVersionOf, KindRegistry } from "./kind-registry.ts";

const widget = (group: string, version = "v1"): KindDefinition => ({
  name: "Widget",
  kind: "Widget",
  group,
  version,
  plural: "widgets",
  singular: "widget",
  shortNames: ["wd"],
  categories: [],
  scope: "Namespaced",
  schema: { type: "object", preserveUnknownFields: true },
  columns: [],
  hasStatus: false,
  selectableFields: [],
});

function refusal(deed: () => unknown): ApiError {
  try {
    deed();
  } catch (error) {
    if (error instanceof ApiError) return error;
  }
  throw new Error("it was found");
}

describe("how a kind may be called", () => {
  const kinds = new KindRegistry();
  test.each([
    ["Pod", "Pod"],
    ["pod", "Pod"],
    ["pods", "Pod"],
    ["po", "Pod"],
    ["PODS", "Pod"],
    ["v1/Pod", "Pod"],
    ["rs", "ReplicaSet"],
    ["replicasets.apps", "ReplicaSet"],
    ["rs.apps", "ReplicaSet"],
    ["replicaset.v1.apps", "ReplicaSet"],
    ["apps/v1/ReplicaSet", "ReplicaSet"],
    ["containers.k4s.dev", "Container"],
    ["endpointslices", "EndpointSlice"],
    ["ns", "Namespace"],
    ["ev", "Event"],
  ])("%s is %s", (spelling, name) => {
    expect(kinds.find(spelling).name).toBe(name);
  });

  test.each([
    ["Podd", 'no kind "Podd"; did you mean Pod?'],
    ["replicset", 'no kind "replicset"; did you mean ReplicaSet?'],
    ["servcies", 'no kind "servcies"; did you mean Service?'],
    ["Xylophone", /known are Container, EndpointSlice/],
    ["constructor", /no kind "constructor"/],
  ])("%s is unknown", (spelling, message) => {
    const error = refusal(() => kinds.find(spelling));
    expect(error.reason).toBe("NotFound");
    expect(error.message).toMatch(message);
  });

  test("by apiVersion and kind, with what would be right", () => {
    expect(kinds.of({ apiVersion: "apps/v1", kind: "ReplicaSet" }).plural).toBe("replicasets");
    expect(kinds.of({ kind: "ReplicaSet" }).plural).toBe("replicasets");
    expect(refusal(() => kinds.of({ apiVersion: "v1", kind: "ReplicaSet" })).message).toBe(
      'no kind "ReplicaSet" in apiVersion v1: it is in apps/v1',
    );
    expect(refusal(() => kinds.of({ apiVersion: "v1", kind: "Podd" })).message).toMatch(/did you mean Pod\?/);
  });
});

describe("kinds defined at run time", () => {
  test("are found, replaced and forgotten", () => {
    const kinds = new KindRegistry();
    kinds.define(widget("example.com"));
    expect(apiVersionOf(kinds.find("wd"))).toBe("example.com/v1");
    kinds.define(widget("example.com", "v2"));
    expect(apiVersionOf(kinds.find("widgets"))).toBe("example.com/v2");
    kinds.remove("Widget");
    expect(refusal(() => kinds.find("widgets")).reason).toBe("NotFound");
  });

  test("of a name that is taken are known with their group, and ambiguous without", () => {
    const kinds = new KindRegistry();
    kinds.define(widget("a.com"));
    const second = kinds.define(widget("b.com"));
    expect(second.name).toBe("Widget.b.com");
    expect(second.schema).toBe(kinds.get("Widget.b.com")?.schema);
    expect(kinds.find("widgets.b.com")).toBe(second);
    expect(refusal(() => kinds.find("wd")).message).toBe(
      '"wd" means several kinds: say widgets.a.com or widgets.b.com',
    );
    expect(refusal(() => kinds.of({ kind: "Widget" })).reason).toBe("BadRequest");
  });
});

describe("the nearest name", () => {
  const names = ["replicas", "selector", "template", "minReadySeconds"];
  test.each([
    ["replica", "replicas"],
    ["replicaz", "replicas"],
    ["relpicas", "replicas"],
    ["Selector", "selector"],
    ["minReadySecond", "minReadySeconds"],
    ["colour", undefined],
    ["", undefined],
    ["x".repeat(1000), undefined],
  ])("%s: %s", (meant, nearest) => {
    expect(nearestName(meant, names)).toBe(nearest);
  });
});
