/**
 * What Kubernetes 1.35 says about its fields and the models of client-node do not carry: which are quantities, which
 * values are allowed, how lists merge, which defaults hold. Read by generate-kinds.ts alone; a definition's own
 * facts stand under `$`. Lists without a word here are atomic: taken whole.
 */
import { controlPlane } from "./control-plane.ts";
import { core } from "./core.ts";
import type { FieldFacts } from "./field-facts.ts";
import { networking } from "./networking.ts";
import { others } from "./others.ts";
import { volumes } from "./volumes.ts";
import { workloads } from "./workloads.ts";

export type { FieldFacts };

/** Names that would otherwise stand for two things: our own kind is the one called Container. */
export const renamed: Record<string, string> = {
  "/Container": "PodContainer",
  "/EndpointPort": "EndpointsPort",
  "/ResourceClaim": "ContainerResourceClaim",
};

/** Optional for those who write, there in whatever was stored. */
export const alwaysThere = [
  "DaemonSetSpec.template",
  "DeploymentSpec.template",
  "ReplicaSetSpec.template",
  "StatefulSetSpec.template",
  "PodTemplateSpec.spec",
];

export const facts: Record<string, Record<string, FieldFacts>> = {
  ...controlPlane,
  ...core,
  ...networking,
  ...others,
  ...volumes,
  ...workloads,
};
