/**
 * The rules of volumes and of what containers take of them, by table: what is given, and the fields and words of what is wrong with
 * it. The cases are those of Kubernetes' `pkg/apis/core/validation`.
 */
import { describe, expect, test } from "vitest";
import { completed, decoded, faultsIn } from "../../accept.ts";
import { KindRegistry } from "../../kind-registry.ts";

const kind = new KindRegistry().find("Pod");
type Fields = Readonly<Record<string, unknown>>;

function faults(spec: Fields, name = "x"): string[] {
  const whole = { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "golden" }, spec };
  const pod = completed(kind, decoded(kind, whole).draft);
  return faultsIn(kind, pod).map(({ field, message }) => `${field}: ${message}`);
}

const app = (more: Fields = {}) => ({ name: "app", image: "x:1", ...more });
const volume = (source: Fields) => ({ volumes: [{ name: "v", ...source }], containers: [app()] });
const key = (more: Fields) => ({ key: "a", path: "a", ...more });
const label = { fieldPath: "metadata.labels" };
const cpu = { containerName: "app", resource: "limits.cpu" };
const mode = "must be a number between 0 and 0777 (octal), both inclusive";
const fields =
  'supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"';

describe("files of a volume", () => {
  test.each<[string, Fields, string[]]>([
    ["in a folder", key({ path: "a/b", mode: 0o400 }), []],
    ["with dots in the name", key({ path: "a..b" }), []],
    ["without a key", key({ key: "" }), ["key: Required value"]],
    ["without a path", key({ path: "" }), ["path: Required value"]],
    ["from the root", key({ path: "/a" }), ['path: Invalid value: "/a": must be a relative path']],
    ["upwards", key({ path: "../a" }), [`path: Invalid value: "../a": must not contain '..'`]],
    ["upwards within", key({ path: "a/../b" }), [`path: Invalid value: "a/../b": must not contain '..'`]],
    ["reserved", key({ path: "..a" }), [`path: Invalid value: "..a": must not start with '..'`]],
    ["of too many bits", key({ mode: 0o1000 }), [`mode: Invalid value: 512: ${mode}`]],
    ["of a negative mode", key({ mode: -1 }), [`mode: Invalid value: -1: ${mode}`]],
  ])("%s", (_, item, wrong) => {
    const told = (path: string) => wrong.map(each => `spec.volumes[0].${path}.items[0].${each}`);
    const items = [item];
    expect(faults(volume({ configMap: { name: "c", items } }))).toEqual(told("configMap"));
    expect(faults(volume({ secret: { secretName: "s", items } }))).toEqual(told("secret"));
    const sources = [{ configMap: { name: "c", items } }];
    expect(faults(volume({ projected: { sources } }))).toEqual(told("projected.sources[0].configMap"));
  });
});

describe("files from the pod itself", () => {
  test.each<[string, Fields, string[]]>([
    ["a field", { path: "a", fieldRef: label }, []],
    ["an amount", { path: "a", resourceFieldRef: cpu }, []],
    ["one label", { path: "a", fieldRef: { fieldPath: "metadata.labels['app.kubernetes.io/name']" } }, []],
    ["neither", { path: "a" }, [": Required value: one of fieldRef and resourceFieldRef is required"]],
    [
      "both",
      { path: "a", fieldRef: label, resourceFieldRef: cpu },
      [': Invalid value: "resource": fieldRef and resourceFieldRef can not be specified simultaneously'],
    ],
    [
      "a field for variables alone",
      { path: "a", fieldRef: { fieldPath: "spec.nodeName" } },
      [`.fieldRef.fieldPath: Unsupported value: "spec.nodeName": ${fields}`],
    ],
    [
      "a field that there is not",
      { path: "a", fieldRef: { fieldPath: "spec.node" } },
      [
        '.fieldRef.fieldPath: Invalid value: "spec.node": error converting fieldPath: field label not supported: spec.node',
      ],
    ],
    [
      "an amount of no container",
      { path: "a", resourceFieldRef: { resource: "limits.cpu" } },
      [".resourceFieldRef.containerName: Required value"],
    ],
    ["no path", { path: "", fieldRef: label }, [".path: Required value"]],
    [
      "a path from the root, and a mode",
      { path: "/a", mode: 0o7777, fieldRef: label },
      ['.path: Invalid value: "/a": must be a relative path', `.mode: Invalid value: 4095: ${mode}`],
    ],
  ])("%s", (_, item, wrong) => {
    const items = [item];
    const plain = faults(volume({ downwardAPI: { items } }));
    expect(plain).toEqual(wrong.map(each => `spec.volumes[0].downwardAPI${each}`));
    const projected = faults(volume({ projected: { sources: [{ downwardAPI: { items } }] } }));
    expect(projected).toEqual(wrong.map(each => `spec.volumes[0].projected.sources[0].downwardAPI${each}`));
  });
});

