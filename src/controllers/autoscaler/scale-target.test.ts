import { expect, test } from "vitest";
import type { Reader } from "../../loop/index.ts";
import type { HorizontalPodAutoscaler, KindDefinition, Pod } from "../../resources/index.ts";
import { claimantsOf } from "./scale-target.ts";

/** A kind whose scale shows the selector that an object says. */
const fleet = {
  ...{ name: "Fleet", kind: "Fleet", plural: "fleets", versions: [{ group: "a.io" }] },
  subresources: [
    { name: "scale", show: (object: { selector: string }) => ({ status: { selector: object.selector } }) },
  ],
} as unknown as KindDefinition;

function reading(selectors: Readonly<Record<string, string>>): Reader {
  const autoscalers = Object.keys(selectors).map(name => ({
    metadata: { name, namespace: "demo" },
    spec: { scaleTargetRef: { apiVersion: "a.io/v1", kind: "Fleet", name } },
  }));
  const reader = {
    list: () => autoscalers as unknown as HorizontalPodAutoscaler[],
    get: (_: string, __: string, name: string) => ({ selector: selectors[name] }),
  };
  return reader as unknown as Reader;
}

test("an autoscaler whose target shows no selector that can be read claims no pods, and hinders no other", () => {
  const pods = [{ metadata: { name: "p", labels: { app: "web" } } }] as unknown as Pod[];
  const reader = reading({ bad: "app=(", other: "app=api", web: "app=web" });
  expect(claimantsOf(pods, "demo", [fleet], reader)).toEqual(["demo/web"]);
});
