/** What a name of the cluster stands for: the network answers a thread so when one of its programs wants to connect. */

export interface FoundName {
  /** The full name. */
  readonly name: string;
  /** What DNS answers. */
  readonly addresses: readonly string[];
  /** Ports of pods that a connection may lead to: none where nothing behind the name is ready. */
  readonly endpoints: readonly { readonly podIP: string; readonly port: number }[];
  /** A name outside of the cluster that it stands for. */
  readonly outside?: string;
}
