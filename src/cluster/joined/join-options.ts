/** What a program says that joins a cluster of another process as a node. */
import type { NodeOptions } from "../../node/index.ts";
import type { Clock, Random } from "../../outside/index.ts";
import type { ClusterOptions } from "../options/index.ts";

export interface JoinOptions
  extends Pick<
      ClusterOptions,
      "images" | "runtime" | "unknownImages" | "hostPaths" | "spareThreads" | "nats"
    >,
    Pick<NodeOptions, "capacity" | "labels" | "taints" | "heartbeatMs"> {
  /** Where the cluster's API is served: `https://host:6443`. */
  readonly server: string;
  /** A bootstrap token, as `k4s token create` prints it. Not needed where `data` holds a certificate that is still good. */
  readonly token?: string;
  /** The certificate of the cluster's authority, PEM. One of this and `caHash` is needed, unless `data` knows it. */
  readonly ca?: string | undefined;
  /** The hash of its public key, `sha256:…`: the certificate is then asked for at the server. */
  readonly caHash?: string;
  /** What the node is called; the name of this machine where left out. */
  readonly name?: string;
  /** By which address others reach it; that from which it reaches the API server where left out. */
  readonly address?: string;
  /** Where its kubelet listens for the API server and other nodes; at any port that is free where left out. */
  readonly port?: number;
  /** Where its key and certificate are kept, so that it is the same node when it comes again; nowhere where left out. */
  readonly data?: string | URL;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Gives up joining. It means nothing once the node has joined. */
  readonly signal?: AbortSignal;
  /** Takes what goes wrong where nobody waits for it; printed on stderr where left out. */
  readonly onFault?: (fault: unknown) => void;
  /** Told once where somebody has to approve the node's certificate. */
  readonly onWaiting?: (forWhat: string) => void;
  /** Told when the API server is not heard any more (with why), and when it is heard again. */
  readonly onHeard?: (isHeard: boolean, why?: unknown) => void;
}

/** A node that runs in this process, and belongs to the cluster of another. */
export interface JoinedNode extends AsyncDisposable {
  readonly name: string;
  /**
   * Shuts the node down as a kubelet does: its pods end within their grace periods, and others run in their place. Resolves when nothing of it is
   * left here. Safe to call twice.
   */
  shutDown(): Promise<void>;
  /** Ends its containers at once and says nothing: the cluster finds out. Safe to call twice. */
  stop(): Promise<void>;
}
