/**
 * The folder driver of a cluster whose nodes are on several machines: a volume lies in the folder of one, is made and deleted by the process there, and
 * can be had on the nodes of that machine. Which machine a node is of, a label of it says; a node without one has the disk of
 * who leads the cluster, and its volumes are named as in a cluster that is alone.
 */
import { fieldsOf } from "../outside/index.ts";
import { DriverError, type DriverSnapshot, type DriverVolume, type StorageDriver } from "./driver.ts";
import { type FolderDriver, isFolderId } from "./folder-driver.ts";

/** On each node of a machine that has a folder of its own. */
export const machineLabel = "topology.folder.csi.k4s.dev/machine";

/** What is asked of the machine where a volume lies. */
export const machineCalls = [
  ...(["createVolume", "deleteVolume", "controllerExpandVolume", "createSnapshot"] as const),
  "deleteSnapshot",
] as const;
export type MachineCall = (typeof machineCalls)[number];

type Request<R extends MachineCall> = Parameters<FolderDriver[R]>[0];

export interface Machines {
  /** Of this process; undefined where its nodes bear no label. */
  readonly own: () => string | undefined;
  /** Of a node, as its label says. */
  readonly of: (node: string) => string | undefined;
  /** Whether there is any node of that machine. */
  readonly has: (machine: string) => boolean;
  /** Asks the process there. Rejects with a DriverError. */
  readonly call: <T>(machine: string, rpc: MachineCall, request: object) => Promise<T>;
}

export class MachineFolders implements StorageDriver {
  readonly name: string;
  readonly #own: FolderDriver;
  readonly #machines: Machines;

  constructor(own: FolderDriver, machines: Machines) {
    this.name = own.name;
    this.#own = own;
    this.#machines = machines;
  }

  nodeGetInfo({ nodeName }: { readonly nodeName: string }) {
    const machine = this.#machines.of(nodeName);
    const place = machine === undefined ? {} : { accessibleTopology: { [machineLabel]: machine } };
    return Promise.resolve({ nodeId: nodeName, ...place });
  }

  async createVolume(request: Request<"createVolume">): Promise<DriverVolume> {
    const { contentSource: source, accessibilityRequirements } = request;
    const [place] = accessibilityRequirements?.preferred ?? [];
    const from = source && ("snapshotId" in source ? source.snapshotId : source.volumeId);
    const lies = from === undefined ? undefined : partsOf(from).machine;
    const machine = place?.[machineLabel] ?? lies;
    if (from !== undefined && lies !== machine) {
      const why = `${from} lies on another machine than ${machine ?? "that of the cluster"}: a copy can be had there alone`;
      throw new DriverError("InvalidArgument", why);
    }
    if (machine !== undefined && !this.#isHere(machine)) {
      const made = await this.#machines.call<unknown>(machine, "createVolume", request);
      const { volumeId, capacityBytes } = fieldsOf(made);
      // Whatever else it says, what is made there is there.
      return {
        volumeId: idFrom(machine, volumeId),
        capacityBytes: typeof capacityBytes === "number" ? capacityBytes : 0,
        accessibleTopology: [{ [machineLabel]: machine }],
      };
    }
    const contentSource = source && ownSource(source);
    const made = await this.#own.createVolume({ ...request, contentSource });
    if (machine === undefined) return made;
    const accessibleTopology = [{ [machineLabel]: machine }];
    return { ...made, volumeId: idOn(machine, made.volumeId), accessibleTopology };
  }

