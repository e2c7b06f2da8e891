/**
 * What a ReplicaSet copies. Its three forms come down to two: a pod template, or a Container, which stands in the set itself
 * or is another object that is looked up at each reconcile (and may be missing).
 */
import type { Reader } from "../../loop/index.ts";
import {
  type Container,
  type Copied,
  copiedContainer,
  type Draft,
  isSame,
  type Pod,
  type ReplicaSet,
} from "../../resources/index.ts";

/** A child to be. */
export type Copy = Draft<Pod> | Draft<Container>;

export interface PodTemplate {
  readonly copies: "Pod";
  copy(): Draft<Pod>;
}

export interface ContainerTemplate {
  readonly copies: "Container";
  copy(name: string): Draft<Container>;
  isFollowedBy(child: Container): boolean;
  /** The child as it is to be; its labels stay. */
  follow(child: Container): Container;
}

/** The Container to be copied does not exist; the sentence says so. Copies that are there already are kept. */
export interface MissingTemplate {
  readonly copies: "Container";
  readonly missing: string;
}

export type Template = PodTemplate | ContainerTemplate | MissingTemplate;

export function templateOf(set: ReplicaSet, reader: Reader): Template {
  const copied = copiedBy(set);
  switch (copied.form) {
    case "pods":
      return podTemplate(set);
    case "inline":
      return containerTemplate(set, copied.spec);
    case "named": {
      const { namespace = "" } = set.metadata;
      const container = reader.get("Container", namespace, copied.container);
      if (container) return containerTemplate(set, container.spec);
      const missing = `Container "${copied.container}" to copy does not exist in namespace "${namespace}"`;
      return { copies: "Container", missing };
    }
  }
}

/** Whether the set copies this Container by its name. */
export function namesAsTemplate(set: ReplicaSet, container: Container): boolean {
  const copied = copiedBy(set);
  return copied.form === "named" && copied.container === container.metadata.name;
}

/** Read once for each spec: runs are many, and the copies share it, so that one comparison tells that they follow it. */
function copiedBy(set: ReplicaSet): Copied {
  const known = copiedBySpec.get(set.spec);
  if (known) return known;
  const copied = copiedContainer(set);
  copiedBySpec.set(set.spec, copied);
  return copied;
}

const copiedBySpec = new WeakMap<ReplicaSet["spec"], Copied>();

function podTemplate(set: ReplicaSet): PodTemplate {
  const { metadata = {}, spec } = set.spec.template ?? {};
  const { labels, annotations, finalizers } = metadata;
  const generateName = `${set.metadata.name}-`;
  return {
    copies: "Pod",
    copy: () => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { generateName, labels, annotations, finalizers },
      spec: spec as Pod["spec"],
    }),
  };
}

function containerTemplate(set: ReplicaSet, spec: Container["spec"]): ContainerTemplate {
  const labels = set.spec.template?.metadata?.labels;
  return {
    copies: "Container",
    copy: name => ({ apiVersion: "k4s.dev/v1", kind: "Container", metadata: { name, labels }, spec }),
    isFollowedBy: child => child.spec === spec || isSame(child.spec, spec),
    follow: child => ({ ...child, spec }),
  };
}
