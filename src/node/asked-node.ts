/**
 * A node as those see it who want something of its pods, the API server and whoever connects to a pod: an agent of this process, or one that
 * is asked over the network (far/).
 */
import type { Duplex } from "node:stream";
import type { Node, Pod } from "../resources/index.ts";
import type { Dialling, SessionOptions } from "../worker/index.ts";
import type { LogOptions, Session } from "./streams/index.ts";

/** Where Kubernetes' kubelets listen, and what a node says that is asked by its own process alone. */
export const kubeletPort = 10_250;

/** What a node says of itself. */
export interface NodeDocument {
  readonly mediaType: string;
  readonly text: string;
}

export interface AskedNode {
  logs(pod: Pod, container: string, options?: LogOptions): Promise<AsyncIterable<Uint8Array>>;
  exec(
    pod: Pod,
    container: string,
    command: readonly string[],
    options?: SessionOptions,
  ): Session | Promise<Session>;
  attach(pod: Pod, container: string): Session | Promise<Session>;
  /** To a port of the pod. Rejects as Node's connect does. */
  dial(pod: Pod, port: number): Promise<Duplex>;
  /** The same for a pod that is known by its address. */
  dialAddress(address: string, port: number, dialling?: PodDialling): Promise<Duplex>;
}

/** Who connects, and what ends the attempt. */
export type PodDialling = Pick<Dialling, "from" | "fromPort" | "signal">;

export interface AskedNodes {
  /** By its name. */
  get(name: string): AskedNode | undefined;
  /** The one whose pod has this address. */
  at(address: string): AskedNode | undefined;
  /** What a node answers itself, `/stats/summary` and the like; undefined where it cannot be asked. */
  asked(node: Node): ((path: string) => Promise<NodeDocument | undefined>) | undefined;
}
