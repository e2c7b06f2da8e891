/**
 * The numbers of fields on the wire (generated/protobuf.gen.ts), as a decoder relies on them. The samples are those of
 * Kubernetes' generated.proto files.
 */
import { describe, expect, test } from "vitest";
import { protobufAsJson } from "../generated/protobuf.gen.ts";
import { definition } from "./definitions.ts";

const all = Object.entries(protobufAsJson).map(([name, json]) => {
  const [published, numbers] = JSON.parse(json) as [string, Record<string, number | number[]>];
  return { name, published, numbers };
});

/** Answers in JSON alone. */
const neverOnTheWire = ["io.k8s.apimachinery.pkg.version.Info"];
/** Written apart from all messages: the envelope around a message carries them. */
const typeMeta = ["apiVersion", "kind"];

describe("protobuf numbers", () => {
  test("lead to one field each, and to a field or to a message, never to both", () => {
    const collisions = all.flatMap(({ name, numbers }) => {
      const paths = Object.values(numbers).map(path => [path].flat().join("."));
      const twice = paths.filter((path, i) => paths.indexOf(path) !== i);
      const both = paths.filter(path => paths.some(other => other.startsWith(`${path}.`)));
      return [...twice, ...both].map(path => `${name} ${path}`);
    });
    expect(collisions).toEqual([]);
  });

  test("every field has one, but those of TypeMeta", () => {
    const missing = all.flatMap(({ name, published, numbers }) => {
      if (neverOnTheWire.includes(published)) return [];
      const fields = Object.keys(definition(name).properties ?? {});
      return fields
        .filter(field => !(field in numbers) && !typeMeta.includes(field))
        .map(field => `${name}.${field}`);
    });
    expect(missing).toEqual([]);
  });

  test.each([
    ["Secret", { data: 2, immutable: 5, metadata: 1, stringData: 4, type: 3 }],
    ["SecretKeySelector", { key: 2, name: [1, 1], optional: 3 }],
    ["Volume", { name: 1, hostPath: [2, 1], configMap: [2, 19], emptyDir: [2, 2] }],
    ["Probe", { exec: [1, 1], httpGet: [1, 2], initialDelaySeconds: 2 }],
    ["PersistentVolumeSpec", { capacity: 1, hostPath: [2, 3], accessModes: 3 }],
    ["RuleWithOperations", { operations: 1, apiGroups: [2, 1], scope: [2, 4] }],
    ["EphemeralContainer", { name: [1, 1], targetContainerName: 2 }],
    ["OwnerReference", { kind: 1, name: 3, uid: 4, apiVersion: 5, controller: 6 }],
    ["ObjectReference", { kind: 1, namespace: 2, name: 3, apiVersion: 5 }],
    ["APIServiceSpec", { service: 1, caBundle: 5, groupPriorityMinimum: 7, versionPriority: 8 }],
  ])("%s", (name, expected) => {
    expect(all.find(each => each.name === name)?.numbers).toMatchObject(expected);
  });

  test("a kind says nowhere in its message which it is", () => {
    expect(all.find(({ name }) => name === "Pod")?.numbers).toEqual({ metadata: 1, spec: 2, status: 3 });
  });
});
