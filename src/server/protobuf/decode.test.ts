/** Objects out of protobuf, written here by hand, number by number; and rubbish, which is refused and nothing else. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ApiError } from "../../errors/index.ts";
import { definitionSchema } from "../../resources/index.ts";
import { decodeMessage, envelopeOf } from "./index.ts";

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}
const bytes = (number: number, body: readonly number[]) => [
  ...varint(number * 8 + 2),
  ...varint(body.length),
  ...body,
];
const text = (number: number, value: string) => bytes(number, [...Buffer.from(value)]);
const integer = (number: number, value: number) => [...varint(number * 8), ...varint(value)];
const entry = (number: number, key: string, value: readonly number[]) =>
  bytes(number, [...text(1, key), ...value]);

const decoded = (kind: string, body: readonly number[]) =>
  decodeMessage(definitionSchema(kind), Uint8Array.from(body));

describe("a message", () => {
  it("has texts, maps, bytes and times", () => {
    const metadata = bytes(1, [
      ...text(1, "name"),
      ...bytes(8, [...integer(1, 1_700_000_000)]),
      ...entry(11, "app", text(2, "web")),
    ]);
    expect(
      decoded("Secret", [...metadata, ...entry(2, "key", bytes(2, [1, 2, 255])), ...text(3, "Opaque")]),
    ).toEqual({
      metadata: { name: "name", creationTimestamp: "2023-11-14T22:13:20Z", labels: { app: "web" } },
      data: { key: "AQL/" },
      type: "Opaque",
    });
  });

  it("has what Go embeds as a message of its own", () => {
    const source = bytes(2, bytes(1, text(1, "/tmp")));
    expect(decoded("Volume", [...text(1, "v"), ...source])).toEqual({
      name: "v",
      hostPath: { path: "/tmp" },
    });
    const probe = [
      ...bytes(1, bytes(2, [...bytes(2, [...integer(1, 0), ...integer(2, 80)])])),
      ...integer(4, 5),
    ];
    expect(decoded("Probe", probe)).toEqual({ httpGet: { port: 80 }, periodSeconds: 5 });
  });

  it.each([
    ["what is no JSON", "{"],
    ["what is nested deeper than the stack bears", "[".repeat(100_000) + "]".repeat(100_000)],
    ["what never ends", "[".repeat(2_800_000)],
  ])("refuses in embedded JSON %s, and says why", (_, json) => {
    const body = Buffer.from(json);
    const field = Buffer.from([...varint(10), ...varint(body.length)]);
    const fields = Buffer.concat([field, body]);
    const extension = Buffer.concat([Buffer.from([...varint(18), ...varint(fields.length)]), fields]);
    const refused = () => decodeMessage(definitionSchema("ControllerRevision"), extension);
    expect(refused).toThrow("an embedded object is not JSON");
    expect(refused).toThrow(expect.objectContaining({ cause: expect.any(Error) }));
  });

  it("has quantities and negative numbers, and leaves out what it does not know", () => {
    const limits = entry(1, "memory", bytes(2, text(1, "64Mi")));
    expect(decoded("ResourceRequirements", [...limits, ...text(99, "new")])).toEqual({
      limits: { memory: "64Mi" },
    });
    const minusOne = [...varint(8), ...Array<number>(9).fill(255), 1];
    expect(decoded("DeploymentSpec", minusOne)).toEqual({ replicas: -1 });
  });

  it("says no more than Go's JSON: zero stands where a field has a pointer or is required", () => {
    const spec = [...integer(1, 0), ...integer(5, 0), ...integer(7, 0)];
    expect(decoded("DeploymentSpec", spec)).toEqual({ replicas: 0 });
    const reference = [...text(1, ""), ...text(3, "web"), ...text(5, "")];
    expect(decoded("ObjectReference", reference)).toEqual({ name: "web" });
    const container = [...text(1, ""), ...text(2, ""), ...integer(16, 0)];
    expect(decoded("PodContainer", container)).toEqual({ name: "" });
    expect(decoded("ConfigMap", [...entry(2, "empty", text(2, "")), ...integer(4, 0)])).toEqual({
      data: { empty: "" },
      immutable: false,
    });
  });

  it("has lists of numbers in one field, or one by one", () => {
    const groups = (body: readonly number[]) => decoded("PodSecurityContext", body);
    const both = [...bytes(4, [...varint(7), ...varint(1_000)]), ...integer(4, 8)];
    expect(groups(both)).toEqual({ supplementalGroups: [7, 1_000, 8] });
    expect(() => groups(bytes(4, [0x87]))).toThrow("unexpected EOF");
    expect(() => groups(bytes(4, [...Array<number>(10).fill(0xff), 1]))).toThrow("integer overflow");
  });

  it("is refused as a BadRequest where it is none, whatever the bytes are", () => {
    const kinds = fc.constantFrom("Pod", "Secret", "Deployment", "DeleteOptions", "CustomResourceDefinition");
    fc.assert(
      fc.property(kinds, fc.uint8Array({ maxLength: 200 }), (kind, rubbish) => {
        try {
          decodeMessage(definitionSchema(kind), rubbish);
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
        }
      }),
    );
  });
});

it("an envelope says what is in it", () => {
  const inside = [...bytes(1, [...text(1, "v1"), ...text(2, "Pod")]), ...bytes(2, [1, 2, 3])];
  expect(envelopeOf(Uint8Array.from([...Buffer.from("k8s\0"), ...inside]))).toEqual({
    apiVersion: "v1",
    kind: "Pod",
    raw: Uint8Array.from([1, 2, 3]),
  });
  expect(() => envelopeOf(Buffer.from("{}"))).toThrow("does not appear to be a protobuf message");
});
