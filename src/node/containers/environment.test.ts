import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { KubernetesObject, Pod, PodContainer } from "../../resources/index.ts";
import { environmentOf, expand } from "./environment.ts";

const pod = {
  metadata: { name: "p", namespace: "demo", uid: "u-1", labels: { app: "x" }, annotations: { note: "y" } },
  spec: {
    nodeName: "node-1",
    containers: [{ name: "app" }, { name: "other", resources: { limits: { memory: "1Gi" } } }],
  },
} as unknown as Pod;
const objects: Readonly<Record<string, object>> = {
  "ConfigMap settings": { data: { colour: "red", size: "3" } },
  "Secret creds": { data: { password: Buffer.from("geheim").toString("base64") } },
};

const folder = mkdtempSync(join(tmpdir(), "k4s-environment-"));
writeFileSync(join(folder, "config.env"), "SIZE='3'\n");
writeFileSync(join(folder, "wrong.env"), "SIZE=3\n");
afterAll(() => rmSync(folder, { recursive: true }));

function environment(
  container: Partial<PodContainer>,
  outside: Record<string, string> = {},
  ofPod: Pod = pod,
) {
  return environmentOf(
    { name: "app", ...container },
    {
      pod: ofPod,
      podIP: "127.1.0.1",
      hostIP: "127.0.0.1",
      allocatable: { cpu: "4", memory: "8Gi" },
      lookup: (kind, name) => objects[`${kind} ${name}`] as KubernetesObject | undefined,
      volumePath: name => (name === "config" ? folder : undefined),
      services: {},
      outside,
    },
  );
}

const variable = (valueFrom: object) => environment({ env: [{ name: "V", valueFrom }] }).V;

describe("a container's environment", () => {
  it("takes values from files in volumes", () => {
    const file = { volumeName: "config", path: "config.env", key: "SIZE" };
    expect(variable({ fileKeyRef: file })).toBe("3");
    expect(variable({ fileKeyRef: { ...file, key: "none", optional: true } })).toBeUndefined();
    expect(variable({ fileKeyRef: { ...file, path: "none", optional: true } })).toBeUndefined();
    const missing = 'environment variable key "none" not found in file "config.env"';
    expect(() => variable({ fileKeyRef: { ...file, key: "none" } })).toThrow(missing);
    const wrong = /^couldn't parse env file "wrong.env": invalid environment variable format at line 1: /;
    expect(() => variable({ fileKeyRef: { ...file, path: "wrong.env" } })).toThrow(wrong);
  });

  it.each([
    ["metadata.name", "p"],
    ["metadata.namespace", "demo"],
    ["metadata.uid", "u-1"],
    ["metadata.labels['app']", "x"],
    ["metadata.annotations['note']", "y"],
    ["metadata.labels['none']", ""],
    ["metadata.labels['constructor']", ""],
    ["spec.nodeName", "node-1"],
    ["spec.serviceAccountName", "default"],
    ["status.podIP", "127.1.0.1"],
    ["status.hostIP", "127.0.0.1"],
  ])("knows the pod's %s", (fieldPath, value) => expect(variable({ fieldRef: { fieldPath } })).toBe(value));

  it.each([
    [{ resource: "limits.memory" }, "67108864"],
    [{ resource: "limits.memory", divisor: "1Mi" }, "64"],
    [{ resource: "limits.cpu" }, "4"],
    [{ resource: "requests.cpu", divisor: "1m" }, "250"],
    [{ resource: "requests.cpu" }, "1"],
    [{ resource: "requests.memory" }, "0"],
    [{ resource: "limits.memory", containerName: "other", divisor: "1Gi" }, "1"],
  ])("knows its own %j", (resourceFieldRef, value) => {
    const resources = { limits: { memory: "64Mi" }, requests: { cpu: "250m" } };
    const env = [{ name: "V", valueFrom: { resourceFieldRef } }];
    expect(environment({ resources, env }).V).toBe(value);
  });

  it("may take all that its pod has, where it has no limit of its own", () => {
    const ofPod = { ...pod, spec: { ...pod.spec, resources: { limits: { memory: "2Gi" } } } };
    const limit = (resource: string) =>
      environment({ env: [{ name: "V", valueFrom: { resourceFieldRef: { resource } } }] }, {}, ofPod).V;
    expect([limit("limits.memory"), limit("limits.cpu"), limit("requests.memory")]).toEqual([
      String(2 * 1024 ** 3),
      "4",
      "0",
    ]);
  });

  it("takes values from ConfigMaps and Secrets, all or one by one", () => {
    expect(variable({ configMapKeyRef: { name: "settings", key: "colour" } })).toBe("red");
    expect(variable({ secretKeyRef: { name: "creds", key: "password" } })).toBe("geheim");
    const envFrom = [{ prefix: "C_", configMapRef: { name: "settings" } }, { secretRef: { name: "creds" } }];
    expect(environment({ envFrom })).toMatchObject({ C_colour: "red", C_size: "3", password: "geheim" });
    expect(variable({ secretKeyRef: { name: "none", key: "x", optional: true } })).toBeUndefined();
  });

  it.each([
    [{ configMapKeyRef: { name: "none", key: "x" } }, 'configmap "none" not found'],
    [{ secretKeyRef: { name: "creds", key: "x" } }, "couldn't find key x in Secret demo/creds"],
    [{ configMapKeyRef: { name: "settings", key: "hasOwnProperty" } }, "couldn't find key hasOwnProperty"],
    [{ fieldRef: { fieldPath: "spec.volumes" } }, "the pod has no field spec.volumes"],
    [{ resourceFieldRef: { resource: "limits.memory", containerName: "none" } }, 'no container "none"'],
    [{ resourceFieldRef: { resource: "memory" } }, "unsupported container resource: memory"],
    [{}, "valueFrom says nothing"],
  ])("refuses %j", (valueFrom, problem) => expect(() => variable(valueFrom)).toThrow(problem));

  it("inherits nothing but where things are", () => {
    expect(environment({}, { PATH: "/bin", AWS_SECRET: "x" })).toEqual({ PATH: "/bin", HOSTNAME: "p" });
  });

  it.each([
    ["$(A)-$(B)", "1-$(B)"],
    ["$$(A)", "$(A)"],
    ["$A $", "$A $"],
    ["$(__proto__)", "$(__proto__)"],
  ])("expands %s to %s", (text, expanded) => expect(expand(text, { A: "1" })).toBe(expanded));
});
