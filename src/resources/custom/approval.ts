/**
 * The groups that belong to the Kubernetes project (`*.k8s.io`, `*.kubernetes.io`): who defines a kind in one of them says in
 * an annotation where that was approved, or that it was not.
 */
import type { Cause } from "../../errors/index.ts";
import { invalidValue, required } from "../faults.ts";
import type { CustomResourceDefinition } from "../generated/kubernetes.gen.ts";
import type { Draft } from "../object.ts";

const annotation = "api-approved.kubernetes.io";
const field = `metadata.annotations[${annotation}]`;
const hint = "see https://github.com/kubernetes/enhancements/pull/1111";

type State = "missing" | "invalid" | "bypassed" | "approved";

/** What the annotation lacks. An update is not asked for more than was there before. */
export function approvalFaults(
  definition: Draft<CustomResourceDefinition>,
  old?: CustomResourceDefinition,
): Cause[] {
  if (!isProtected(definition)) return [];
  const state = stateOf(definition);
  if (old && stateOf(old) === state) return [];
  const demand = `protected groups must have approval annotation "${annotation}"`;
  if (state === "missing") return [required(field, `${demand}, ${hint}`)];
  if (state !== "invalid") return [];
  const how = `${demand} with either a URL or a reason starting with "unapproved", ${hint}`;
  return [invalidValue(field, annotationOf(definition), how)];
}

/** The condition that says how it stands; undefined for a group that is not protected. */
export function approvalCondition(definition: CustomResourceDefinition) {
  if (!isProtected(definition)) return undefined;
  const type = "KubernetesAPIApprovalPolicyConformant";
  const value = annotationOf(definition);
  const demand = `protected groups must have approval annotation "${annotation}"`;
  switch (stateOf(definition)) {
    case "approved":
      return { type, status: "True", reason: "ApprovedAnnotation", message: `approved in ${value}` };
    case "bypassed":
      return { type, status: "False", reason: "UnapprovedAnnotation", message: `not approved: "${value}"` };
    case "missing":
      return { type, status: "False", reason: "MissingAnnotation", message: `${demand}, ${hint}` };
    case "invalid":
      return {
        type,
        status: "False",
        reason: "InvalidAnnotation",
        message: `${demand} with either a URL or a reason starting with "unapproved", ${hint}`,
      };
  }
}

function isProtected({ spec }: Pick<Draft<CustomResourceDefinition>, "spec">): boolean {
  return /(^|\.)(k8s|kubernetes)\.io$/.test(spec?.group ?? "");
}

function annotationOf({ metadata }: Pick<Draft<CustomResourceDefinition>, "metadata">): string {
  return metadata.annotations?.[annotation] ?? "";
}

function stateOf(definition: Pick<Draft<CustomResourceDefinition>, "metadata">): State {
  const value = annotationOf(definition);
  if (value === "") return "missing";
  if (value.startsWith("unapproved")) return "bypassed";
  return URL.canParse(value) && new URL(value).host !== "" ? "approved" : "invalid";
}
