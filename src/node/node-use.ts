/** What the pods of a node use at one moment: what the documents of a node (node-documents.ts) are made of. */
import type { Node, Pod } from "../resources/index.ts";
import type { Measured } from "./usage-meter.ts";

/** A pod and what its containers use that run. */
export interface PodUse {
  readonly pod: Pod;
  readonly containers: readonly Measured[];
}

export interface NodeUse {
  readonly node: Node;
  readonly pods: readonly PodUse[];
  /** Processor time of all containers so far, those that are gone included, in milliseconds. */
  readonly cpuMs: number;
  /** When it was measured, in milliseconds since 1970. */
  readonly at: number;
}

export function sum<T>(all: readonly T[], of: (each: T) => number): number {
  return all.reduce((total, each) => total + of(each), 0);
}
