import { expect, test } from "vitest";
import { metadataUpdateFaults } from "./metadata-rules.ts";

const old = {
  name: "a",
  namespace: "b",
  uid: "c",
  resourceVersion: "1",
  creationTimestamp: "2026-01-01T00:00:00Z",
};
const going = { ...old, deletionTimestamp: "2026-01-02T00:00:00Z", deletionGracePeriodSeconds: 30 };

test.each([
  [
    "a deletion is asked for, not written",
    old,
    { deletionTimestamp: "2026-01-02T00:00:00Z" },
    ["deletionTimestamp"],
  ],
  ["nor is how long it takes", old, { deletionGracePeriodSeconds: 5 }, ["deletionGracePeriodSeconds"]],
  ["nor changed", going, { deletionGracePeriodSeconds: 5 }, ["deletionGracePeriodSeconds"]],
  [
    "when an object goes is kept, whatever is written",
    going,
    { deletionTimestamp: "2027-01-01T00:00:00Z" },
    [],
  ],
  ["what stands there already is no change", going, going, []],
  ["another uid", old, { uid: "d" }, ["uid"]],
])("%s", (_, before, metadata, fields) => {
  const faults = metadataUpdateFaults(metadata, before);
  expect(faults.map(({ field }) => field)).toEqual(fields.map(field => `metadata.${field}`));
  for (const { message } of faults) expect(message).toMatch(/^Invalid value: .*: field is immutable$/);
});
