/**
 * The parameters of a class: those that begin with `csi.storage.k8s.io/` are for who asks the driver, and name Secrets and the file system;
 * the driver gets the others. Names of Secrets may be templates (`${pvc.namespace}`), as in Kubernetes' external-provisioner and
 * csi-snapshotter.
 */
import type { KubernetesObject, PersistentVolumeClaim, SecretReference } from "../../resources/index.ts";
import { DriverError } from "../../storage/index.ts";

const prefix = "csi.storage.k8s.io/";
const fsTypeKey = `${prefix}fstype`;

/** What a Secret is for. */
const ofVolumes = [
  "provisioner",
  "controller-publish",
  "node-stage",
  "node-publish",
  "controller-expand",
  "node-expand",
] as const;
const uses = [...ofVolumes, "snapshotter", "snapshotter-list"] as const;

export type VolumeSecrets = Readonly<Record<(typeof ofVolumes)[number], SecretReference | undefined>>;

type Parameters = Readonly<Record<string, string>>;

/** What the driver is given of them. Throws a DriverError for one that nobody knows. */
export function driverParameters(parameters: Parameters = {}): Parameters {
  const known = new Set([
    fsTypeKey,
    ...uses.flatMap(use => [`${prefix}${use}-secret-name`, `${prefix}${use}-secret-namespace`]),
  ]);
  const own: Record<string, string> = {};
  for (const [key, value] of Object.entries(parameters)) {
    if (!key.startsWith(prefix)) own[key] = value;
    else if (!known.has(key))
      throw new DriverError(
        "InvalidArgument",
        `found unknown parameter key "${key}" with reserved namespace ${prefix}`,
      );
  }
  return own;
}

export function fsTypeOf(parameters: Parameters = {}): string | undefined {
  return parameters[fsTypeKey] || undefined;
}

/**
 * The Secret that the class names for this. Throws a DriverError where it cannot be told which that is.
 * @param tokens what stands in templates: `pvc.namespace`
 */
function secretReference(
  parameters: Parameters = {},
  use: (typeof uses)[number],
  tokens: Parameters,
): SecretReference | undefined {
  const name = parameters[`${prefix}${use}-secret-name`];
  const namespace = parameters[`${prefix}${use}-secret-namespace`];
  if (name === undefined && namespace === undefined) return undefined;
  if (!name || !namespace)
    throw new DriverError(
      "InvalidArgument",
      `failed to get name and namespace template from params: either name and namespace for ${use} secrets specified, Both must be specified`,
    );
  return { name: resolved(name, tokens), namespace: resolved(namespace, tokens) };
}

/** Those that a volume has to do with. Throws a DriverError where it cannot be told which one is. */
export function volumeSecrets(parameters: Parameters | undefined, tokens: Parameters): VolumeSecrets {
  return {
    provisioner: secretReference(parameters, "provisioner", tokens),
    "controller-publish": secretReference(parameters, "controller-publish", tokens),
    "node-stage": secretReference(parameters, "node-stage", tokens),
    "node-publish": secretReference(parameters, "node-publish", tokens),
    "controller-expand": secretReference(parameters, "controller-expand", tokens),
    "node-expand": secretReference(parameters, "node-expand", tokens),
  };
}

/** What templates of a claim's class may say. */
export function claimTokens({ metadata }: PersistentVolumeClaim, volumeName: string): Parameters {
  const annotations = Object.entries(metadata.annotations ?? {});
  return {
    "pv.name": volumeName,
    "pvc.name": metadata.name,
    "pvc.namespace": metadata.namespace ?? "",
    ...Object.fromEntries(annotations.map(([key, value]) => [`pvc.annotations['${key}']`, value])),
  };
}

/** On a content: by which Secret its snapshot is made and deleted, the class may be gone by then. */
const snapshotSecret = "snapshot.storage.kubernetes.io/deletion-secret-";

/** What a content says of the Secret that its class names. Throws a DriverError where it cannot be told which that is. */
export function snapshotSecretMarks(
  parameters: Parameters | undefined,
  snapshot: { readonly name: string; readonly namespace: string },
  contentName: string,
): Parameters {
  const found = secretReference(parameters, "snapshotter", {
    "volumesnapshot.name": snapshot.name,
    "volumesnapshot.namespace": snapshot.namespace,
    "volumesnapshotcontent.name": contentName,
  });
  if (!found) return {};
  return {
    [`${snapshotSecret}name`]: found.name ?? "",
    [`${snapshotSecret}namespace`]: found.namespace ?? "",
  };
}

export function snapshotSecretOf({ metadata }: KubernetesObject): SecretReference {
  const { annotations = {} } = metadata;
  const namespace = annotations[`${snapshotSecret}namespace`] ?? "";
  return { name: annotations[`${snapshotSecret}name`] ?? "", namespace };
}

function resolved(template: string, tokens: Parameters): string {
  return template.replaceAll(/\$\{([^}]*)\}/g, (_, token: string) => {
    if (Object.hasOwn(tokens, token)) return tokens[token] ?? "";
    throw new DriverError(
      "InvalidArgument",
      `error resolving value "${template}": invalid tokens: ["${token}"]`,
    );
  });
}