describe("sources that are put together", () => {
  const at = "spec.volumes[0].projected";
  test.each<[string, Fields[], string[]]>([
    [
      "each with files of its own",
      [
        { configMap: { name: "c", items: [key({ path: "a" })] } },
        { secret: { name: "s", items: [key({ path: "b" })] } },
        { downwardAPI: { items: [{ path: "c", fieldRef: label }] } },
      ],
      [],
    ],
    [
      "two in one",
      [{ configMap: { name: "c" }, secret: { name: "s" } }],
      [`${at}.sources[0]: Forbidden: may not specify more than 1 volume type per source`],
    ],
    ["without a name", [{ secret: { name: "" } }], [`${at}.sources[0].secret.name: Required value`]],
    [
      "with one path twice",
      [
        { configMap: { name: "c", items: [key({})] } },
        { secret: { name: "s", items: [key({})] } },
        { downwardAPI: { items: [{ path: "a", fieldRef: label }] } },
      ],
      [
        `${at}: Invalid value: "s": conflicting duplicate paths`,
        `${at}: Invalid value: "a": conflicting duplicate paths`,
      ],
    ],
    [
      "a token of seconds",
      [{ serviceAccountToken: { path: "t", expirationSeconds: 599 } }],
      [
        `${at}.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes`,
      ],
    ],
    [
      "a token of ages, nowhere",
      [{ serviceAccountToken: { path: "", expirationSeconds: 2 ** 32 + 1 } }],
      [
        `${at}.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds`,
        `${at}.path: Required value`,
      ],
    ],
    [
      "a bundle of nobody",
      [{ clusterTrustBundle: { path: "b" } }],
      [`${at}.sources[0].clusterTrustBundle: Required value: either name or signerName must be specified`],
    ],
  ])("%s", (_, sources, wrong) => {
    // A token is for an account, which every pod has by admission.
    expect(faults({ ...volume({ projected: { sources } }), serviceAccountName: "default" })).toEqual(wrong);
  });
});

describe("other sources", () => {
  test.each<[Fields, string[]]>([
    [{ hostPath: { path: "/a", type: "" } }, []],
    [{ hostPath: { path: "" } }, ["hostPath.path: Required value"]],
    [{ hostPath: { path: "/a/../b" } }, [`hostPath.path: Invalid value: "/a/../b": must not contain '..'`]],
    [
      { hostPath: { path: "/a", type: "Folder" } },
      [
        'hostPath.type: Unsupported value: "Folder": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
      ],
    ],
    [
      { emptyDir: { sizeLimit: "-1" } },
      ["emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity"],
    ],
    [{ persistentVolumeClaim: { claimName: "" } }, ["persistentVolumeClaim.claimName: Required value"]],
    [{ nfs: { server: "", path: "/" } }, ["nfs.server: Required value"]],
    [{ nfs: { server: "s", path: "a" } }, ['nfs.path: Invalid value: "a": must be an absolute path']],
    [{ iscsi: { targetPortal: "127.0.0.1", iqn: "iqn.2015-02.example.com:test", lun: 1 } }, []],
    [
      { iscsi: { targetPortal: "", iqn: "iqn.2015-02.example.com", lun: 256 } },
      [
        "iscsi.targetPortal: Required value",
        'iscsi.iqn: Invalid value: "iqn.2015-02.example.com": must be valid format',
        "iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive",
      ],
    ],
    [
      { iscsi: { targetPortal: "p", iqn: "eui.0123456789ABCDEF", lun: 1, chapAuthSession: true } },
      ["iscsi.secretRef: Required value"],
    ],
    [{ fc: { targetWWNs: ["a"] } }, ["fc.lun: Required value: lun is required if targetWWNs is specified"]],
    [
      { fc: { targetWWNs: ["a"], wwids: ["b"], lun: 1 } },
      ['fc.targetWWNs: Invalid value: ["a"]: targetWWNs and wwids can not be specified simultaneously'],
    ],
    [{ flocker: {} }, ["flocker: Required value: one of datasetName and datasetUUID is required"]],
    [
      { gcePersistentDisk: { pdName: "", partition: 256 } },
      [
        "persistentDisk.pdName: Required value",
        "persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive",
      ],
    ],
    [
      { gitRepo: { repository: "r", directory: "/a" } },
      ['gitRepo.directory: Invalid value: "/a": must be a relative path'],
    ],
    [
      { csi: { driver: "a".repeat(64), nodePublishSecretRef: { name: "" } } },
      [
        "csi.driver: Too long: may not be more than 63 bytes",
        "csi.nodePublishSecretRef.name: Required value",
      ],
    ],
    [{ image: { reference: "" } }, ["image.reference: Required value"]],
    [
      { scaleIO: { gateway: "", system: "s", volumeName: "", secretRef: { name: "s" } } },
      ["scaleIO.gateway: Required value", "scaleIO.volumeName: Required value"],
    ],
  ])("%j", (source, wrong) => {
    expect(faults(volume(source))).toEqual(wrong.map(each => `spec.volumes[0].${each}`));
  });

  test("a claim of its own is called after pod and volume", () => {
    const resources = { requests: { storage: "1Gi" } };
    const ephemeral = { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources } } };
    expect(faults(volume({ ephemeral }), "p".repeat(253))).toEqual([
      expect.stringContaining(`PVC name ${JSON.stringify(`${"p".repeat(253)}-v`)}: must be no more than 253`),
    ]);
  });
});

