/** Snapshots of volumes (snapshot.storage.k8s.io/v1), as a program and the controllers see them. */
import type { ObjectReference } from "../../generated/kubernetes.gen.ts";
import type { KubernetesObject } from "../../object.ts";

interface SnapshotError {
  /** RFC 3339. */
  readonly time?: string;
  readonly message?: string;
}

/** Asked for in a namespace: the state of a claim's volume, or a content that is there already. */
export interface VolumeSnapshot extends KubernetesObject {
  readonly spec: {
    readonly source: {
      readonly persistentVolumeClaimName?: string;
      readonly volumeSnapshotContentName?: string;
    };
    readonly volumeSnapshotClassName?: string;
  };
  readonly status?: {
    readonly boundVolumeSnapshotContentName?: string;
    readonly creationTime?: string;
    readonly readyToUse?: boolean;
    /** A quantity: of a volume that is made of it, at least. */
    readonly restoreSize?: string;
    readonly error?: SnapshotError;
  };
}

export interface VolumeSnapshotClass extends KubernetesObject {
  readonly driver: string;
  readonly deletionPolicy: "Delete" | "Retain";
  readonly parameters?: Readonly<Record<string, string>>;
}

/** What a driver has, or is to make. */
export interface VolumeSnapshotContent extends KubernetesObject {
  readonly spec: {
    readonly deletionPolicy: "Delete" | "Retain";
    readonly driver: string;
    readonly source: { readonly volumeHandle?: string; readonly snapshotHandle?: string };
    readonly sourceVolumeMode?: string;
    readonly volumeSnapshotClassName?: string;
    readonly volumeSnapshotRef: ObjectReference;
  };
  readonly status?: {
    readonly snapshotHandle?: string;
    /** Nanoseconds since 1970. */
    readonly creationTime?: number;
    readonly readyToUse?: boolean;
    /** In bytes. */
    readonly restoreSize?: number;
    readonly error?: SnapshotError;
  };
}
