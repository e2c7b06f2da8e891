/**
 * The calls of CSI 1.x that are made here, each with its service, its request and its answer, and their fields with the numbers that the
 * specification (csi.proto) gives them. Fields that nobody here reads or writes are left out.
 */
import type { FieldType, MessageType } from "./wire.ts";

const of = (message: MessageType): FieldType => ({ message });
const list = (message: MessageType): FieldType => ({ repeated: { message } });

const nothing: MessageType = {};
const capacityRange: MessageType = { required_bytes: [1, "integer"], limit_bytes: [2, "integer"] };
const capability: MessageType = {
  mount: [2, of({ fs_type: [1, "string"], mount_flags: [2, { repeated: "string" }] })],
  access_mode: [3, of({ mode: [1, "integer"] })],
};
const topology: MessageType = { segments: [1, "map"] };
const snapshot: MessageType = {
  size_bytes: [1, "integer"],
  snapshot_id: [2, "string"],
  source_volume_id: [3, "string"],
  creation_time: [4, of({ seconds: [1, "integer"], nanos: [2, "integer"] })],
  ready_to_use: [5, "bool"],
};
/** Of a controller and of a node alike. */
const capabilities: MessageType = {
  capabilities: [1, list({ rpc: [1, of({ type: [1, "integer"] })] })],
};

export interface Call {
  readonly service: "Identity" | "Controller" | "Node";
  readonly request: MessageType;
  readonly answer: MessageType;
}

export const calls = {
  GetPluginInfo: {
    service: "Identity",
    request: nothing,
    answer: { name: [1, "string"], vendor_version: [2, "string"] },
  },
  GetPluginCapabilities: {
    service: "Identity",
    request: nothing,
    answer: { capabilities: [1, list({ service: [1, of({ type: [1, "integer"] })] })] },
  },
  Probe: { service: "Identity", request: nothing, answer: { ready: [1, of({ value: [1, "bool"] })] } },
  ControllerGetCapabilities: { service: "Controller", request: nothing, answer: capabilities },
  CreateVolume: {
    service: "Controller",
    request: {
      name: [1, "string"],
      capacity_range: [2, of(capacityRange)],
      volume_capabilities: [3, list(capability)],
      parameters: [4, "map"],
      secrets: [5, "map"],
      volume_content_source: [
        6,
        of({
          snapshot: [1, of({ snapshot_id: [1, "string"] })],
          volume: [2, of({ volume_id: [1, "string"] })],
        }),
      ],
      accessibility_requirements: [7, of({ requisite: [1, list(topology)], preferred: [2, list(topology)] })],
    },
    answer: {
      volume: [
        1,
        of({
          capacity_bytes: [1, "integer"],
          volume_id: [2, "string"],
          volume_context: [3, "map"],
          accessible_topology: [5, list(topology)],
        }),
      ],
    },
  },
  DeleteVolume: {
    service: "Controller",
    request: { volume_id: [1, "string"], secrets: [2, "map"] },
    answer: nothing,
  },
  ControllerPublishVolume: {
    service: "Controller",
    request: {
      volume_id: [1, "string"],
      node_id: [2, "string"],
      volume_capability: [3, of(capability)],
      readonly: [4, "bool"],
      secrets: [5, "map"],
      volume_context: [6, "map"],
    },
    answer: { publish_context: [1, "map"] },
  },
  ControllerUnpublishVolume: {
    service: "Controller",
    request: { volume_id: [1, "string"], node_id: [2, "string"], secrets: [3, "map"] },
    answer: nothing,
  },
  ControllerExpandVolume: {
    service: "Controller",
    request: { volume_id: [1, "string"], capacity_range: [2, of(capacityRange)], secrets: [3, "map"] },
    answer: { capacity_bytes: [1, "integer"], node_expansion_required: [2, "bool"] },
  },
  CreateSnapshot: {
    service: "Controller",
    request: {
      source_volume_id: [1, "string"],
      name: [2, "string"],
      secrets: [3, "map"],
      parameters: [4, "map"],
    },
    answer: { snapshot: [1, of(snapshot)] },
  },
  DeleteSnapshot: {
    service: "Controller",
    request: { snapshot_id: [1, "string"], secrets: [2, "map"] },
    answer: nothing,
  },
  NodeGetInfo: {
    service: "Node",
    request: nothing,
    answer: {
      node_id: [1, "string"],
      max_volumes_per_node: [2, "integer"],
      accessible_topology: [3, of(topology)],
    },
  },
  NodeGetCapabilities: { service: "Node", request: nothing, answer: capabilities },
  NodeStageVolume: {
    service: "Node",
    request: {
      volume_id: [1, "string"],
      publish_context: [2, "map"],
      staging_target_path: [3, "string"],
      volume_capability: [4, of(capability)],
      secrets: [5, "map"],
      volume_context: [6, "map"],
    },
    answer: nothing,
  },
  NodeUnstageVolume: {
    service: "Node",
    request: { volume_id: [1, "string"], staging_target_path: [2, "string"] },
    answer: nothing,
  },
  NodePublishVolume: {
    service: "Node",
    request: {
      volume_id: [1, "string"],
      publish_context: [2, "map"],
      staging_target_path: [3, "string"],
      target_path: [4, "string"],
      volume_capability: [5, of(capability)],
      readonly: [6, "bool"],
      secrets: [7, "map"],
      volume_context: [8, "map"],
    },
    answer: nothing,
  },
  NodeUnpublishVolume: {
    service: "Node",
    request: { volume_id: [1, "string"], target_path: [2, "string"] },
    answer: nothing,
  },
  NodeExpandVolume: {
    service: "Node",
    request: {
      volume_id: [1, "string"],
      volume_path: [2, "string"],
      capacity_range: [3, of(capacityRange)],
      secrets: [6, "map"],
    },
    answer: { capacity_bytes: [1, "integer"] },
  },
} as const satisfies Readonly<Record<string, Call>>;

export type CallName = keyof typeof calls;

/** Of ControllerServiceCapability.RPC. */
export const controllerCapability = {
  createDeleteVolume: 1,
  publishUnpublishVolume: 2,
  createDeleteSnapshot: 5,
  expandVolume: 9,
  singleNodeMultiWriter: 13,
} as const;
/** Of NodeServiceCapability.RPC. */
export const nodeCapability = { stageUnstageVolume: 1, expandVolume: 3, singleNodeMultiWriter: 5 } as const;
/** Of PluginCapability.Service. */
export const pluginService = { controller: 1, accessibilityConstraints: 2 } as const;
/** Of VolumeCapability.AccessMode. */
export const accessModes = {
  SINGLE_NODE_WRITER: 1,
  MULTI_NODE_READER_ONLY: 3,
  MULTI_NODE_MULTI_WRITER: 5,
  // A driver that tells one writing pod of a node from several has another word for both.
  SINGLE_NODE_SINGLE_WRITER: 1,
} as const;
/** For drivers that can tell them apart: `SINGLE_NODE_MULTI_WRITER` is one of their capabilities. */
export const exactAccessModes = {
  ...accessModes,
  SINGLE_NODE_WRITER: 7,
  SINGLE_NODE_SINGLE_WRITER: 6,
} as const;
