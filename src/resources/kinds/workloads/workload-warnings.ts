/**
 * What the writer of a workload should know of what it wrote, as in Kubernetes' `WarningsOnCreate` and `WarningsOnUpdate` of
 * apps.
 */
import type { PodTemplateSpec } from "../../generated/kubernetes.gen.ts";
import type { Draft } from "../../object.ts";
import { nameWarnings, podWarnings } from "../pod/index.ts";

/** What the writer of a workload is told of its template, where that is another than before, and of a new one's name. */
export function workloadWarnings(
  { metadata, spec }: TemplateOwner,
  old?: { readonly spec?: { readonly template?: PodTemplateSpec } },
): string[] {
  const { template, revisionHistoryLimit = 0 } = spec ?? {};
  return [
    ...(old ? [] : nameWarnings(metadata)),
    ...(template === old?.spec?.template
      ? []
      : podWarnings(template?.metadata, template?.spec, "spec.template.")),
    ...(revisionHistoryLimit < 0 ? [endlessHistory] : []),
  ];
}

interface TemplateOwner {
  readonly metadata: Draft["metadata"];
  readonly spec?: { readonly template?: PodTemplateSpec; readonly revisionHistoryLimit?: number };
}

const endlessHistory =
  "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended";
