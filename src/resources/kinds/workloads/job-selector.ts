/**
 * The labels by which a Job knows its pods. A Job counts the pods that have its uid: no other has it, whatever their other labels.
 */
import type { Job } from "../../generated/kubernetes.gen.ts";
import type { Draft } from "../../object.ts";

const uidLabel = "batch.kubernetes.io/controller-uid";

/** What the pods of a Job have, by its present labels and by those of long ago. */
export function generatedLabels(name: string, uid: string): Readonly<Record<string, string>> {
  return {
    [uidLabel]: uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  };
}

/**
 * The Job with its selector, unless it brings its own (`manualSelector`). Of these labels, those that its author wrote stay, and its
 * rules refuse them where they are others. Labels that it shares with its template get what the template gets.
 */
export function withOwnSelector(draft: Draft<Job>): Draft<Job> {
  const { metadata, spec } = draft;
  const { name = "", uid = "" } = metadata;
  const { template, manualSelector, selector } = spec;
  if (manualSelector || !template) return draft;
  const given = template.metadata?.labels;
  const labels = { ...given, ...generatedLabels(name, uid), ...given };
  return {
    ...draft,
    metadata: metadata.labels === given ? { ...metadata, labels } : metadata,
    spec: {
      ...spec,
      selector: { ...selector, matchLabels: { [uidLabel]: uid, ...selector?.matchLabels } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}
