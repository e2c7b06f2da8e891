import { expect, test } from "vitest";
import type { Pod, Service } from "../../resources/index.ts";
import { TriggerTimes, triggered, triggerOf } from "./trigger-times.ts";

const service = {
  metadata: { name: "web", namespace: "demo", uid: "s", creationTimestamp: "2026-01-01T00:00:05Z" },
} as Service;

function pod(uid: string, lastTransitionTime?: string): Pod {
  const conditions = lastTransitionTime ? [{ type: "Ready", status: "True", lastTransitionTime }] : [];
  return { metadata: { uid }, status: { conditions } } as unknown as Pod;
}

test("the oldest that is new counts: the Service itself, then what pods tell", () => {
  const times = new TriggerTimes();
  const one = pod("one", "2026-01-01T00:00:10Z");
  expect(times.next(service, [one])).toBe("2026-01-01T00:00:05Z");
  expect(times.next(service, [one])).toBeUndefined();
  const others = [pod("two", "2026-01-01T00:00:12Z"), pod("three", "2026-01-01T00:00:11Z"), pod("four")];
  expect(times.next(service, [one, ...others])).toBe("2026-01-01T00:00:11Z");
  // One that goes is nothing new.
  expect(times.next(service, others)).toBeUndefined();
  expect(times.next(service, [pod("two", "2026-01-01T00:00:13Z")])).toBe("2026-01-01T00:00:13Z");
  times.forget({ namespace: "demo", name: "web" });
  expect(times.next(service, [])).toBe("2026-01-01T00:00:05Z");
});

test("a slice has the time, or none", () => {
  const slice = { kind: "EndpointSlice", metadata: { name: "web-1", annotations: { a: "b" } } } as never;
  const at = "2026-01-01T00:00:05Z";
  const marked = triggered(slice, at);
  const annotations = { a: "b", "endpoints.kubernetes.io/last-change-trigger-time": at };
  expect(marked).toMatchObject({ metadata: { annotations } });
  expect(triggered(marked, at)).toBe(marked);
  expect(triggered(marked, undefined)).toEqual(slice);
});

test("of several slices the oldest time counts, for their Endpoints", () => {
  const bare = { kind: "EndpointSlice", metadata: { name: "web-1" } } as never;
  const [older, newer] = ["2026-01-01T00:00:05Z", "2026-01-01T00:00:07Z"];
  expect(triggerOf([bare, triggered(bare, newer), triggered(bare, older)])).toBe(older);
  expect(triggerOf([bare])).toBeUndefined();
});
