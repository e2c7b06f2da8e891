/**
 * What a storage driver is: the RPCs of the Container Storage Interface (CSI) 1.x that Kubernetes' side cars and kubelet call,
 * with their names, fields and semantics. Every one may be called again with the same request, and then does nothing the second
 * time. A driver that leaves one out has not the capability.
 */
import type { GrpcCode } from "../errors/index.ts";

/** What an RPC is refused with. Its message is as Go prints an error of gRPC: events and conditions show it. */
export class DriverError extends Error {
  readonly code: GrpcCode;

  constructor(code: GrpcCode, description: string, options?: ErrorOptions) {
    super(`rpc error: code = ${code} desc = ${description}`, options);
    this.name = "DriverError";
    this.code = code;
  }
}

/** What an RPC may fail with though it is still being done. */
const open: readonly GrpcCode[] = [
  "Canceled",
  "DeadlineExceeded",
  "Unavailable",
  "ResourceExhausted",
  "Aborted",
];

/** Whether what was asked for was not done, and is not done later. */
export function isFinal({ code }: DriverError): boolean {
  return !open.includes(code);
}

/** How a volume may be mounted, as `VolumeCapability.AccessMode.Mode`. */
export type AccessMode =
  | "SINGLE_NODE_WRITER"
  | "MULTI_NODE_READER_ONLY"
  | "MULTI_NODE_MULTI_WRITER"
  | "SINGLE_NODE_SINGLE_WRITER";

/** A place that volumes can be reached from: `{ "topology.disk.example.com/zone": "a" }`. */
export type Topology = Readonly<Record<string, string>>;

/** What a call is authorized by, from a Secret. */
interface WithSecrets {
  readonly secrets?: Readonly<Record<string, string>> | undefined;
}

export interface VolumeCapability {
  readonly accessMode: AccessMode;
  readonly fsType?: string;
  readonly mountFlags?: readonly string[];
}

/** What a new volume begins with. */
export type ContentSource = { readonly snapshotId: string } | { readonly volumeId: string };

export interface CreateVolumeRequest extends WithSecrets {
  /** The same name asks for the same volume. */
  readonly name: string;
  /** In bytes. */
  readonly capacityRange: { readonly requiredBytes: number; readonly limitBytes?: number };
  readonly volumeCapabilities: readonly VolumeCapability[];
  readonly parameters?: Readonly<Record<string, string>>;
  readonly contentSource?: ContentSource | undefined;
  /** From one of `requisite` it must be reachable; better from an earlier one of `preferred`. */
  readonly accessibilityRequirements?:
    | { readonly requisite: readonly Topology[]; readonly preferred: readonly Topology[] }
    | undefined;
}

export interface DriverVolume {
  readonly volumeId: string;
  /** 0: not known. */
  readonly capacityBytes: number;
  readonly volumeContext?: Readonly<Record<string, string>>;
  /** It can be had on nodes of any of these; on all where left out. */
  readonly accessibleTopology?: readonly Topology[] | undefined;
}

/** What a driver says of a node. */
export interface NodeInfo {
  /** By which it calls the node. */
  readonly nodeId: string;
  /** 0: no limit. */
  readonly maxVolumesPerNode?: number | undefined;
  readonly accessibleTopology?: Topology | undefined;
}

export interface CreateSnapshotRequest extends WithSecrets {
  readonly sourceVolumeId: string;
  readonly name: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface DriverSnapshot {
  readonly snapshotId: string;
  readonly sourceVolumeId: string;
  /** Of a volume that is made of it, at least. */
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly creationTime: number;
  readonly readyToUse: boolean;
}

export interface NodePublishRequest extends WithSecrets {
  readonly volumeId: string;
  readonly targetPath: string;
  readonly stagingTargetPath?: string | undefined;
  readonly volumeCapability: VolumeCapability;
  readonly readonly: boolean;
  readonly volumeContext?: Readonly<Record<string, string>> | undefined;
  readonly publishContext?: Readonly<Record<string, string>> | undefined;
}

type NodeStageRequest = Omit<NodePublishRequest, "targetPath" | "readonly" | "stagingTargetPath"> & {
  readonly stagingTargetPath: string;
};

/** Every RPC rejects with a DriverError. */
export interface StorageDriver {
  /** As in a StorageClass' `provisioner` and in a CSIDriver: `folder.csi.k4s.dev`. */
  readonly name: string;
  /** AlreadyExists where the name has a volume that is not compatible; OutOfRange, ResourceExhausted where it cannot be so large. */
  createVolume(request: CreateVolumeRequest): Promise<DriverVolume>;
  /** One that is not there is deleted. FailedPrecondition while it is in use. */
  deleteVolume(request: { readonly volumeId: string } & WithSecrets): Promise<void>;
  /** Attaches the volume to a node. */
  controllerPublishVolume?(
    request: {
      readonly volumeId: string;
      readonly nodeId: string;
      readonly volumeCapability: VolumeCapability;
      readonly readonly: boolean;
      readonly volumeContext?: Readonly<Record<string, string>> | undefined;
    } & WithSecrets,
  ): Promise<{ readonly publishContext?: Readonly<Record<string, string>> }>;
  controllerUnpublishVolume?(
    request: { readonly volumeId: string; readonly nodeId: string } & WithSecrets,
  ): Promise<void>;
  controllerExpandVolume?(
    request: {
      readonly volumeId: string;
      readonly capacityRange: { readonly requiredBytes: number };
    } & WithSecrets,
  ): Promise<{ readonly capacityBytes: number; readonly nodeExpansionRequired: boolean }>;
  createSnapshot?(request: CreateSnapshotRequest): Promise<DriverSnapshot>;
  deleteSnapshot?(request: { readonly snapshotId: string } & WithSecrets): Promise<void>;
  /** Once on each node, before the first pod there has it. */
  nodeStageVolume?(request: NodeStageRequest): Promise<void>;
  nodeUnstageVolume?(request: {
    readonly volumeId: string;
    readonly stagingTargetPath: string;
  }): Promise<void>;
  /** Shows the volume to a pod at `targetPath`: a mount there, or a link to where it lies. Its parent folder is there. */
  nodePublishVolume(request: NodePublishRequest): Promise<void>;
  nodeUnpublishVolume(request: { readonly volumeId: string; readonly targetPath: string }): Promise<void>;
  nodeExpandVolume?(
    request: {
      readonly volumeId: string;
      readonly volumePath: string;
      readonly capacityRange: { readonly requiredBytes: number };
    } & WithSecrets,
  ): Promise<void>;
  /** Whether it has this RPC, where that is not said by having the function. Rejects while that cannot be known. */
  supports?(rpc: Rpc): Promise<boolean>;
  /** What it says of a node; that it calls it by its name, and no more, where left out. One driver serves all nodes of a cluster. */
  nodeGetInfo?(request: { readonly nodeName: string }): Promise<NodeInfo>;
  /** Ends what it has begun: connections, folders that were only for this time. */
  close?(): Promise<void>;
}

/** Which RPCs a driver can be asked for. */
export type Rpc = Exclude<keyof StorageDriver, "name" | "close" | "supports" | "nodeGetInfo">;
