import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allFaults } from "../all-faults.ts";
import type { PodSpec, ReplicaSet } from "../generated/kubernetes.gen.ts";
import type { ContainerSpec } from "../kinds/container/container.ts";
import {
  containerFields,
  containerSpecOf,
  podFields,
  podFromContainer,
  podSpecOf,
} from "../kinds/container/container-as-pod.ts";
import { container } from "../kinds/container/container-kind.ts";
import type { Draft } from "../object.ts";
import { frozen, json, jsonMap } from "../patch/json.fixture.ts";
import { copiedContainer } from "./replicaset-template.ts";
import { contract, expand, shortFormCauses, shortPath } from "./short-forms.ts";

const set = (spec: object, name = "calc-rs"): Draft => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: { name },
  spec,
});
const service = (selector: unknown): Draft => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "calc" },
  spec: { selector },
});

const probe = fc.oneof(
  fc.constant({ eventLoop: {}, periodSeconds: 5 }),
  json.map(request => ({ request, timeoutSeconds: 2 })),
  fc.constant({ httpGet: { port: 80 } }),
);
const containerSpec = fc.record(
  {
    module: fc.constantFrom("calculator", "greeter:v1", "sub/x.mjs", "ü"),
    function: fc.constantFrom("add", "$", "größer", "default"),
    parameters: jsonMap.map(map =>
      Object.fromEntries(Object.entries(map).filter(([name]) => /^[^=\s]+$/.test(name))),
    ),
    env: fc.constant([{ name: "A", value: "1" }]),
    resources: fc.constant({ limits: { memory: "64Mi" } }),
    restartPolicy: fc.constantFrom("Always", "Never"),
    nodeSelector: fc.constant({ zone: "a" }),
    livenessProbe: probe,
    readinessProbe: probe,
  },
  { requiredKeys: ["module"] },
) as fc.Arbitrary<unknown> as fc.Arbitrary<ContainerSpec>;
const labels = fc.dictionary(fc.constantFrom("app", "tier"), fc.constantFrom("a", "b"), {
  minKeys: 1,
  noNullPrototype: true,
});
const metadata = fc
  .record({ labels, annotations: labels }, { requiredKeys: [] })
  .filter(any => Object.keys(any).length > 0);
const template = fc.record({ metadata }, { requiredKeys: [] });
const shortSet = fc
  .tuple(
    fc.record(
      { replicas: fc.nat(5), selector: fc.constant({ matchLabels: { app: "a" } }) },
      { requiredKeys: [] },
    ),
    fc.oneof(
      fc
        .tuple(fc.constantFrom("calc", "x"), fc.option(metadata))
        .map(([container, meta]) => ({ container, ...(meta && { template: { metadata: meta } }) })),
      fc.tuple(containerSpec, template).map(([spec, meta]) => ({ template: { ...spec, ...meta } })),
    ),
  )
  .map(([rest, what]) => set({ ...rest, ...what }));

describe("a Container as a pod", () => {
  it("has the fields where a pod has them", () => {
    const spec: ContainerSpec = {
      module: "calculator",
      function: "add",
      parameters: { n: 2 },
      env: [{ name: "A" }],
      restartPolicy: "Never",
    };
    const pod = podFromContainer({
      metadata: {
        name: "calc",
        namespace: "ns",
        labels: { a: "1" },
        uid: "u",
        resourceVersion: "1",
        creationTimestamp: "",
      },
      spec,
    });
    expect(pod).toEqual({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "calc", namespace: "ns", labels: { a: "1" } },
      spec: {
        restartPolicy: "Never",
        containers: [
          { name: "main", image: "calculator", command: ["add"], args: ["--n=2"], env: [{ name: "A" }] },
        ],
      },
    });
  });

  it("is exact in both directions", () => {
    fc.assert(
      fc.property(containerSpec, spec => {
        const pod = podSpecOf(frozen(spec));
        expect(containerSpecOf(pod)).toEqual(spec);
        expect(podSpecOf(containerSpecOf(pod) ?? spec)).toEqual(pod);
      }),
    );
  });

  it.each([
    [
      "two containers",
      {
        containers: [
          { name: "main", image: "a" },
          { name: "b", image: "b" },
        ],
      },
    ],
    ["another name", { containers: [{ name: "app", image: "a" }] }],
    ["a longer command", { containers: [{ name: "main", image: "a", command: ["sh", "-c"] }] }],
    ["other arguments", { containers: [{ name: "main", image: "a", args: ["-v"] }] }],
    ["fields that no Container has", { containers: [{ name: "main", image: "a" }], volumes: [] }],
  ])("is none for a pod with %s", (_, spec) => {
    expect(containerSpecOf(spec as PodSpec)).toBeUndefined();
  });

  it("has every field in one place only", () => {
    expect(new Set([...containerFields, ...podFields]).size).toBe(containerFields.length + podFields.length);
  });
});

