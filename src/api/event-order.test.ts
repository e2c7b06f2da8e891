import { expect, test } from "vitest";
import type { Event } from "../resources/index.ts";
import { oldestFirst } from "./event-order.ts";

function event(
  reason: string,
  at: string | undefined,
  about: string | undefined,
  revision: number,
  count = 1,
) {
  const time = at === undefined ? {} : { lastTimestamp: `2026-01-02T03:04:${at}Z` };
  const metadata = {
    name: reason,
    resourceVersion: String(revision),
    creationTimestamp: "2026-01-02T03:04:07Z",
  };
  const involvedObject = { kind: "Pod", name: "a", ...(about && { resourceVersion: about }) };
  return { metadata, involvedObject, reason, count, ...time } as unknown as Event;
}

test.each<[string, Event[], string]>([
  ["by time", [event("c", "03", "1", 1), event("a", "01", "9", 2), event("b", "02", "5", 3)], "a b c"],
  [
    "within a second by the version that they are about",
    [event("Pulled", "01", "7", 20), event("Scheduled", "01", "5", 21), event("Started", "01", "7", 22)],
    "Scheduled Pulled Started",
  ],
  [
    "what is about the same version by the order of its writing",
    [event("b", "01", "5", 21), event("a", "01", "5", 20)],
    "a b",
  ],
  [
    "what happened again where it happened last",
    [event("BackOff", "01", "5", 30, 3), event("Started", "01", "7", 22)],
    "Started BackOff",
  ],
  [
    "written by others, without a version or a time",
    [
      event("later", "09", undefined, 4),
      event("created", undefined, undefined, 5),
      event("early", "06", "x", 6),
    ],
    "early created later",
  ],
])("events are told %s", (_, events, order) => {
  expect(
    oldestFirst(events)
      .map(({ reason }) => reason)
      .join(" "),
  ).toBe(order);
});