  async deleteVolume({ volumeId }: Request<"deleteVolume">): Promise<void> {
    await this.#delete(volumeId, "deleteVolume", { volumeId }, id =>
      this.#own.deleteVolume({ volumeId: id }),
    );
  }

  async controllerExpandVolume(
    request: Request<"controllerExpandVolume">,
  ): ReturnType<FolderDriver["controllerExpandVolume"]> {
    const { machine, id } = partsOf(request.volumeId);
    if (!this.#isHere(machine)) return this.#machines.call(machine ?? "", "controllerExpandVolume", request);
    return this.#own.controllerExpandVolume({ ...request, volumeId: id });
  }

  async createSnapshot(request: Request<"createSnapshot">): Promise<DriverSnapshot> {
    const { machine, id } = partsOf(request.sourceVolumeId);
    if (machine !== undefined && !this.#isHere(machine)) {
      const made = await this.#machines.call<unknown>(machine, "createSnapshot", request);
      const { snapshotId, creationTime, sizeBytes, readyToUse } = fieldsOf(made);
      return {
        snapshotId: idFrom(machine, snapshotId),
        sourceVolumeId: request.sourceVolumeId,
        sizeBytes: typeof sizeBytes === "number" ? sizeBytes : 0,
        creationTime: typeof creationTime === "number" ? creationTime : 0,
        readyToUse: readyToUse === true,
      };
    }
    const made = await this.#own.createSnapshot({ ...request, sourceVolumeId: id });
    if (machine === undefined) return made;
    return { ...made, snapshotId: idOn(machine, made.snapshotId), sourceVolumeId: request.sourceVolumeId };
  }

  async deleteSnapshot({ snapshotId }: Request<"deleteSnapshot">): Promise<void> {
    await this.#delete(snapshotId, "deleteSnapshot", { snapshotId }, id =>
      this.#own.deleteSnapshot({ snapshotId: id }),
    );
  }

  async nodePublishVolume(request: Parameters<FolderDriver["nodePublishVolume"]>[0]): Promise<void> {
    const { machine, id } = partsOf(request.volumeId);
    if (!this.#isHere(machine)) {
      const place = machine === undefined ? "that of the cluster" : machine;
      throw new DriverError("NotFound", `volume ${request.volumeId} lies on another machine: ${place}`);
    }
    await this.#own.nodePublishVolume({ ...request, volumeId: id });
  }

  nodeUnpublishVolume(request: Parameters<FolderDriver["nodeUnpublishVolume"]>[0]): Promise<void> {
    return this.#own.nodeUnpublishVolume(request);
  }

  close(): Promise<void> {
    return this.#own.close();
  }

  async #delete<R extends "deleteVolume" | "deleteSnapshot">(
    whole: string,
    rpc: R,
    request: Request<R>,
    here: (id: string) => Promise<void>,
  ): Promise<void> {
    const { machine, id } = partsOf(whole);
    if (this.#isHere(machine)) return here(id);
    // It went with its machine.
    if (machine !== undefined && !this.#machines.has(machine)) return;
    await this.#machines.call<void>(machine ?? "", rpc, request);
  }

  /** What bears no machine's name lies where the cluster is led from: before there were others, it was alone. */
  #isHere(machine: string | undefined): boolean {
    return machine === undefined || machine === this.#machines.own();
  }
}

function idOn(machine: string, id: string): string {
  return `${machine}/${id}`;
}

/** What another machine calls what it has made: it may speak of its own alone. */
function idFrom(machine: string, id: unknown): string {
  const { machine: of, id: own } = partsOf(id);
  if (of === machine && isFolderId(own)) return idOn(machine, own);
  throw new DriverError("Internal", `the machine ${machine} calls what it has made ${JSON.stringify(id)}`);
}

function partsOf(whole: unknown): { readonly machine: string | undefined; readonly id: string } {
  if (typeof whole !== "string") throw new DriverError("InvalidArgument", "a volume has an id, as text");
  const at = whole.lastIndexOf("/");
  return at < 0
    ? { machine: undefined, id: whole }
    : { machine: whole.slice(0, at), id: whole.slice(at + 1) };
}

type Source = NonNullable<Request<"createVolume">["contentSource"]>;

function ownSource(source: Source): Source {
  if ("snapshotId" in source) return { snapshotId: partsOf(source.snapshotId).id };
  return { volumeId: partsOf(source.volumeId).id };
}
