/**
 * The kinds of snapshots, as CustomResourceDefinitions: in Kubernetes they are installed into a cluster, here every cluster has them from
 * its start (cluster/objects/first-objects.ts), as objects like those that people install; one that is changed counts as it is then.
 */
import { customKind } from "../../custom/index.ts";
import type { KindDefinition } from "../../definition/index.ts";
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinition,
  JSONSchemaProps,
} from "../../generated/kubernetes.gen.ts";

export const snapshotGroup = "snapshot.storage.k8s.io";

/** Where the Kubernetes project approved the kinds, as all kinds of its groups say. */
const approvedIn = "https://github.com/kubernetes-csi/external-snapshotter/pull/814";

const text: JSONSchemaProps = { type: "string" };
const flag: JSONSchemaProps = { type: "boolean" };
const amount: JSONSchemaProps = { type: "integer", format: "int64", minimum: 0 };
const time: JSONSchemaProps = { type: "string", format: "date-time" };
const policy: JSONSchemaProps = { type: "string", enum: ["Delete", "Retain"] };
const texts: JSONSchemaProps = { type: "object", additionalProperties: text };
const error = object({ message: text, time });
const fixed = (name: string): JSONSchemaProps["x-kubernetes-validations"] => [
  { rule: "self == oldSelf", message: `${name} is immutable` },
];

function object(
  properties: Readonly<Record<string, JSONSchemaProps>>,
  required: readonly string[] = [],
  rules: JSONSchemaProps["x-kubernetes-validations"] = [],
): JSONSchemaProps {
  return {
    type: "object",
    properties: { ...properties },
    ...(required.length > 0 && { required: [...required] }),
    ...(rules.length > 0 && { "x-kubernetes-validations": rules }),
  };
}

/** What `kubectl explain` says of it. */
function told(description: string, schema: JSONSchemaProps): JSONSchemaProps {
  return { ...schema, description };
}

/** One of the two is there, and stays. */
function source(
  [first, ofFirst]: readonly [string, string],
  [second, ofSecond]: readonly [string, string],
): JSONSchemaProps {
  const both = `${first} and ${second}`;
  const stays = (name: string) => ({
    rule: `!has(oldSelf.${name}) || has(self.${name})`,
    message: `${name} is required once set`,
  });
  return object(
    {
      [first]: told(ofFirst, { ...text, "x-kubernetes-validations": fixed(first) }),
      [second]: told(ofSecond, { ...text, "x-kubernetes-validations": fixed(second) }),
    },
    [],
    [
      stays(first),
      stays(second),
      {
        rule: `(has(self.${first}) && !has(self.${second})) || (!has(self.${first}) && has(self.${second}))`,
        message: `exactly one of ${both} must be set`,
      },
    ],
  );
}

const column = (
  name: string,
  jsonPath: string,
  type: string,
  description: string,
): CustomResourceColumnDefinition => ({ name, jsonPath, type, description });
const age = column("Age", ".metadata.creationTimestamp", "date", "How long it has been there.");

interface Described {
  readonly kind: string;
  readonly shortNames: readonly string[];
  readonly scope: "Namespaced" | "Cluster";
  /** What it is. */
  readonly about: string;
  readonly schema: JSONSchemaProps;
  readonly hasStatus: boolean;
  readonly columns: readonly CustomResourceColumnDefinition[];
}

