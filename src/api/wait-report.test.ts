import { beforeEach, expect, test } from "vitest";
import { VirtualClock } from "../outside/index.ts";
import type { KubernetesObject } from "../resources/index.ts";
import { MemoryStore } from "../store/index.ts";
import { reportOn } from "./wait-report.ts";

let store: MemoryStore;
let uid = 0;
const author = { actor: "test", user: { name: "test", groups: [] }, manager: "test" };

async function put(kind: string, name: string, status?: object, owner?: KubernetesObject, more: object = {}) {
  const ownerReferences = owner && [
    { apiVersion: "v1", kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid },
  ];
  const metadata = {
    name,
    namespace: "default",
    uid: String(++uid),
    ...(ownerReferences && { ownerReferences }),
  };
  const object = { apiVersion: "v1", kind, metadata, ...(status && { status }), ...more };
  return store.add({ kind, namespace: "default", name }, object as unknown as KubernetesObject, author);
}

const report = (kind: string, name: string) => {
  const object: KubernetesObject | undefined = store.get<string>(kind, "default", name);
  return reportOn(store, { kind, namespace: "default", name }, object);
};

beforeEach(() => {
  store = new MemoryStore({ clock: new VirtualClock(), onFault: fault => expect.fail(String(fault)) });
});

test("the cause stands on what the object owns, one moment back", async () => {
  const set = await put("ReplicaSet", "web", { replicas: 1 });
  const container = await put("Container", "web-0", {}, set);
  const waiting = { reason: "CrashLoopBackOff", message: "back-off 2s" };
  const terminated = { exitCode: 1, reason: "StartError", message: 'it exports no function "clok"' };
  const status = {
    containerStatuses: [{ name: "main", ready: false, state: { waiting }, lastState: { terminated } }],
  };
  const pod = await put("Pod", "web-0", status, container);
  const involvedObject = { kind: "Pod", name: "web-0", uid: pod.metadata.uid };
  const at = (second: number) => ({ lastTimestamp: `2026-01-02T03:04:0${second}Z` });
  await put("Event", "a", undefined, undefined, {
    involvedObject,
    type: "Warning",
    reason: "BackOff",
    message: "again",
    ...at(2),
  });
  await put("Event", "b", undefined, undefined, {
    involvedObject,
    type: "Warning",
    reason: "Failed",
    message: "old",
    ...at(1),
  });
  await put("Event", "c", undefined, undefined, {
    involvedObject,
    type: "Normal",
    reason: "Pulled",
    message: "new",
    ...at(3),
  });
  for (const [kind, name] of [
    ["ReplicaSet", "web"],
    ["Container", "web-0"],
    ["Pod", "web-0"],
  ] as const) {
    expect(report(kind, name)).toMatch(
      /^Pod default\/web-0: container main is waiting: CrashLoopBackOff: back-off 2s; the last time it ended with exit code 1 \(StartError\): it exports no function "clok"; last warning, of Pod default\/web-0: BackOff: again; its status was last \{/,
    );
  }
});

test.each<[string, object, RegExp]>([
  [
    "a condition that is False",
    { conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "no room" }] },
    /^Pod default\/a: PodScheduled: Unschedulable: no room; its status/,
  ],
  [
    "a failure that is True, not one that is False",
    {
      conditions: [
        { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "taken" },
        { type: "NothingSelected", status: "False", reason: "x", message: "fine" },
      ],
    },
    /^Pod default\/a: ReplicaFailure: FailedCreate: taken; its status/,
  ],
  [
    "a container that ended",
    { containerStatuses: [{ name: "m", state: { terminated: { exitCode: 137, reason: "OOMKilled" } } }] },
    /^Pod default\/a: container m ended with exit code 137 \(OOMKilled\); its status/,
  ],
  [
    "a container that runs and is not ready, an init container first",
    {
      initContainerStatuses: [{ name: "i", state: { waiting: { reason: "ErrImagePull" } } }],
      containerStatuses: [{ name: "m", started: true, ready: false, state: { running: {} } }],
    },
    /^Pod default\/a: container i is waiting: ErrImagePull; Pod default\/a: container m runs, but is not ready; its/,
  ],
  ["nothing known", {}, /^its status was last \{\}$/],
  [
    "a long message in part",
    { conditions: [{ type: "X", status: "False", message: "x".repeat(9_000) }] },
    /^.{600,3500}$/,
  ],
])("tells %s", async (_, status, expected) => {
  await put("Pod", "a", status);
  expect(report("Pod", "a")).toMatch(expected);
});

test("names the nearest where there is no such object", async () => {
  await put("Pod", "web-0");
  expect(report("Pod", "wbe-0")).toBe('there is no such object (did you mean "web-0"?)');
  expect(report("Pod", "other")).toBe("there is no such object");
});

test("tells a few of many causes, and ends in circles of owners", async () => {
  const set = await put("ReplicaSet", "web");
  const status = { containerStatuses: [{ name: "m", state: { waiting: { reason: "ErrImagePull" } } }] };
  for (let i = 0; i < 300; i++) await put("Pod", `web-${i}`, status, set);
  expect(report("ReplicaSet", "web")).toMatch(
    /^(Pod default\/web-\d+: container m is waiting: ErrImagePull; ){4}and 19\d more; /,
  );
});
