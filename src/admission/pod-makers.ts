/** The kinds that make pods of a template, and where that stands: who writes one is told what would be wrong with its pods. */
import type { ObjectMeta, PodSpec } from "../resources/index.ts";

interface PodTemplate {
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec?: PodSpec;
}

export interface Templated {
  readonly spec?: { readonly template?: PodTemplate; readonly jobTemplate?: Templated };
  readonly template?: PodTemplate;
}

export const podMakers: readonly string[] = [
  "ReplicationController",
  "PodTemplate",
  "ReplicaSet",
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "CronJob",
];

export function podTemplateOf({ spec, template }: Templated): PodTemplate | undefined {
  return template ?? spec?.template ?? spec?.jobTemplate?.spec?.template;
}
