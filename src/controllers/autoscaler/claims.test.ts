import fc from "fast-check";
import { expect, test } from "vitest";
import type { Reader } from "../../loop/index.ts";
import {
  type HorizontalPodAutoscaler,
  type KindDefinition,
  matchesRequirements,
  type Pod,
  parseLabelSelector,
} from "../../resources/index.ts";
import { Claims } from "./claims.ts";

/** A kind whose scale shows the selector that an object says. */
const fleet = {
  ...{ name: "Fleet", kind: "Fleet", plural: "fleets", versions: [{ group: "a.io" }] },
  subresources: [
    { name: "scale", show: (object: { selector: string }) => ({ status: { selector: object.selector } }) },
  ],
} as unknown as KindDefinition;

const autoscalerOf = (name: string) =>
  ({
    metadata: { name, namespace: "demo" },
    spec: { scaleTargetRef: { apiVersion: "a.io/v1", kind: "Fleet", name } },
  }) as unknown as HorizontalPodAutoscaler;

function reading(selectors: Readonly<Record<string, string>>): Reader {
  const reader = {
    list: () => Object.keys(selectors).map(autoscalerOf),
    get: (_: string, __: string, name: string) =>
      selectors[name] === undefined ? undefined : { selector: selectors[name] },
  };
  return reader as unknown as Reader;
}

const podOf = (labels: Record<string, string>) => ({ metadata: { name: "p", labels } }) as unknown as Pod;

test("an autoscaler whose target shows no selector that can be read claims no pods, and hinders no other", () => {
  const claims = new Claims();
  claims.fill(() => [fleet], reading({ bad: "app=(", other: "app=api", web: "app=web", none: "" }));
  expect(claims.of([podOf({ app: "web" })], "demo")).toEqual(["demo/web"]);
  expect(claims.of([podOf({ app: "web" })], "elsewhere")).toEqual([]);
});

test("a claim goes with its autoscaler, with its target, and where the selector changes", () => {
  const claims = new Claims();
  const web = podOf({ app: "web" });
  const noted = (selector: string | undefined) =>
    claims.note(autoscalerOf("one"), [fleet], reading(selector === undefined ? {} : { one: selector }));
  noted("app=web");
  expect(claims.of([web], "demo")).toEqual(["demo/one"]);
  noted("app=api");
  expect(claims.of([web], "demo")).toEqual([]);
  noted("app in (api,web)");
  expect(claims.of([web], "demo")).toEqual(["demo/one"]);
  noted(undefined);
  expect(claims.of([web], "demo")).toEqual([]);
  noted("app");
  claims.remove({ namespace: "demo", name: "one" });
  expect(claims.of([web], "demo")).toEqual([]);
});

const value = fc.constantFrom("1", "2", "3");
const key = fc.constantFrom("a", "b", "c");
const requirement = fc.oneof(
  fc.tuple(key, value).map(([name, is]) => `${name}=${is}`),
  fc.tuple(key, value).map(([name, is]) => `${name}!=${is}`),
  fc.tuple(key, value, value).map(([name, one, other]) => `${name} in (${one},${other})`),
  key,
);

test("of many claims those are found that fit, whatever they ask for and wherever they stand", () => {
  const selectors = fc.array(fc.array(requirement, { minLength: 1, maxLength: 3 }), { maxLength: 20 });
  fc.assert(
    fc.property(selectors, fc.array(fc.dictionary(key, value), { maxLength: 5 }), (given, labels) => {
      const claims = new Claims();
      const texts = given.map(parts => parts.join(","));
      for (const [i, text] of texts.entries()) claims.put({ namespace: "demo", name: `${i}` }, text);
      const pods = labels.map(podOf);
      const fits = (text: string) => pods.some(pod => matchesRequirements(parseLabelSelector(text), pod));
      const expected = texts.flatMap((text, i) => (fits(text) ? [`demo/${i}`] : [])).sort();
      expect(claims.of(pods, "demo")).toEqual(expected);
    }),
  );
});