describe("the short forms of a ReplicaSet", () => {
  it("expand to an apps/v1 ReplicaSet", () => {
    expect(expand(set({ container: "calc", replicas: 3 })).spec).toEqual({
      replicas: 3,
      selector: { matchLabels: { "k4s.dev/replicaset": "calc-rs" } },
      template: {
        metadata: {
          labels: { "k4s.dev/replicaset": "calc-rs" },
          annotations: { "k4s.dev/container": "calc" },
        },
        spec: { containers: [{ name: "main", image: "k4s.dev/container" }] },
      },
    });
    expect(expand(set({ template: { module: "calculator", parameters: { n: 1 } } })).spec).toEqual({
      selector: { matchLabels: { "k4s.dev/replicaset": "calc-rs" } },
      template: {
        metadata: {
          labels: { "k4s.dev/replicaset": "calc-rs" },
          annotations: { "k4s.dev/copies": "Container" },
        },
        spec: { containers: [{ name: "main", image: "calculator", args: ["--n=1"] }] },
      },
    });
  });

  it("are exact in both directions", () => {
    fc.assert(
      fc.property(shortSet, short => {
        const full = frozen(expand(frozen(short)));
        expect(contract(full)).toEqual(short);
        expect(expand(contract(full))).toEqual(full);
        expect(expand(full)).toBe(full);
      }),
    );
  });

  it("tell what is copied, of a stored set with Kubernetes' defaults too", () => {
    const stored = (spec: object) => expand(set(spec)) as Draft<ReplicaSet>;
    expect(copiedContainer(stored({ container: "calc" }))).toEqual({ form: "named", container: "calc" });
    expect(copiedContainer(stored({ template: { spec: { containers: [] } } }))).toEqual({ form: "pods" });
    fc.assert(
      fc.property(containerSpec, spec => {
        expect(copiedContainer(stored({ template: spec }))).toEqual({ form: "inline", spec });
      }),
    );
    const inline = stored({ template: { module: "calculator", livenessProbe: { eventLoop: {} } } });
    const defaulted = JSON.parse(JSON.stringify(inline));
    const pod = defaulted.spec.template.spec;
    Object.assign(pod, {
      restartPolicy: "Always",
      dnsPolicy: "ClusterFirst",
      securityContext: {},
      schedulerName: "default-scheduler",
      terminationGracePeriodSeconds: 30,
    });
    Object.assign(pod.containers[0], {
      imagePullPolicy: "Always",
      resources: {},
      terminationMessagePath: "/dev/termination-log",
      terminationMessagePolicy: "File",
    });
    Object.assign(pod.containers[0].livenessProbe, {
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    });
    expect(copiedContainer(defaulted)).toEqual({
      form: "inline",
      spec: { module: "calculator", livenessProbe: { eventLoop: {} } },
    });
    expect(contract(defaulted).spec).toEqual({
      template: { module: "calculator", livenessProbe: { eventLoop: {} } },
    });
  });

  it.each([
    [{ container: 5 }, "spec.container", "must be the name of a Container"],
    [{ container: "calc", template: { module: "x" } }, "spec.template", "the one or the other"],
    [{ template: { function: "add" } }, "spec.template.module", "Required value"],
    [{ template: { module: "a", function: 5 } }, "spec.template.function", "expected text, got 5"],
    [{ template: { module: "a", parameters: [1] } }, "spec.template.parameters", "expected an object"],
    [{ template: { module: "a", parameters: { "a b": 1 } } }, "spec.template.parameters.a b", "blanks"],
    [{ template: { module: "a", functon: "add" } }, "spec.template.functon", 'did you mean "function"?'],
    [
      { template: { module: "a", livenessProbe: { eventLoop: 5 } } },
      "spec.template.livenessProbe.eventLoop",
      "expected an object, got 5",
    ],
    [
      { template: { module: "a", livenessProbe: { eventLoop: {}, exec: { command: ["event-loop"] } } } },
      "spec.template.livenessProbe.exec",
      "more than 1",
    ],
  ])("%j is refused at %s", (spec, field, message) => {
    expect(shortFormCauses(set(spec))).toEqual([
      expect.objectContaining({ field, message: expect.stringContaining(message) }),
    ]);
    expect(() => expand(set(spec))).toThrow(expect.objectContaining({ reason: "Invalid" }));
  });

  it.each<object>([
    { module: "../outside" },
    { module: "echo", function: "1st" },
    { module: "echo", livenessProbe: { exec: { command: ["no-such-program"] } } },
    { module: "echo", livenessProbe: { exec: {} } },
    { module: " echo" },
    { module: 5, function: {} },
    { module: "echo", parameters: { "a b": 1 } },
    { module: "echo", env: [{ value: "x" }, { name: "A", valueFrom: {} }] },
    { module: "echo", env: "x", ports: [null] },
    { module: "echo", resources: { limits: { memory: "64Mb" } } },
    { module: "echo", restartPolicy: "Sometimes" },
    { module: "echo", tolerations: [{ operator: "Exists", value: "x" }] },
    { module: "echo", hostname: "no dots.here", terminationGracePeriodSeconds: -1 },
    { module: "echo", readinessProbe: { request: 1, periodSeconds: -1, intitialDelaySeconds: 1 } },
    { modul: "echo", fucntion: "x" },
  ])("are refused for what a Container is refused for: %j", spec => {
    const alone = {
      apiVersion: "k4s.dev/v1",
      kind: "Container",
      metadata: { name: "a", namespace: "b" },
      spec,
    };
    const told = allFaults(container, alone);
    expect(told.length).toBeGreaterThan(0);
    expect(shortFormCauses(set({ template: spec })).map(({ field, reason }) => ({ field, reason }))).toEqual(
      told.map(({ field, reason }) => ({ field: field.replace("spec", "spec.template"), reason })),
    );
  });

  it("need a name that fits into a label", () => {
    expect(shortFormCauses(set({ container: "c" }, ""))).toHaveLength(1);
    expect(shortFormCauses(set({ container: "c" }, "x".repeat(64)))).toHaveLength(1);
  });

  it.each([
    [
      { template: { module: "a", parameters: { x: 1, y: 2 } } },
      "spec.template.spec.containers[0].image",
      "spec.template.module",
    ],
    [
      { template: { module: "a", parameters: { x: 1, y: 2 } } },
      "spec.template.spec.containers[0].args[1]",
      "spec.template.parameters.y",
    ],
    [{ template: { module: "a" } }, "spec.template.spec.containers[0].command[0]", "spec.template.function"],
    [
      { template: { module: "a" } },
      "spec.template.spec.containers[0].env[0].name",
      "spec.template.env[0].name",
    ],
    [{ template: { module: "a" } }, "spec.template.spec.restartPolicy", "spec.template.restartPolicy"],
    [{ template: { module: "a" } }, "spec.selector.matchLabels", "metadata.name"],
    [
      { template: { module: "a", livenessProbe: { request: 1 } } },
      "spec.template.spec.containers[0].livenessProbe.exec.command[1]",
      "spec.template.livenessProbe.request",
    ],
    [{ container: "a" }, "spec.template.spec.containers[0].image", "spec.container"],
    [{ container: "a" }, "spec.replicas", "spec.replicas"],
    [{ template: { spec: {} } }, "spec.template.spec.containers", "spec.template.spec.containers"],
  ])("%j: %s is written as %s", (spec, full, short) => {
    expect(shortPath(set(spec), full)).toBe(short);
  });
});

describe("the short form of a Service", () => {
  it("is a glob over names", () => {
    const full = service({ "k4s.dev/name": "calc-rs-*" });
    expect(expand(service("calc-rs-*"))).toEqual(full);
    expect(contract(full)).toEqual(service("calc-rs-*"));
    expect(shortPath(service("x"), "spec.selector[k4s.dev/name]")).toBe("spec.selector");
    expect(shortFormCauses(service(""))).toHaveLength(1);
  });

  it("leaves selectors by labels alone", () => {
    const labelled = service({ app: "web", "k4s.dev/name": "x" });
    expect(expand(labelled)).toBe(labelled);
    expect(contract(labelled)).toBe(labelled);
  });
});

it("never fails with anything but an ApiError", () => {
  fc.assert(
    fc.property(fc.constantFrom("ReplicaSet", "Service", "Container"), json, (kind, spec) => {
      const object = {
        apiVersion: kind === "Service" ? "v1" : "apps/v1",
        kind,
        metadata: { name: "x" },
        spec,
      };
      contract(object);
      if (shortFormCauses(object).length === 0) expand(object);
      else expect(() => expand(object)).toThrow(expect.objectContaining({ reason: "Invalid" }));
    }),
  );
});
