/**
 * IgnoredParts: warns who writes something of which nothing comes in this cluster, for a feature of it is switched off. What is written
 * is kept as it is, and counts from when the feature is on.
 */
import type { Draft, Pod, PodSpec } from "../resources/index.ts";
import type { AdmissionRequest } from "../store/index.ts";
import type { AdmissionPlugin } from "./plugin.ts";
import { podMakers, podTemplateOf, type Templated } from "./pod-makers.ts";

/** What a feature is needed for. */
export interface NeedsFeature {
  readonly feature: string;
  /** The fields of a pod's spec that nothing comes of without it; those that it has. */
  readonly ignoredFields?: (spec: PodSpec) => readonly string[];
  readonly ignoredKinds?: readonly string[];
}

/** @param off what is needed for features that are off */
export function ignoredParts(off: readonly NeedsFeature[]): AdmissionPlugin[] {
  const kinds = off.flatMap(({ ignoredKinds = [] }) => ignoredKinds);
  const hasFields = off.some(({ ignoredFields }) => ignoredFields !== undefined);
  if (off.length === 0) return [];
  return [
    {
      name: "IgnoredParts",
      on: [
        { operations: ["CREATE", "UPDATE"], kinds: [...kinds, ...(hasFields ? ["Pod", ...podMakers] : [])] },
      ],
      validate(object, request) {
        if (object) for (const needs of off) warnOf(object, needs, request);
      },
    },
  ];
}

function warnOf(
  object: Draft,
  { feature, ignoredFields, ignoredKinds = [] }: NeedsFeature,
  { kind, warn }: AdmissionRequest,
): void {
  const isOff = `the feature ${feature} is off in this cluster`;
  if (ignoredKinds.includes(kind.name)) warn(`${isOff}: nothing comes of this ${kind.kind}`);
  const isPod = kind.name === "Pod";
  if (!ignoredFields || !(isPod || podMakers.includes(kind.name))) return;
  const place = isPod ? "spec" : placeIn(object as Templated);
  const spec = isPod ? (object as Draft<Pod>).spec : podTemplateOf(object as Templated)?.spec;
  for (const field of spec ? ignoredFields(spec) : []) warn(`${place}.${field}: ignored, ${isOff}`);
}

function placeIn({ template, spec }: Templated): string {
  if (template) return "template.spec";
  return spec?.template ? "spec.template.spec" : "spec.jobTemplate.spec.template.spec";
}
