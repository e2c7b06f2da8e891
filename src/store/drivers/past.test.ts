import { expect, test } from "vitest";
import { ApiError } from "../../errors/index.ts";
import type { Stored } from "../store.ts";
import { pastAt } from "./past.ts";

test("what was read of the past once can be read again, when history has forgotten it", () => {
  const metadata = { name: "p", namespace: "demo", uid: "u", resourceVersion: "1", creationTimestamp: "" };
  const object = { apiVersion: "v1", kind: "Pod", metadata };
  const stored = { key: { kind: "Pod", namespace: "demo", name: "p" }, object } as Stored;
  let reads = 0;
  const past = pastAt(1, {
    all: () => [stored],
    after(revision, kind) {
      reads++;
      if (reads > 1) throw new ApiError("Expired", `nothing is known of ${kind} at ${revision}`);
      return [];
    },
  });
  expect(past.list("Pod")).toEqual([object]);
  expect(past.get("Pod", "demo", "p")).toBe(object);
  expect(past.get("Pod", "demo", "q")).toBeUndefined();
  expect(() => past.list("Node")).toThrow("nothing is known of Node at 1");
});
