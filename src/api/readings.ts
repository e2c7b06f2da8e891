/**
 * Readings: objects that are kept nowhere, but made when they are asked for, because they say how something is at that moment.
 * They can be got and listed as others can; they have no revisions, so nothing of them is watched or told in pieces.
 */
import type { KubernetesObject } from "../resources/index.ts";

/** What makes the objects of one kind. */
export interface Reading {
  /** All, or those of a namespace. */
  list(namespace: string | undefined): Promise<readonly KubernetesObject[]>;
  /** Undefined where there is none of that name. */
  get(namespace: string, name: string): Promise<KubernetesObject | undefined>;
}

/** By the name of the kind. */
export type Readings = ReadonlyMap<string, Reading>;