describe("what a container takes", () => {
  const with_ = (more: Fields) => ({
    volumes: [
      { name: "v", emptyDir: {} },
      { name: "c", persistentVolumeClaim: { claimName: "c" } },
      { name: "i", image: { reference: "x" } },
    ],
    containers: [app(more)],
  });
  const mount = (...mounts: Fields[]) =>
    with_({ volumeMounts: mounts.map(each => ({ name: "v", mountPath: "/v", ...each })) });
  const mounts = "spec.containers[0].volumeMounts";
  const devices = "spec.containers[0].volumeDevices";
  test.each<[string, Fields, string[]]>([
    ["a folder in it", mount({ subPath: "a/b" }), []],
    ["what is not there", mount({ name: "w" }), [`${mounts}[0].name: Not found: "w"`]],
    ["nowhere", mount({ mountPath: "" }), [`${mounts}[0].mountPath: Required value`]],
    [
      "two at one place",
      mount({}, { name: "c" }),
      [`${mounts}[1].mountPath: Invalid value: "/v": must be unique`],
    ],
    [
      "what is outside",
      mount({ subPath: "/a" }),
      [`${mounts}.subPath: Invalid value: "/a": must be a relative path`],
    ],
    [
      "a part by two names",
      mount({ subPath: "a", subPathExpr: "$(A)" }),
      [`${mounts}.subPathExpr: Invalid value: "$(A)": subPathExpr and subPath are mutually exclusive`],
    ],
    [
      "a part of an image",
      mount({ name: "i", subPath: "a" }),
      [`${mounts}[0].subPath: Invalid value: "a": not allowed in image volume sources`],
    ],
    [
      "mounts of its own for others",
      mount({ mountPropagation: "Bidirectional" }),
      [
        `${mounts}.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers`,
      ],
    ],
    ["all of it to read", mount({ readOnly: true, recursiveReadOnly: "Enabled" }), []],
    [
      "all of it to read, and some to write",
      mount({ recursiveReadOnly: "IfPossible", mountPropagation: "HostToContainer" }),
      [
        `${mounts}.recursiveReadOnly: Forbidden: may only be specified when readOnly is true`,
        `${mounts}.recursiveReadOnly: Forbidden: may only be specified when mountPropagation is None or not specified`,
      ],
    ],
    [
      "some of it to read in another way",
      mount({ recursiveReadOnly: "Yes" }),
      [
        `${mounts}.recursiveReadOnly: Unsupported value: "Yes": supported values: "Disabled", "Enabled", "IfPossible"`,
      ],
    ],
    ["a device", with_({ volumeDevices: [{ name: "c", devicePath: "/dev/c" }] }), []],
    [
      "devices that are none",
      with_({
        volumeDevices: [
          { name: "v", devicePath: "/dev/v" },
          { name: "w", devicePath: "" },
          { name: "c", devicePath: "/dev/../c" },
        ],
      }),
      [
        `${devices}[0].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode`,
        `${devices}[1].name: Not found: "w"`,
        `${devices}[1].devicePath: Required value`,
        `${devices}[2].devicePath: Invalid value: "/dev/../c": can not contain backsteps ('..')`,
      ],
    ],
    [
      "one volume as both",
      with_({
        volumeMounts: [{ name: "c", mountPath: "/c" }],
        volumeDevices: [{ name: "c", devicePath: "/c" }],
      }),
      [
        `${mounts}[0].name: Invalid value: "c": must not already exist in volumeDevices`,
        `${mounts}[0].mountPath: Invalid value: "/c": must not already exist as a path in volumeDevices`,
        `${devices}[0].name: Invalid value: "c": must not already exist in volumeMounts`,
        `${devices}[0].devicePath: Invalid value: "/c": must not already exist as a path in volumeMounts`,
      ],
    ],
  ])("%s", (_, spec, wrong) => expect(faults(spec)).toEqual(wrong));
});
