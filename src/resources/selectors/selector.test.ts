import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ApiError } from "../../errors/index.ts";
import { checkFieldSelector, matchesFields, parseFieldSelector } from "./field-selector.ts";
import {
  type LabelRequirement,
  matchesLabels,
  matchesRequirements,
  matchesSelector,
  serviceSelects,
} from "./selector.ts";
import { labelSelectorFaults, serviceSelectorFaults } from "./selector-faults.ts";
import { formatLabelSelector, parseLabelSelector } from "./selector-text.ts";

const thing = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels, uid: "u", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: { nodeName: "node-0" },
});

describe("labels", () => {
  test("no selector takes nothing, an empty one everything", () => {
    expect(matchesSelector(undefined, { a: "1" })).toBe(false);
    expect(matchesSelector({}, undefined)).toBe(true);
    expect(matchesLabels({}, undefined)).toBe(true);
  });

  test("what every object inherits is no label", () => {
    expect(matchesLabels({ constructor: "x" }, {})).toBe(false);
    expect(matchesSelector({ matchExpressions: [{ key: "toString", operator: "Exists" }] }, {})).toBe(false);
  });

  test.each([
    ["app=web", true],
    ["app==web", true],
    ["app!=web", false],
    ["other!=web", true],
    ["app in (web,api)", true],
    ["app notin (web, api)", false],
    ["app", true],
    ["!app", false],
    ["!other,app=web", true],
    ["n>3", true],
    ["n<3", false],
    ["empty=", true],
    ["empty=,app", true],
    ["k4s.dev/name=calc-0", true],
    ["", true],
    [" app = web , n ", true],
  ])("%s: %s", (text, matches) => {
    const object = thing("calc-0", { app: "web", n: "5", empty: "" });
    expect(matchesRequirements(parseLabelSelector(text), object)).toBe(matches);
  });

  test.each([
    ["a in b", "unable to parse requirement: found 'b' expected: '('"],
    ["a in (b", "unable to parse requirement: found '', expected: ')'"],
    ["a b", /found 'b', expected: in, notin/],
    ["=b", /found '=', expected: !, identifier/],
    ["a=b c", /found 'c', expected: ',' or 'end of string'/],
    ["-x=b", /name part must consist of/],
    ["a=-", /a valid label must be an empty string/],
    ["a>b", /must be an integer/],
  ])("%s is refused", (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(ApiError);
    expect(() => parseLabelSelector(text)).toThrow(message);
  });

  test("what is written is read again", () => {
    const key = fc.constantFrom("app", "tier", "example.com/part");
    const values = fc.uniqueArray(fc.constantFrom("a", "b", "c"), { minLength: 1 });
    const requirement: fc.Arbitrary<LabelRequirement> = fc.oneof(
      fc.record({ key, operator: fc.constantFrom("In", "NotIn"), values }),
      fc.record({ key, operator: fc.constantFrom("Exists", "DoesNotExist"), values: fc.constant([]) }),
    ) as fc.Arbitrary<LabelRequirement>;
    fc.assert(
      fc.property(fc.uniqueArray(requirement, { selector: ({ key }) => key }), requirements => {
        const text = formatLabelSelector(requirements);
        expect(formatLabelSelector(parseLabelSelector(text))).toBe(text);
      }),
    );
  });

  test("reading never fails with anything but BadRequest", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."ab!=(),<> \n in") }), text => {
        try {
          parseLabelSelector(text);
        } catch (error) {
          expect((error as ApiError).reason).toBe("BadRequest");
        }
      }),
    );
  });
});

describe("faults of a selector", () => {
  test("are named in the causes of the object that has them", () => {
    const selector = { matchLabels: { "-x": "a b" }, matchExpressions: [{ key: "a", operator: "in" }] };
    expect(labelSelectorFaults(selector, "spec.selector").map(({ field }) => field)).toEqual([
      "spec.selector.matchLabels",
      "spec.selector.matchLabels",
      "spec.selector.matchExpressions[0].operator",
    ]);
  });
});

describe("the selector of a Service", () => {
  test.each([
    [{ "k4s.dev/name": "calc-rs-*" }, true],
    [{ "k4s.dev/name": "db-*" }, false],
    [{ app: "w*" }, true],
    [{ app: "web", "k4s.dev/name": "*-0" }, true],
    [{ app: "web", tier: "*" }, false],
    [{}, false],
    [undefined, false],
  ])("%j: %s", (selector, matches) => {
    expect(serviceSelects(selector, thing("calc-rs-0", { app: "web" }))).toBe(matches);
  });

  test("may be a glob, but not any", () => {
    expect(serviceSelectorFaults({ app: "web", "k4s.dev/name": "{a,b}-*" }, "spec.selector")).toEqual([]);
    const [fault] = serviceSelectorFaults({ app: "*a".repeat(9) }, "spec.selector");
    expect(fault).toMatchObject({ field: "spec.selector[app]", reason: "FieldValueInvalid" });
  });
});

describe("fields", () => {
  test.each([
    ["metadata.name=a", true],
    ["metadata.name==a,spec.nodeName=node-0", true],
    ["spec.nodeName!=node-0", false],
    ["spec.absent=", true],
    ["metadata.name=b", false],
    ["", true],
  ])("%s: %s", (text, matches) => {
    expect(matchesFields(parseFieldSelector(text), thing("a"))).toBe(matches);
  });

  test("escapes are taken literally", () => {
    expect(parseFieldSelector("reason=a\\,b\\=c")).toEqual([
      { path: "reason", operator: "=", value: "a,b=c" },
    ]);
  });

  test("nonsense, and fields that are not offered, are BadRequests", () => {
    const { message } = errorOf(() => parseFieldSelector("metadata.name"));
    expect(message).toBe("invalid selector: 'metadata.name'; can't understand 'metadata.name'");
    const offered = {
      apiVersion: "example.com/v1",
      kind: "Widget",
      scope: "Cluster",
      isCustom: true,
      selectableFields: ["status.phase"],
    } as const;
    checkFieldSelector(parseFieldSelector("status.phase=Running,metadata.name!=a"), offered);
    const unknown = errorOf(() => checkFieldSelector(parseFieldSelector("spec.foo=bar"), offered));
    expect(unknown.message).toBe("field label not supported: spec.foo");
    const placed = errorOf(() => checkFieldSelector(parseFieldSelector("metadata.namespace=a"), offered));
    expect(placed.message).toBe("field label not supported: metadata.namespace");
  });
});

function errorOf(deed: () => unknown): ApiError {
  try {
    deed();
  } catch (error) {
    if (error instanceof ApiError) return error;
  }
  throw new Error("it was accepted");
}
