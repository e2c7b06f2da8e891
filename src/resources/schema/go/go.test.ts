import { describe, expect, test } from "vitest";
import { definition } from "../definitions.ts";
import { converterFault } from "./converter-fault.ts";
import { decoderFault } from "./decoder-fault.ts";
import { printed } from "./printed.ts";

const containers = (container: unknown) => ({ spec: { containers: [container] } });

/** Rows marked "recorded" are those of type-*.json and others in kubernetes-1.35/admission. */
describe("Go's JSON decoder", () => {
  test.each<[string, unknown, string]>([
    ["ConfigMap", { data: { a: true } }, "bool into Go struct field ConfigMap.data of type string"], // recorded
    [
      "ConfigMap",
      { metadata: { labels: { a: 1 } } },
      "number into Go struct field ObjectMeta.metadata.labels of type string", // recorded
    ],
    [
      "Deployment",
      { spec: { replicas: 1.5 } },
      "number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32", // recorded
    ],
    [
      "Deployment",
      { spec: { replicas: "three" } },
      "string into Go struct field DeploymentSpec.spec.replicas of type int32", // recorded
    ],
    [
      "Deployment",
      { spec: { template: { spec: { containers: { name: "a" } } } } },
      "object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container",
    ],
    [
      "Pod",
      containers({ name: "a", image: 5 }),
      "number into Go struct field Container.spec.containers.image of type string",
    ],
    ["Pod", containers("a"), "string into Go struct field PodSpec.spec.containers of type v1.Container"],
    [
      "Pod",
      containers({ tty: "x" }),
      "string into Go struct field Container.spec.containers.tty of type bool",
    ],
    ["Pod", { spec: [] }, "array into Go struct field Pod.spec of type v1.PodSpec"],
    [
      "Pod",
      containers({ resources: { limits: "x" } }),
      "string into Go struct field ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList",
    ],
    [
      "Service",
      { spec: { selector: [] } },
      "array into Go struct field ServiceSpec.spec.selector of type map[string]string",
    ],
    [
      "Pod",
      containers({ ports: [{ containerPort: 2 ** 40 }] }),
      "number 1099511627776 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
    ],
    ["Service", { spec: { ports: [{ targetPort: true }] } }, "bool into Go value of type int32"],
    ["Pod", { metadata: { creationTimestamp: 5 } }, "number into Go value of type string"],
  ])("%s %j", (kind, value, message) =>
    expect(decoderFault(definition(kind), value)).toBe(`json: cannot unmarshal ${message}`),
  );

  const micro = '"2006-01-02T15:04:05.000000Z07:00"';
  test.each<[string, unknown, string]>([
    ["Secret", { data: { a: "not base64!" } }, "illegal base64 data at input byte 3"],
    ["Secret", { data: { a: "hunter2" } }, "illegal base64 data at input byte 4"],
    ["Secret", { data: { a: "aGk=x" } }, "illegal base64 data at input byte 4"],
    ["Secret", { data: { a: "a===" } }, "illegal base64 data at input byte 1"],
    [
      "Pod",
      containers({ resources: { limits: { cpu: "lots" } } }),
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    ["Pod", containers({ resources: { limits: { cpu: "1KK" } } }), "unable to parse quantity's suffix"],
    [
      "Lease",
      { spec: { renewTime: "2026-01-02T03:04:06.789Z" } },
      `parsing time "2026-01-02T03:04:06.789Z" as ${micro}: cannot parse ".789Z" as ".000000"`, // recorded
    ],
    [
      "Pod",
      { metadata: { deletionTimestamp: "soon" } },
      'parsing time "soon" as "2006-01-02T15:04:05Z07:00": cannot parse "soon" as "2006"',
    ],
    [
      "Pod",
      { metadata: { deletionTimestamp: "2026-13-01T00:00:00Z" } },
      'parsing time "2026-13-01T00:00:00Z": month out of range',
    ],
  ])("%s %j, read by a parser of its own", (kind, value, message) =>
    expect(decoderFault(definition(kind), value)).toBe(message),
  );

  test("says nothing of what fits", () => {
    const pod = containers({ name: "a", image: "b", resources: { limits: { cpu: 1, memory: "1Gi" } } });
    expect(
      decoderFault(definition("Pod"), { ...pod, metadata: { name: "a", labels: null } }),
    ).toBeUndefined();
    expect(decoderFault(definition("Secret"), { data: { a: "aGk=", b: "" } })).toBeUndefined();
    expect(converterFault(definition("Pod"), pod)).toBeUndefined();
  });
});

test.each<[string, unknown, string]>([
  ["Pod", { metadata: { labels: "invalid" } }, "cannot restore map from string"],
  ["Pod", { spec: { containers: {} } }, "cannot restore slice from map"],
  ["Pod", containers("a"), "cannot restore struct from: string"],
  ["Pod", { spec: true }, "cannot restore struct from: bool"],
  ["Deployment", { spec: { replicas: "x" } }, "unrecognized type: int32"],
  ["Deployment", { spec: { replicas: 1.5 } }, "cannot convert float64 to int32"],
  ["ConfigMap", { data: { a: 1 } }, "cannot convert int64 to string"],
  ["ConfigMap", { data: { a: true } }, "unrecognized type: string"],
  ["Secret", { data: { a: "hunter2" } }, "error decoding from json: illegal base64 data at input byte 4"],
])("the converter of %s %j", (kind, value, message) =>
  expect(converterFault(definition(kind), value)).toBe(message),
);

test("values are printed as Go prints them", () => {
  expect(printed({ spec: { replicas: 3, list: ["a", { b: null }] }, a: true })).toBe(
    "map[a:true spec:map[list:[a map[b:<nil>]] replicas:3]]",
  );
});
