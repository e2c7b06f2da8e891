/**
 * What nodes have to do with attaching, which controllers do: a node says in its status which volumes it has or is about to have, so that
 * none is detached from it, and waits for the VolumeAttachment to be attached before it mounts one.
 */
import { hasReason } from "../../errors/index.ts";
import { attachmentName, isAttachRequired, isSame, isTerminating, type Node } from "../../resources/index.ts";
import { nodeWriter, type RegistryVerbs } from "../../store/index.ts";
import { VolumeError } from "./content.ts";

/** The volume is not attached yet. Who attaches it tells of what stands in the way. */
export class AttachPending extends VolumeError {
  /** The object whose change is worth another look, as `SourceWatch` has it. */
  readonly source: string;

  constructor(message: string, source: string) {
    super(message);
    this.name = "AttachPending";
    this.source = source;
  }
}

export class Attachments {
  readonly #registry: Pick<RegistryVerbs, "store" | "modify">;

  constructor(registry: Pick<RegistryVerbs, "store" | "modify">) {
    this.#registry = registry;
  }

  /** Whether volumes of the driver are attached before they are mounted. */
  areNeeded(driver: string): boolean {
    return isAttachRequired(this.#registry.store.get("CSIDriver", "", driver));
  }

  /** What the driver wants to be told on the node. Throws an AttachPending while the volume is not attached there. */
  contextOf(driver: string, volumeId: string, node: string): Readonly<Record<string, string>> | undefined {
    const name = attachmentName(driver, volumeId, node);
    const found = this.#registry.store.get("VolumeAttachment", "", name);
    if (found?.status?.attached && !isTerminating(found)) return found.status.attachmentMetadata;
    throw new AttachPending(
      `volume attachment ${name} is not attached yet: ${found?.status?.attachError?.message ?? "it is waited for"}`,
      `VolumeAttachment//${name}`,
    );
  }

  /** The node says that it has these; what they are is asked at the moment of writing. */
  async say(node: string, inUse: () => readonly string[]): Promise<void> {
    const change = (found: Node): Node | undefined => {
      const volumesInUse = inUse();
      if (isSame(found.status?.volumesInUse ?? [], volumesInUse)) return undefined;
      return { ...found, status: { ...found.status, volumesInUse } };
    };
    const request = { author: nodeWriter(node), isChecked: true, subresource: "status" };
    await this.#registry.modify("Node", "", node, change, request).catch(error => {
      // The node was taken out of the cluster: nobody waits for what it says.
      if (!hasReason(error, "NotFound")) throw error;
    });
  }
}
