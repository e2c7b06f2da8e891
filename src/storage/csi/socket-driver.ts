/**
 * A storage driver in another process, behind CSI's gRPC on a socket, as one in this process. What it can do it is asked when it is first
 * needed, and again after it could not be reached.
 */
import {
  DriverError,
  type DriverSnapshot,
  type DriverVolume,
  type NodeInfo,
  type NodePublishRequest,
  type Rpc,
  type StorageDriver,
  type Topology,
  type VolumeCapability,
} from "../driver.ts";
import {
  accessModes,
  controllerCapability,
  exactAccessModes,
  nodeCapability,
  pluginService,
} from "./messages.ts";
import { SocketCalls } from "./socket-calls.ts";
import type { Message, Value } from "./wire.ts";

type RequestOf<R extends Rpc> = Parameters<NonNullable<StorageDriver[R]>>[0];
type AnswerOf<R extends Rpc> = ReturnType<NonNullable<StorageDriver[R]>>;

type Side = "controller" | "node";

interface Abilities {
  readonly rpcs: ReadonlySet<Rpc>;
  /** Of this machine. */
  readonly node: NodeInfo;
  /** On which side it tells one writing pod of a node from several. */
  readonly tellsWriters: Readonly<Record<Side, boolean>>;
}

/** Those that are not here every driver has. */
const needed: Partial<Record<Rpc, readonly [Side, number]>> = {
  createVolume: ["controller", controllerCapability.createDeleteVolume],
  deleteVolume: ["controller", controllerCapability.createDeleteVolume],
  controllerPublishVolume: ["controller", controllerCapability.publishUnpublishVolume],
  controllerUnpublishVolume: ["controller", controllerCapability.publishUnpublishVolume],
  controllerExpandVolume: ["controller", controllerCapability.expandVolume],
  createSnapshot: ["controller", controllerCapability.createDeleteSnapshot],
  deleteSnapshot: ["controller", controllerCapability.createDeleteSnapshot],
  nodeStageVolume: ["node", nodeCapability.stageUnstageVolume],
  nodeUnstageVolume: ["node", nodeCapability.stageUnstageVolume],
  nodeExpandVolume: ["node", nodeCapability.expandVolume],
};

export class SocketDriver implements StorageDriver {
  readonly name: string;
  readonly #calls: SocketCalls;
  #abilities: Promise<Abilities> | undefined;