function definitionOf({ kind, shortNames, scope, about, schema, hasStatus, columns }: Described) {
  const singular = kind.toLowerCase();
  const plural = singular.endsWith("s") ? `${singular}es` : `${singular}s`;
  const definition: CustomResourceDefinition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${snapshotGroup}`,
      annotations: { "api-approved.kubernetes.io": approvedIn },
      uid: "",
      resourceVersion: "",
      creationTimestamp: "",
    },
    spec: {
      group: snapshotGroup,
      scope,
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames: [...shortNames] },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: told(about, schema) },
          ...(hasStatus && { subresources: { status: {} } }),
          additionalPrinterColumns: [...columns],
        },
      ],
    },
  };
  return definition;
}

const own = { apiVersion: text, kind: text, metadata: { type: "object" } } as const;

const snapshot: Described = {
  kind: "VolumeSnapshot",
  shortNames: ["vs"],
  scope: "Namespaced",
  about: "What the volume of a claim had at one moment. A claim can be made of it.",
  hasStatus: true,
  schema: object(
    {
      ...own,
      spec: object(
        {
          source: told(
            "What it is of: one of the two.",
            source(
              ["persistentVolumeClaimName", "A claim of this namespace, whose volume is copied."],
              ["volumeSnapshotContentName", "A content that is there already."],
            ),
          ),
          volumeSnapshotClassName: {
            ...text,
            description: "How it is made; by the class that is marked as the default where left out.",
            "x-kubernetes-validations": [
              {
                rule: "size(self) > 0",
                message: "volumeSnapshotClassName must not be the empty string when set",
              },
            ],
          },
        },
        ["source"],
      ),
      status: object({
        boundVolumeSnapshotContentName: told("The content that it has.", text),
        creationTime: told("When the driver made it.", time),
        readyToUse: told("Whether a volume can be made of it.", flag),
        restoreSize: {
          description: "How large a volume of it is at least.",
          anyOf: [{ type: "integer" }, text],
          "x-kubernetes-int-or-string": true,
        },
        error,
        volumeGroupSnapshotName: text,
      }),
    },
    ["spec"],
  ),
  columns: [
    column("ReadyToUse", ".status.readyToUse", "boolean", "Whether a volume can be made of it."),
    column("SourcePVC", ".spec.source.persistentVolumeClaimName", "string", "The claim that it is of."),
    column(
      "SourceSnapshotContent",
      ".spec.source.volumeSnapshotContentName",
      "string",
      "The content that was there before it.",
    ),
    column("RestoreSize", ".status.restoreSize", "string", "How large a volume of it is at least."),
    column("SnapshotClass", ".spec.volumeSnapshotClassName", "string", "Its class."),
    column(
      "SnapshotContent",
      ".status.boundVolumeSnapshotContentName",
      "string",
      "The content it is bound to.",
    ),
    column("CreationTime", ".status.creationTime", "date", "When the driver made it."),
    age,
  ],
};

const snapshotClass: Described = {
  kind: "VolumeSnapshotClass",
  shortNames: ["vsclass", "vsclasses"],
  scope: "Cluster",
  about: "How snapshots are made, and what becomes of them.",
  hasStatus: false,
  schema: object(
    {
      ...own,
      driver: told("Who makes the snapshots.", text),
      deletionPolicy: told(
        "What becomes of a content when its snapshot is deleted: Delete or Retain.",
        policy,
      ),
      parameters: told("For the driver.", texts),
    },
    ["deletionPolicy", "driver"],
  ),
  columns: [
    column("Driver", ".driver", "string", "The driver that makes snapshots."),
    column("DeletionPolicy", ".deletionPolicy", "string", "What becomes of a content whose snapshot goes."),
    age,
  ],
};

const reference = object({
  apiVersion: text,
  fieldPath: text,
  kind: text,
  name: text,
  namespace: text,
  resourceVersion: text,
  uid: text,
});

const content: Described = {
  kind: "VolumeSnapshotContent",
  shortNames: ["vsc", "vscs"],
  scope: "Cluster",
  about: "A snapshot that a driver has, or is to make.",
  hasStatus: true,
  schema: object(
    {
      ...own,
      spec: object(
        {
          deletionPolicy: told("What becomes of it when its snapshot is deleted: Delete or Retain.", policy),
          driver: {
            description: "Who has it.",
            ...text,
            "x-kubernetes-validations": fixed("driver"),
          },
          source: told(
            "What it is of: one of the two.",
            source(
              ["volumeHandle", "What the driver calls the volume that it is to copy."],
              ["snapshotHandle", "What the driver calls a snapshot that is there already."],
            ),
          ),
          sourceVolumeMode: { ...text, "x-kubernetes-validations": fixed("sourceVolumeMode") },
          volumeSnapshotClassName: text,
          volumeSnapshotRef: {
            ...reference,
            "x-kubernetes-validations": [
              {
                rule: "has(self.name) && has(self.__namespace__)",
                message: "both volumeSnapshotRef.name and volumeSnapshotRef.namespace must be set",
              },
            ],
          },
        },
        ["deletionPolicy", "driver", "source", "volumeSnapshotRef"],
      ),
      status: object({
        creationTime: told("When it was made, in nanoseconds since 1970.", {
          type: "integer",
          format: "int64",
        }),
        error,
        readyToUse: told("Whether a volume can be made of it.", flag),
        restoreSize: told("How large a volume of it is at least, in bytes.", amount),
        snapshotHandle: told("What the driver calls it.", text),
        volumeGroupSnapshotHandle: text,
      }),
    },
    ["spec"],
  ),
  columns: [
    column("ReadyToUse", ".status.readyToUse", "boolean", "Whether a volume can be made of it."),
    column(
      "RestoreSize",
      ".status.restoreSize",
      "integer",
      "How large a volume of it is at least, in bytes.",
    ),
    column("DeletionPolicy", ".spec.deletionPolicy", "string", "What becomes of it when its snapshot goes."),
    column("Driver", ".spec.driver", "string", "The driver that has it."),
    column("VolumeSnapshotClass", ".spec.volumeSnapshotClassName", "string", "The class it was made by."),
    column("VolumeSnapshot", ".spec.volumeSnapshotRef.name", "string", "The snapshot it is bound to."),
    column(
      "VolumeSnapshotNamespace",
      ".spec.volumeSnapshotRef.namespace",
      "string",
      "The namespace of that.",
    ),
    age,
  ],
};

export const snapshotDefinitions: readonly CustomResourceDefinition[] = [
  snapshot,
  snapshotClass,
  content,
].map(definitionOf);

export const snapshotKinds: readonly KindDefinition[] = snapshotDefinitions.map(each => customKind(each));
