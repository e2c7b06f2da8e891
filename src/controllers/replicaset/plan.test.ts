/** What a ReplicaSet decides, by table and without a cluster. Its life is told in replicaset.test.ts. */
import { describe, expect, test } from "vitest";
import type { Container, ObjectMeta, Pod, ReplicaSet } from "../../resources/index.ts";
import { byVictimOrder } from "../victims.ts";
import { planReplicas } from "./replicaset.ts";
import type { ContainerTemplate, MissingTemplate, PodTemplate } from "./template.ts";

const born = "2026-01-01T00:00:00Z";
const metadata = (name: string, isLeaving = false): ObjectMeta => ({
  name,
  uid: name,
  resourceVersion: "1",
  generation: 1,
  creationTimestamp: born,
  ...(isLeaving && { deletionTimestamp: born }),
});

function set(replicas: number | undefined): ReplicaSet {
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: metadata("set"),
    spec: { replicas, selector: {}, template: { spec: { containers: [] } } },
  };
}

const anyOrder = () => byVictimOrder([], Date.parse(born));
const words = (text: string) => text.split(" ").filter(word => word !== "");
const ready = (isReady: boolean) => {
  const status: "True" | "False" = isReady ? "True" : "False";
  return [{ type: "Ready", status, reason: "", message: "", lastTransitionTime: born }];
};

describe("copies with fixed names", () => {
  const template: ContainerTemplate = {
    copies: "Container",
    copy: name => ({
      apiVersion: "k4s.dev/v1",
      kind: "Container",
      metadata: { name },
      spec: { module: "new" },
    }),
    isFollowedBy: ({ spec }) => spec.module === "new",
    follow: child => ({ ...child, spec: { module: "new" } }),
  };
  const none: MissingTemplate = { copies: "Container", missing: "there is no such Container" };

  /** `2` is the ready copy set-2; `2!` is not ready, `2~` follows an old template, `2-` is leaving. */
  function copy(text: string): Container {
    const [, ordinal, marks = ""] = /^(\w+)([!~-]*)$/.exec(text) ?? [];
    return {
      apiVersion: "k4s.dev/v1",
      kind: "Container",
      metadata: metadata(`set-${ordinal}`, marks.includes("-")),
      spec: { module: marks.includes("~") ? "old" : "new" },
      status: { conditions: ready(!marks.includes("!")), observedGeneration: 1 },
    };
  }
  const ordinal = (name = "") => name.replace("set-", "");

  test.each([
    // wanted, there are     create   remove   replace
    [3, "", "0 1 2", "", ""],
    [3, "0 1 2", "", "", ""],
    [3, "0 2", "1", "", ""],
    [2, "0 1 2 3", "", "3 2", ""],
    [0, "0 1", "", "1 0", ""],
    [undefined, "", "0", "", ""],
    // A name is free when its holder has gone, not before.
    [3, "0 1- 2", "", "", ""],
    [2, "0 1 2-", "", "", ""],
    // What is not a number that can be counted to is no name of a copy.
    [2, "0 1 01", "", "01", ""],
    [2, "0 1 old", "", "old", ""],
    // One at a time, the highest first, and only while all the others are there and ready.
    [3, "0 1~ 2", "", "", "1"],
    [3, "0~ 1~ 2~", "", "", "2"],
    [3, "0! 1 2~", "", "", ""],
    [3, "0 2~", "1", "", ""],
    // Where a stale copy is broken there is nothing to lose.
    [3, "0~! 1~ 2~", "", "", "0"],
    [3, "0~! 2", "1", "", "0"],
  ])(
    "%s wanted, there are [%s]: create [%s], remove [%s], replace [%s]",
    (wanted, there, create, remove, replace) => {
      const plan = planReplicas(set(wanted), template, words(there).map(copy), anyOrder);
      expect(plan.create.map(({ metadata }) => ordinal(metadata.name))).toEqual(words(create));
      expect(plan.remove.map(({ metadata }) => ordinal(metadata.name))).toEqual(words(remove));
      expect(ordinal(plan.replace?.metadata.name)).toBe(replace);
      if (plan.replace) expect(plan.replace.spec).toEqual({ module: "new" });
    },
  );

  test.each([
    [3, "0", ""],
    [1, "0 1~ 2", "2 1"],
  ])("without a template: %s wanted, there are [%s]: only remove [%s]", (wanted, there, remove) => {
    const plan = planReplicas(set(wanted), none, words(there).map(copy), anyOrder);
    expect(plan).toMatchObject({ create: [] });
    expect(plan.replace).toBeUndefined();
    expect(plan.remove.map(({ metadata }) => ordinal(metadata.name))).toEqual(words(remove));
  });
});

describe("pods with random names", () => {
  const spec = { containers: [{ name: "app", image: "echo" }] };
  const template: PodTemplate = {
    copies: "Pod",
    copy: () => ({ apiVersion: "v1", kind: "Pod", metadata: { generateName: "set-" }, spec }),
  };

  /** `a` is a ready pod; `a!` is not ready, `a-` is leaving, `a+` has come to its end. */
  function podOf(text: string): Pod {
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata: metadata(text.charAt(0), text.endsWith("-")),
      spec: { ...spec, nodeName: "node-0" },
      status: { phase: text.endsWith("+") ? "Succeeded" : "Running", conditions: ready(!text.endsWith("!")) },
    };
  }

  test.each([
    // wanted, there are  create  remove
    [3, "", 3, ""],
    [3, "a b c", 0, ""],
    [3, "a b- c+", 2, ""],
    [1, "a b! c- d+", 0, "b"],
    [0, "a", 0, "a"],
    [undefined, "", 1, ""],
    // No more in one run.
    [800, "a", 500, ""],
  ])("%s wanted, there are [%s]: create %i, remove [%s]", (wanted, there, create, remove) => {
    const plan = planReplicas(set(wanted), template, words(there).map(podOf), anyOrder);
    expect(plan.create).toHaveLength(create);
    expect(plan.remove.map(({ metadata }) => metadata.name)).toEqual(words(remove));
    expect(plan.replace).toBeUndefined();
  });

  test("the more there are, the more are created in one run", () => {
    const there = Array.from({ length: 20_000 }, (_, number) => podOf(`p${number}`));
    expect(planReplicas(set(50_000), template, there, anyOrder).create).toHaveLength(1_000);
  });
});