  /** @param path of the socket */
  constructor(name: string, path: string) {
    this.name = name;
    this.#calls = new SocketCalls(path, () => {
      this.#abilities = undefined;
    });
  }

  async supports(rpc: Rpc): Promise<boolean> {
    return needed[rpc] === undefined || (await this.#known()).rpcs.has(rpc);
  }

  /** All nodes are this machine. */
  async nodeGetInfo(): Promise<NodeInfo> {
    return (await this.#known()).node;
  }

  async createVolume(request: RequestOf<"createVolume">): Promise<DriverVolume> {
    const { name, capacityRange, volumeCapabilities, parameters = {}, contentSource, secrets } = request;
    const { requisite = [], preferred = [] } = request.accessibilityRequirements ?? {};
    const { tellsWriters } = await this.#known();
    const { volume } = await this.#calls.call("CreateVolume", {
      name,
      capacity_range: rangeOf(capacityRange),
      volume_capabilities: volumeCapabilities.map(each => capabilityOf(each, tellsWriters.controller)),
      parameters,
      secrets,
      ...(request.accessibilityRequirements && {
        accessibility_requirements: {
          requisite: requisite.map(asSegments),
          preferred: preferred.map(asSegments),
        },
      }),
      ...(contentSource && {
        volume_content_source:
          "snapshotId" in contentSource
            ? { snapshot: { snapshot_id: contentSource.snapshotId } }
            : { volume: { volume_id: contentSource.volumeId } },
      }),
    });
    const made = messageIn(volume);
    const volumeContext = textsIn(made.volume_context);
    if (textIn(made.volume_id) === "") throw new DriverError("Internal", "CreateVolume answers no volume_id");
    return {
      volumeId: textIn(made.volume_id),
      capacityBytes: numberIn(made.capacity_bytes),
      ...(volumeContext && { volumeContext }),
      accessibleTopology: messagesIn(made.accessible_topology).map(({ segments }) => textsIn(segments) ?? {}),
    };
  }

  async deleteVolume({ volumeId, secrets }: RequestOf<"deleteVolume">): Promise<void> {
    await this.#calls.call("DeleteVolume", { volume_id: volumeId, secrets });
  }

  async controllerPublishVolume(
    request: RequestOf<"controllerPublishVolume">,
  ): AnswerOf<"controllerPublishVolume"> {
    const { volumeId, nodeId, volumeCapability, readonly, volumeContext } = request;
    const { publish_context } = await this.#calls.call("ControllerPublishVolume", {
      volume_id: volumeId,
      node_id: nodeId,
      volume_capability: await this.#capability("controller", volumeCapability),
      readonly,
      secrets: request.secrets,
      volume_context: volumeContext,
    });
    return { publishContext: textsIn(publish_context) ?? {} };
  }

  async controllerUnpublishVolume(request: RequestOf<"controllerUnpublishVolume">): Promise<void> {
    const { volumeId, nodeId, secrets } = request;
    await this.#calls.call("ControllerUnpublishVolume", { volume_id: volumeId, node_id: nodeId, secrets });
  }

  async controllerExpandVolume(
    request: RequestOf<"controllerExpandVolume">,
  ): AnswerOf<"controllerExpandVolume"> {
    const { volumeId, capacityRange, secrets } = request;
    const answer = await this.#calls.call("ControllerExpandVolume", {
      volume_id: volumeId,
      capacity_range: rangeOf(capacityRange),
      secrets,
    });
    return {
      capacityBytes: numberIn(answer.capacity_bytes),
      nodeExpansionRequired: answer.node_expansion_required === true,
    };
  }

  async createSnapshot(request: RequestOf<"createSnapshot">): Promise<DriverSnapshot> {
    const { sourceVolumeId, name, parameters = {} } = request;
    const answer = await this.#calls.call("CreateSnapshot", {
      source_volume_id: sourceVolumeId,
      name,
      secrets: request.secrets,
      parameters,
    });
    const made = messageIn(answer.snapshot);
    const { seconds, nanos } = messageIn(made.creation_time);
    if (textIn(made.snapshot_id) === "")
      throw new DriverError("Internal", "CreateSnapshot answers no snapshot_id");
    return {
      snapshotId: textIn(made.snapshot_id),
      sourceVolumeId: textIn(made.source_volume_id),
      sizeBytes: numberIn(made.size_bytes),
      creationTime: numberIn(seconds) * 1_000 + Math.floor(numberIn(nanos) / 1e6),
      readyToUse: made.ready_to_use === true,
    };
  }

  async deleteSnapshot({ snapshotId, secrets }: RequestOf<"deleteSnapshot">): Promise<void> {
    await this.#calls.call("DeleteSnapshot", { snapshot_id: snapshotId, secrets });
  }

  async nodeStageVolume(request: RequestOf<"nodeStageVolume">): Promise<void> {
    const { volumeId, stagingTargetPath, volumeCapability, volumeContext, publishContext } = request;
    await this.#calls.call("NodeStageVolume", {
      volume_id: volumeId,
      staging_target_path: stagingTargetPath,
      volume_capability: await this.#capability("node", volumeCapability),
      secrets: request.secrets,
      volume_context: volumeContext,
      publish_context: publishContext,
    });
  }

  async nodeUnstageVolume(request: RequestOf<"nodeUnstageVolume">): Promise<void> {
    const { volumeId, stagingTargetPath } = request;
    await this.#calls.call("NodeUnstageVolume", {
      volume_id: volumeId,
      staging_target_path: stagingTargetPath,
    });
  }

  async nodePublishVolume(request: NodePublishRequest): Promise<void> {
    const { volumeId, targetPath, stagingTargetPath, volumeCapability, readonly } = request;
    await this.#calls.call("NodePublishVolume", {
      volume_id: volumeId,
      target_path: targetPath,
      staging_target_path: stagingTargetPath,
      volume_capability: await this.#capability("node", volumeCapability),
      readonly,
      secrets: request.secrets,
      volume_context: request.volumeContext,
      publish_context: request.publishContext,
    });
  }

  async nodeUnpublishVolume({ volumeId, targetPath }: RequestOf<"nodeUnpublishVolume">): Promise<void> {
    await this.#calls.call("NodeUnpublishVolume", { volume_id: volumeId, target_path: targetPath });
  }

  async nodeExpandVolume(request: RequestOf<"nodeExpandVolume">): Promise<void> {
    const { volumeId, volumePath, capacityRange } = request;
    await this.#calls.call("NodeExpandVolume", {
      volume_id: volumeId,
      volume_path: volumePath,
      capacity_range: rangeOf(capacityRange),
      secrets: request.secrets,
    });
  }

  close(): Promise<void> {
    return this.#calls.close();
  }

  async #capability(side: Side, capability: VolumeCapability): Promise<Message> {
    return capabilityOf(capability, (await this.#known()).tellsWriters[side]);
  }

  #known(): Promise<Abilities> {
    this.#abilities ??= this.#ask().catch(error => {
      this.#abilities = undefined;
      throw error;
    });
    return this.#abilities;
  }

  async #ask(): Promise<Abilities> {
    const { name } = await this.#calls.call("GetPluginInfo", {});
    if (name !== this.name)
      throw new DriverError("Unavailable", `the driver there is called ${textIn(name)}, not ${this.name}`);
    const { ready } = await this.#calls.call("Probe", {});
    if (ready !== undefined && messageIn(ready).value !== true)
      throw new DriverError("Unavailable", `${this.name} is not ready yet`);
    const services = await this.#calls.call("GetPluginCapabilities", {});
    const offered = messagesIn(services.capabilities).map(({ service }) => numberIn(messageIn(service).type));
    const hasController = offered.includes(pluginService.controller);
    const of = async (call: "ControllerGetCapabilities" | "NodeGetCapabilities") => {
      const { capabilities } = await this.#calls.call(call, {});
      return new Set(messagesIn(capabilities).map(({ rpc }) => numberIn(messageIn(rpc).type)));
    };
    const can = {
      controller: hasController ? await of("ControllerGetCapabilities") : new Set<number>(),
      node: await of("NodeGetCapabilities"),
    };
    const info = await this.#calls.call("NodeGetInfo", {});
    if (textIn(info.node_id) === "") throw new DriverError("Internal", "NodeGetInfo answers no node_id");
    const segments = textsIn(messageIn(info.accessible_topology).segments);
    const isBound = offered.includes(pluginService.accessibilityConstraints);
    const node = {
      nodeId: textIn(info.node_id),
      maxVolumesPerNode: numberIn(info.max_volumes_per_node),
      ...(isBound && segments && { accessibleTopology: segments }),
    };
    const rpcs = Object.entries(needed).flatMap(([rpc, [side, number]]) =>
      can[side].has(number) ? [rpc as Rpc] : [],
    );
    const tellsWriters = {
      controller: can.controller.has(controllerCapability.singleNodeMultiWriter),
      node: can.node.has(nodeCapability.singleNodeMultiWriter),
    };
    return { rpcs: new Set(rpcs), node, tellsWriters };
  }
}

function rangeOf({ requiredBytes, limitBytes = 0 }: RequestOf<"createVolume">["capacityRange"]): Message {
  return { required_bytes: Math.ceil(requiredBytes), limit_bytes: limitBytes };
}

function capabilityOf(
  { accessMode, fsType = "", mountFlags = [] }: VolumeCapability,
  tellsWriters: boolean,
): Message {
  const modes = tellsWriters ? exactAccessModes : accessModes;
  return {
    mount: { fs_type: fsType, mount_flags: mountFlags },
    access_mode: { mode: modes[accessMode] },
  };
}

function asSegments(segments: Topology): Message {
  return { segments };
}

function textIn(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}

function numberIn(value: Value | undefined): number {
  return typeof value === "number" ? value : 0;
}

function messageIn(value: Value | undefined): Message {
  return typeof value === "object" && !Array.isArray(value) ? (value as Message) : {};
}

function messagesIn(value: Value | undefined): readonly Message[] {
  return Array.isArray(value) ? (value as readonly Message[]) : [];
}

function textsIn(value: Value | undefined): Readonly<Record<string, string>> | undefined {
  return value === undefined ? undefined : (value as Readonly<Record<string, string>>);
}
