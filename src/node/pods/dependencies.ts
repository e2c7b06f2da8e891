/** What the pods of a node are given from outside: where they read and report, what runs their containers, and how they are to behave. */
import type { Pod } from "../../resources/index.ts";
import type { Writer } from "../../store/index.ts";
import type { ContainerDependencies } from "../containers/index.ts";
import type { Runtime } from "../runtimes/index.ts";
import type { HostFolders, PublishedVolumes, SourceWatch, VolumeFolders } from "../volumes/index.ts";
import type { PodAddresses } from "./addresses.ts";

export interface PodDependencies extends ContainerDependencies {
  /** By the handler of a RuntimeClass: `thread`, `process`, `hollow`. */
  readonly runtimes: ReadonlyMap<string, Runtime>;
  readonly addresses: PodAddresses;
  /** Where the volumes of all pods lie, and what tells that they are to change. */
  readonly volumes: {
    readonly folders: VolumeFolders;
    readonly sources: SourceWatch;
    /** The volumes of storage drivers. */
    readonly published: PublishedVolumes;
    /** What of this machine pods may mount. */
    readonly hostFolders: HostFolders;
  };
}

export interface PodWorkerOptions {
  readonly dependencies: PodDependencies;
  /** The node's agent, as whom the pod's status is written. */
  readonly writer: Writer;
  readonly hostIP: string;
  readonly defaultRuntime: string;
  /** Why the pod cannot have the resources that it asks for; undefined where the node has room for them. */
  whyNotResized(pod: Pod): { readonly reason: string; readonly message: string } | undefined;
}
