/** What breaks an invariant is refused by it, and what only looks like that is not: small histories, written down by hand. */
import { expect, test } from "vitest";
import { administrator } from "../../store/index.ts";
import type { Invariant, Seen } from "../invariant.ts";
import { Ledger } from "../ledger.ts";
import { Record, type RecordedChange } from "../record.ts";
import { boundOnce } from "./bound-once.ts";
import { gonePodRunsNowhere } from "./gone-pod-runs-nowhere.ts";

const place = { namespace: "default", pod: "a", container: "main", node: "node-0" };

test.each([
  ["DELETED", [place], "default/a is gone at 7 by somebody, and runs on node-0"],
  ["DELETED", [], undefined],
  ["DELETED", [{ ...place, pod: "b" }], undefined],
  ["DELETED", [{ ...place, namespace: "other" }], undefined],
  ["MODIFIED", [place], undefined],
] as const)("a pod that is %s, while %j run", (type, running, problem) => {
  const containers = { all: () => [...running] } as unknown as Seen["containers"];
  expect(written(gonePodRunsNowhere(), change("Pod", type, {}), { containers })).toBe(problem);
});

const had = (name?: string, uid?: string) => ({ claimRef: name && { name, uid } });

test.each([
  ["taken from one by another", had("one", "1"), had("other", "2"), "a was taken from one by other at 7"],
  [
    "taken by a namesake that came later",
    had("one", "1"),
    had("one", "2"),
    "a was taken from one by one at 7",
  ],
  ["kept", had("one", "1"), had("one", "1"), undefined],
  ["let go", had("one", "1"), had(), undefined],
  ["kept for a claim of that name", had("one", "1"), had("one"), undefined],
  ["free, and taken", had(), had("one", "1"), undefined],
] as const)("a volume that is %s", (_, before, now, problem) => {
  expect(written(boundOnce(), change("PersistentVolume", "MODIFIED", now, before))).toBe(problem);
});

function written(invariant: Invariant, change: RecordedChange, more: Partial<Seen> = {}): string | undefined {
  return invariant.written?.(change, seen(more));
}

function seen(more: Partial<Seen>): Seen {
  return { record: new Record(), ledger: new Ledger(), now: 0, ...more } as Seen;
}

function change(kind: string, type: RecordedChange["type"], spec: object, before?: object): RecordedChange {
  const metadata = { name: "a", namespace: "default", uid: "u", resourceVersion: "7", creationTimestamp: "" };
  const of = (each: object) => ({ apiVersion: "v1", kind, metadata, spec: each });
  const key = { kind, namespace: "default", name: "a" };
  const told = { type, key, object: of(spec), revision: 7, at: 0, actor: "somebody" };
  const previous = before && { previous: of(before) };
  return { ...told, user: administrator.name, ...previous } as unknown as RecordedChange;
}
