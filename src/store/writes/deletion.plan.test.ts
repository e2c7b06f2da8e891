/** What asking for a deletion leads to, by table and without a registry. The stories are told in deletion.test.ts. */
import { expect, test } from "vitest";
import { KindRegistry, type KubernetesObject } from "../../resources/index.ts";
import type { DeleteOptions } from "./asked-write.ts";
import { planDeletion } from "./deletion.ts";

const kinds = new KindRegistry();
const now = Date.parse("2026-01-01T00:01:00Z");
const seconds = (at: number) => new Date(now + at * 1000).toISOString().replace(".000", "");

/** `Pod on=a grace=5 phase=Failed`; `going=20/30`: in 20 seconds, of the 30 it was given; `held=x,y`: by finalizers. */
function objectOf(text: string): KubernetesObject {
  const [kind = "", ...words] = text.split(" ");
  const given = Object.fromEntries(words.map(word => word.split("=")));
  const [left, of] = given.going?.split("/").map(Number) ?? [];
  return {
    apiVersion: "v1",
    kind,
    metadata: {
      name: "a",
      uid: "a",
      resourceVersion: "1",
      creationTimestamp: seconds(-60),
      ...(given.held && { finalizers: given.held.split(",") }),
      ...(given.going && { deletionTimestamp: seconds(left), deletionGracePeriodSeconds: of }),
    },
    spec: {
      ...(given.on && { nodeName: given.on }),
      ...(given.grace && { terminationGracePeriodSeconds: Number(given.grace) }),
      ...(kind === "Namespace" && { finalizers: ["kubernetes"] }),
    },
    status: { phase: given.phase ?? "Running" },
  } as KubernetesObject;
}

/** The plan as words: `going=20/30 held=x`, then `removed` where that follows. */
function planned(text: string, options: Partial<DeleteOptions>): string {
  const object = objectOf(text);
  const kind = kinds.find(object.kind);
  const { marked, removes } = planDeletion(kind, object, options, now);
  const { deletionTimestamp = "", deletionGracePeriodSeconds: of, finalizers } = marked?.metadata ?? {};
  return [
    marked && `going=${(Date.parse(deletionTimestamp) - now) / 1000}${of === undefined ? "" : `/${of}`}`,
    finalizers?.length && `held=${finalizers}`,
    removes && "removed",
  ]
    .filter(Boolean)
    .join(" ");
}

const grace = (gracePeriodSeconds: number) => ({ gracePeriodSeconds });
const policy = (propagationPolicy: DeleteOptions["propagationPolicy"]) => ({ propagationPolicy });

test.each([
  // What has nothing to stop goes at once, unless a finalizer holds it.
  ["Service", {}, "removed"],
  ["Service", grace(30), "removed"],
  ["Service held=x", {}, "going=0/0 held=x"],
  ["Service going=0/0 held=x", {}, ""],
  ["Service", policy("Background"), "removed"],
  ["Service", policy("Foreground"), "going=0/0 held=foregroundDeletion"],
  ["Service held=x", policy("Orphan"), "going=0/0 held=x,orphan"],
  ["Service going=0/0 held=foregroundDeletion", policy("Orphan"), "going=0/0 held=orphan"],
  // A pod on a node takes its time: its own, what was asked for, or half a minute.
  ["Pod on=a grace=5", {}, "going=5/5"],
  ["Pod on=a", {}, "going=30/30"],
  ["Pod on=a grace=5", grace(60), "going=60/60"],
  ["Pod on=a grace=5", grace(-1), "going=1/1"],
  ["Pod on=a grace=5", grace(0), "going=0/0 removed"],
  ["Pod on=a grace=5 held=x", grace(0), "going=0/0 held=x"],
  ["Pod grace=5", {}, "going=0/0 removed"],
  ["Pod on=a grace=5 phase=Failed", {}, "going=0/0 removed"],
  ["Pod on=a grace=5 phase=Succeeded held=x", {}, "going=0/0 held=x"],
  // Asked again it can only go sooner, counted from when it was asked first.
  ["Pod on=a going=20/30", {}, ""],
  ["Pod on=a going=20/30", grace(40), ""],
  ["Pod on=a going=20/30", grace(15), "going=5/15"],
  ["Pod on=a going=20/30", grace(0), "going=-10/0 removed"],
  ["Pod on=a going=0/0", {}, "removed"],
  // A namespace goes when what is in it has gone.
  ["Namespace", {}, "going=0"],
  ["Namespace going=0/0", {}, ""],
] as const)("%s, asked with %j: %s", (object, options, plan) => {
  expect(planned(object, options)).toBe(plan);
});

test("a grace that ends beyond the last year ends with it, and can be shortened", () => {
  const lastMoment = (Date.parse("9999-12-31T23:59:59Z") - now) / 1000;
  const longest = 2 ** 63;
  expect(planned(`Pod on=a grace=${longest}`, {})).toBe(`going=${lastMoment}/${longest}`);
  expect(planned("Pod on=a", grace(longest))).toBe(`going=${lastMoment}/${longest}`);
  expect(planned(`Pod on=a going=${lastMoment}/${longest}`, grace(5))).toBe("going=5/5");
});
