/** What Kubernetes refuses where a pod is resized: all but processor and memory of the containers that stay. */
import { describe, expect, test } from "vitest";
import type { Pod, PodContainer } from "../../generated/kubernetes.gen.ts";
import { resize } from "./pod-resize.ts";

const amounts = { cpu: "1", memory: "64Mi" };
const container = (more: Partial<PodContainer> = {}): PodContainer => ({
  name: "a",
  image: "i",
  resources: { requests: amounts },
  ...more,
});
const sidecar = (more: Partial<PodContainer> = {}) =>
  container({ name: "s", restartPolicy: "Always", ...more });
const first = (more: Partial<PodContainer> = {}) => container({ name: "f", ...more });

function pod(spec: Partial<Pod["spec"]>, annotations?: Record<string, string>): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "n", uid: "1", resourceVersion: "1", annotations },
    spec: { containers: [container()], ...spec },
  } as Pod;
}

function faults(given: Partial<Pod["spec"]>, old = pod({})): string[] {
  const next = resize.next?.(old, pod(given)) as Pod;
  return (resize.faults?.(next, old) ?? []).map(({ field, message }) => `${field}: ${message}`);
}

const requests = (more: Record<string, string>) => ({ resources: { requests: { ...amounts, ...more } } });
const whole = (text: string) => [`[]: Forbidden: ${text}`];

describe("of a container", () => {
  test.each<[string, Partial<PodContainer>, string[]]>([
    ["more processor and memory", container(requests({ cpu: "2", memory: "1Gi" })), []],
    ["less memory", container(requests({ memory: "1Mi" })), []],
    ["limits too", container({ resources: { requests: amounts, limits: { cpu: "2" } } }), []],
    [
      "another resource",
      container(requests({ "ephemeral-storage": "1Gi" })),
      ["spec: Forbidden: only cpu and memory resources are mutable"],
    ],
    [
      "how it is resized",
      container({ resizePolicy: [{ resourceName: "cpu", restartPolicy: "RestartContainer" }] }),
      ["spec: Forbidden: only cpu and memory resources are mutable"],
    ],
    [
      "a request less",
      container({ resources: { requests: { cpu: "1" } } }),
      ["spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed"],
    ],
    [
      "none at all",
      container({ resources: {} }),
      [
        'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
        "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed",
      ],
    ],
    [
      "all of its limits",
      container({ resources: { requests: amounts, limits: amounts } }),
      ['spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing'],
    ],
    ["another image is not looked at", container({ image: "other" }), []],
    ["a container that is not there is not looked at", { ...container(), name: "z" }, []],
  ])("%s", (_, given, expected) => {
    expect(faults({ containers: [given as PodContainer] })).toEqual(expected);
  });
});

describe("of a container that starts before the others", () => {
  test("one that stays beside them is resized like them", () => {
    const old = pod({ initContainers: [sidecar()] });
    expect(faults({ initContainers: [sidecar(requests({ cpu: "2" }))] }, old)).toEqual([]);
    expect(faults({ initContainers: [sidecar(requests({ "ephemeral-storage": "1Gi" }))] }, old)).toEqual([
      "spec: Forbidden: only cpu and memory resources for sidecar containers are mutable",
    ]);
  });

  test("one that ends is not", () => {
    const old = pod({ initContainers: [first()] });
    expect(faults({ initContainers: [first(requests({ cpu: "2" }))] }, old)).toEqual([
      "spec: Forbidden: resources for non-sidecar init containers are immutable",
    ]);
    expect(faults({ initContainers: [first()] }, old)).toEqual([]);
  });
});

test.each<[string, Pod, string[]]>([
  [
    "amounts of its own",
    pod({ resources: { requests: { cpu: "2" } } }),
    whole("pods with pod-level resources cannot be resized"),
  ],
  [
    "a manifest on its node",
    pod({}, { "kubernetes.io/config.mirror": "x" }),
    whole("static pods cannot be resized"),
  ],
  ["Windows", pod({ os: { name: "windows" } }), whole("windows pods cannot be resized")],
])("a pod with %s cannot be resized", (_, old, expected) => {
  expect(faults({ containers: [container(requests({ cpu: "2" }))] }, old)).toEqual(expected);
});
