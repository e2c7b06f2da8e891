import { describe, expect, test } from "vitest";
import { ApiError, nearestName } from "../errors/index.ts";
import { describeKind } from "./definition/describe-kind.ts";
import { apiVersionsOf } from "./definition/kind-version.ts";
import { type KindChange, KindRegistry } from "./kind-registry.ts";

const widget = (group: string, version = "v1") =>
  describeKind({
    kind: "Widget",
    group,
    version,
    plural: "widgets",
    shortNames: ["wd"],
    scope: "Namespaced",
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
    ["Xylophone", /known are Container, Pod, Service/],
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
    expect(apiVersionsOf(kinds.find("wd"))).toEqual(["example.com/v1"]);
    kinds.define(widget("example.com", "v2"));
    expect(apiVersionsOf(kinds.find("widgets"))).toEqual(["example.com/v2"]);
    kinds.remove("Widget.example.com");
    expect(refusal(() => kinds.find("widgets")).reason).toBe("NotFound");
  });

  test("are known with their group whatever came first, and ambiguous without it", () => {
    const kinds = new KindRegistry();
    const first = kinds.define(widget("a.com"));
    const second = kinds.define(widget("b.com"));
    expect([first.name, second.name]).toEqual(["Widget.a.com", "Widget.b.com"]);
    expect(kinds.find("widgets.b.com")).toBe(second);
    expect(refusal(() => kinds.find("wd")).message).toBe(
      '"wd" means several kinds: say widgets.a.com or widgets.b.com',
    );
    expect(refusal(() => kinds.of({ kind: "Widget" })).reason).toBe("BadRequest");
  });
});

test("a kind of several versions is found by each, and kept in its first", () => {
  const kinds = new KindRegistry([]);
  const scaler = describeKind({
    kind: "Scaler",
    group: "example.com",
    plural: "scalers",
    scope: "Namespaced",
    hasStatus: true,
    versions: [
      { version: "v2" },
      { version: "v1" },
      { version: "v0", served: false },
      { group: "old.io", version: "v1" },
    ],
  });
  kinds.define(scaler);
  const version = (apiVersion?: string) => kinds.inVersion({ apiVersion, kind: "Scaler" }).version.apiVersion;
  expect(version()).toBe("example.com/v2");
  expect(version("example.com/v1")).toBe("example.com/v1");
  expect(version("old.io/v1")).toBe("old.io/v1");
  expect(refusal(() => version("example.com/v0")).message).toMatch(
    /it is in example.com\/v2 or example.com\/v1 or old.io\/v1/,
  );
  expect(kinds.findVersion("scalers.v1.example.com").version.apiVersion).toBe("example.com/v1");
  expect(kinds.findVersion("scalers").version.apiVersion).toBe("example.com/v2");
  expect(kinds.find("scalers.old.io")).toBe(scaler);

  const path = { group: "example.com", version: "v1", plural: "scalers" };
  expect(kinds.at(path)?.version.apiVersion).toBe("example.com/v1");
  expect(kinds.at({ ...path, subresource: "status" })?.subresource?.name).toBe("status");
  expect(kinds.at({ ...path, subresource: "scale" })).toBeUndefined();
  expect(kinds.at({ ...path, version: "v0" })).toBeUndefined();
  expect(kinds.at({ ...path, plural: "constructor" })).toBeUndefined();
});

test("listeners hear of kinds that come, change and go, until they end it", () => {
  const kinds = new KindRegistry([]);
  const heard: string[] = [];
  const end = kinds.onChange(({ type, kind }: KindChange) => void heard.push(`${type} ${kind.name}`));
  kinds.define(widget("a.com"));
  kinds.define(widget("a.com", "v2"));
  kinds.remove("Widget.a.com");
  kinds.remove("Widget.a.com");
  end();
  kinds.define(widget("b.com"));
  expect(heard).toEqual(["defined Widget.a.com", "changed Widget.a.com", "removed Widget.a.com"]);
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
