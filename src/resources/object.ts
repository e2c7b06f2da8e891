/**
 * What every declared thing looks like: apiVersion, kind, metadata, spec and status, as in Kubernetes. An object is
 * immutable once it was read; a write makes a new one. The types of the kinds themselves are generated
 * (kubernetes.gen.ts) or stand in kinds/; kind-names.ts lists those that k4s knows when it starts.
 */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** The metadata of an object that is stored. */
export interface ObjectMeta {
  readonly name: string;
  /** Absent on what belongs to the whole cluster (nodes, namespaces). */
  readonly namespace?: string;
  /** Set where the name was made from it: the name is this and a random end. */
  readonly generateName?: string;
  /** Another object of the same name has another uid; ownership goes by uid. */
  readonly uid: string;
  /** The revision of the object's last write, as text. */
  readonly resourceVersion: string;
  /** Counts changes of what is desired (spec, and deletion), not of status or metadata. */
  readonly generation?: number;
  readonly creationTimestamp: string;
  /** Set when deletion was asked for; the object stays while it has finalizers, or, a pod, while it stops. */
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly unknown[];
  readonly selfLink?: string;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** An object as it is handed in: what the store fills in (uid, resourceVersion, …) may be missing. */
export type Draft<T extends KubernetesObject = KubernetesObject> = Omit<T, "metadata" | "status"> & {
  readonly metadata: Partial<ObjectMeta>;
  readonly status?: T["status"];
};

/** What names an object of a kind that is known. */
export interface NamespacedName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** As one text, by which maps know it and people are told of it; what belongs to the whole cluster begins with "/". */
export function namespacedName({ namespace = "", name }: NamespacedName): string {
  return `${namespace}/${name}`;
}

/** The controller among an object's owners, if one has it in charge. */
export function controllerOf(object: KubernetesObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(isController);
}

// Made once: whose controller an object has is asked all the time.
const isController = ({ controller }: OwnerReference) => controller;

/** The reference by which an object is put in a controller's charge. */
export function ownedBy(owner: KubernetesObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  const { name, uid } = metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** True from the moment deletion was asked for. */
export function isTerminating(object: KubernetesObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}
