/**
 * The files of an export beside the images: manifests, numbered so that what others need comes first, a kustomization with the names of
 * the images in one place, and a page that says what to do.
 */
import { dump } from "js-yaml";
import type { ExportedImage } from "../images/index.ts";
import type { Note } from "../notes.ts";
import { type ApiObject, groupOf } from "../objects/index.ts";
import { guide } from "./guide.ts";
import type { NatsNames } from "./nats-server.ts";

export interface Parts {
  readonly objects: readonly ApiObject[];
  readonly images: readonly ExportedImage[];
  readonly notes: readonly Note[];
  readonly options: {
    readonly registry?: string | undefined;
    readonly hasNats: boolean;
    readonly names: NatsNames;
  };
}

/** Kinds in the order in which they are applied; those that are not named come last. */
const order: readonly (readonly string[])[] = [
  ["Namespace"],
  ["CustomResourceDefinition"],
  [
    "PriorityClass",
    "StorageClass",
    "RuntimeClass",
    "IngressClass",
    "PersistentVolume",
    "ResourceQuota",
    "LimitRange",
  ],
  ["ServiceAccount", "ClusterRole", "Role", "ClusterRoleBinding", "RoleBinding"],
  ["ConfigMap", "Secret", "PersistentVolumeClaim", "NetworkPolicy"],
  ["Service", "Endpoints", "EndpointSlice"],
  ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Pod", "Job", "CronJob"],
  ["HorizontalPodAutoscaler", "PodDisruptionBudget", "Ingress"],
];

export function manifestFiles({ objects, images, notes, options }: Parts): Map<string, string> {
  const byFile = new Map<string, ApiObject[]>();
  for (const object of objects) {
    const file = `manifests/${fileOf(object)}`;
    byFile.set(file, [...(byFile.get(file) ?? []), object]);
  }
  const files = new Map<string, string>();
  const names = [...byFile.keys()].sort();
  for (const name of names) {
    const texts = (byFile.get(name) ?? [])
      .sort(byName)
      .map(object => dump(object, { noRefs: true, lineWidth: 120 }));
    files.set(name, texts.join("---\n"));
  }
  files.set("kustomization.yaml", kustomization(names, images, options.registry));
  files.set(
    "README.md",
    guide({
      files: names,
      objects,
      images,
      notes,
      registry: options.registry,
      hasNats: options.hasNats,
      names: options.names,
    }),
  );
  return files;
}

/** `51-shop-services.yaml`: all of one kind in one namespace. */
function fileOf(object: ApiObject): string {
  const { kind, metadata } = object;
  const rank =
    groupOf(object).endsWith(".k8s.io") || !groupOf(object).includes(".") ? rankOf(kind) : order.length;
  const place = rank < 0 ? order.length : rank;
  const plural = `${kind.toLowerCase()}${/(s|x|ch|sh)$/i.test(kind) ? "es" : "s"}`.replace(
    /([^aeiou])ys$/,
    "$1ies",
  );
  const group = place === order.length && groupOf(object) !== "" ? `.${groupOf(object)}` : "";
  return `${place}0-${metadata.namespace === undefined ? "" : `${metadata.namespace}-`}${plural}${group}.yaml`;
}

function rankOf(kind: string): number {
  return order.findIndex(kinds => kinds.includes(kind));
}

function byName(one: ApiObject, other: ApiObject): number {
  return one.metadata.name < other.metadata.name ? -1 : 1;
}

function kustomization(
  files: readonly string[],
  images: readonly ExportedImage[],
  registry: string | undefined,
): string {
  // Without a tag: each keeps its own.
  const newNames = new Map(
    images.map(({ name }) => [
      name,
      registry === undefined ? name : `${registry}${name.slice(name.indexOf("/"))}`,
    ]),
  );
  const content = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: files,
    ...(newNames.size > 0 && { images: [...newNames].map(([name, newName]) => ({ name, newName })) }),
  };
  return `# Where the images are is said here, once: newName is what they are pushed as.\n${dump(content, { lineWidth: 120 })}`;
}
