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
 * rules refuse them where they are others; but a Job that was read and is created again, with the selector that was made for it, gets
 * all of them anew, where Kubernetes has its author take them out. Labels that it shares with its template get what the template gets.
 */
export function withOwnSelector(draft: Draft<Job>): Draft<Job> {
  const { metadata, spec } = draft;
  const { name = "", uid = "" } = metadata;
  const { template, manualSelector, selector } = spec;
  if (manualSelector || !template) return draft;
  const given = template.metadata?.labels;
  const generated = generatedLabels(name, uid);
  const wasRead = Object.keys(selector?.matchLabels ?? {}).join() === uidLabel && !selector?.matchExpressions;
  const labels = wasRead ? { ...given, ...generated } : { ...given, ...generated, ...given };
  return {
    ...draft,
    metadata: metadata.labels === given ? { ...metadata, labels } : metadata,
    spec: {
      ...spec,
      selector: wasRead
        ? { matchLabels: { [uidLabel]: uid } }
        : { ...selector, matchLabels: { [uidLabel]: uid, ...selector?.matchLabels } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}
