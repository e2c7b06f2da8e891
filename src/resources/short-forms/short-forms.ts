/**
 * The short forms of k4s and the full forms they stand for. `expand` is applied when an object comes in, so that inside there
 * are only Kubernetes objects; `contract` goes back, for display; `shortPath` lets a message about the full form name the field
 * that was really written. (A Container is a resource of its own, not a short form: see container-as-pod.ts for its pod.)
 */
import type { Cause } from "../../errors/index.ts";
import { allFaults } from "../all-faults.ts";
import { groupVersionOf } from "../api-version.ts";
import { forbidden, invalid, invalidValue, required } from "../faults.ts";
import { isMap, type Json, type JsonMap } from "../json.ts";
import { container } from "../kinds/index.ts";
import type { Draft } from "../object.ts";
import { nameLabel } from "../selectors/index.ts";
import {
  contractReplicaSet,
  expandReplicaSet,
  replicasetForm,
  withoutDefaults,
} from "./replicaset-template.ts";

/**
 * The full form of an object; the object itself where it is in its full form already.
 * @throws ApiError Invalid for a short form that is wrong, with all causes.
 */
export function expand<D extends Draft>(object: D): D {
  const causes = shortFormCauses(object);
  if (causes.length > 0) {
    const { group } = groupVersionOf(object.apiVersion ?? "");
    throw invalid({ kind: object.kind, group }, object.metadata?.name ?? "", causes);
  }
  switch (shortFormOf(object)) {
    case "replicaset":
      return expandReplicaSet(object) as D;
    case "service":
      return {
        ...object,
        spec: { ...(object.spec as object), selector: { [nameLabel]: selectorOf(object) } },
      };
    default:
      return object;
  }
}

/**
 * The short form of an object, if it is the expansion of one, or would be without Kubernetes' defaults; the object itself
 * else. What a short form has anyway (its own selector, say) is not repeated.
 */
export function contract<D extends Draft>(object: D): D {
  if (object.kind === "Service" && object.apiVersion === "v1") {
    const selector = selectorOf(object);
    const isGlob =
      isMap(selector) && Object.keys(selector).length === 1 && typeof selector[nameLabel] === "string";
    return isGlob
      ? { ...object, spec: { ...(object.spec as object), selector: selector[nameLabel] } }
      : object;
  }
  if (object.kind === "ReplicaSet" && object.apiVersion === "apps/v1" && isMap(object.spec)) {
    return (contractReplicaSet(object) ?? contractReplicaSet(bare(object)) ?? object) as D;
  }
  return object;
}

/** Everything that is wrong with an object's short form; nothing for a full one, which is validation's. */
export function shortFormCauses(object: Draft): Cause[] {
  switch (shortFormOf(object)) {
    case "service":
      return selectorOf(object) === ""
        ? [required("spec.selector", 'a glob over names, such as "calc-rs-*"')]
        : [];
    case "replicaset":
      return replicasetForm(object.spec) === "named" ? namedCauses(object) : inlineCauses(object);
    default:
      return [];
  }
}

/** The short form with a valid value instead of each mistake that has been told, so that the rest can be checked. */
export function withoutMistakes(object: Draft): Draft {
  const { template, ...spec } = (isMap(object.spec) ? object.spec : {}) as JsonMap;
  const right = { module: "right" };
  switch (shortFormOf(object)) {
    case "service":
      return { ...object, spec: { ...spec, ...(template !== undefined && { template }), selector: "right" } };
    case "replicaset": {
      const metadata = { ...object.metadata, name: object.metadata?.name || "right" };
      return {
        ...object,
        metadata,
        spec: { ...without(spec), template: { ...labelsOf(template), ...right } },
      };
    }
    default:
      return object;
  }
}

function without({ container: _, ...spec }: JsonMap): JsonMap {
  return spec;
}

function labelsOf(template: Json | undefined): JsonMap {
  return isMap(template) && isMap(template.metadata) ? { metadata: template.metadata } : {};
}

/** The path of the field as written, for the path of a field of the full form. */
export function shortPath(written: Draft, path: string): string {
  if (written.kind === "Secret") return secretPath(written, path);
  const form = shortFormOf(written);
  if (form === "service") return path.startsWith("spec.selector") ? "spec.selector" : path;
  if (form !== "replicaset") return path;
  const spec = written.spec as JsonMap;
  if (replicasetForm(spec) === "named") {
    if (path.startsWith("spec.template.spec") || path.includes("k4s.dev/container")) return "spec.container";
  }
  if (path.startsWith("spec.selector") && spec.selector === undefined) return "metadata.name";
  if (path.endsWith("[k4s.dev/replicaset]")) return "metadata.name";
  const inPod = /^spec\.template\.spec\.?(.*)$/.exec(path)?.[1];
  return inPod === undefined ? path : join("spec.template", containerPath(spec.template, inPod));
}

type SecretAsWritten = { readonly kind: string; readonly data?: unknown; readonly stringData?: unknown };

/** What a Secret holds may have been written as text (`stringData`), or not at all. */
function secretPath({ data, stringData }: SecretAsWritten, path: string): string {
  const key = /^data\[(.*)\]$/s.exec(path)?.[1];
  if (key === undefined || !isMap(stringData)) return path;
  return Object.hasOwn(stringData, key) || !isMap(data) ? `string${path.replace(/^d/, "D")}` : path;
}

/** The path within a Container's spec, for a path within the spec of its pod. */
function containerPath(spec: unknown, path: string): string {
  const inContainer = /^containers(?:\[0\]\.?|$)(.*)$/.exec(path)?.[1];
  if (inContainer === undefined) return path;
  if (inContainer === "image" || inContainer === "" || inContainer === "name") return "module";
  if (/^command\b/.test(inContainer)) return "function";
  const arg = /^args(?:\[(\d+)\])?$/.exec(inContainer);
  if (arg) {
    const parameters = isMap(spec) && isMap(spec.parameters) ? Object.keys(spec.parameters) : [];
    return join("parameters", arg[1] === undefined ? "" : (parameters[Number(arg[1])] ?? ""));
  }
  const probe = /^(livenessProbe|readinessProbe|startupProbe)\.exec\b/.exec(inContainer)?.[1];
  const written = probe !== undefined && isMap(spec) ? spec[probe] : undefined;
  if (!isMap(written) || written.exec !== undefined) return inContainer;
  return `${probe}.${written.request === undefined ? "eventLoop" : "request"}`;
}

function shortFormOf(object: Draft): "replicaset" | "service" | undefined {
  if (object.kind === "Service" && object.apiVersion === "v1") {
    return typeof selectorOf(object) === "string" ? "service" : undefined;
  }
  if (object.kind === "ReplicaSet" && object.apiVersion === "apps/v1") {
    return replicasetForm(object.spec) === "full" ? undefined : "replicaset";
  }
  return undefined;
}

function namedCauses(set: Draft): Cause[] {
  const { container, template } = set.spec as JsonMap;
  const causes = setCauses(set);
  if (typeof container !== "string" || container === "") {
    causes.push(invalidValue("spec.container", container, "must be the name of a Container, such as calc"));
  }
  const extra = isMap(template) ? Object.keys(template).filter(key => key !== "metadata") : [];
  if ((template !== undefined && !isMap(template)) || extra.length > 0) {
    causes.push(
      forbidden("spec.template", "may hold only metadata beside spec.container: give the one or the other"),
    );
  }
  return causes;
}

function inlineCauses(set: Draft): Cause[] {
  const { metadata: _, ...spec } = (set.spec as JsonMap).template as JsonMap;
  return [...setCauses(set), ...containerSpecCauses(spec, "spec.template")];
}

/** The set's name goes into labels, so it has to be there, and to be short enough for one. */
function setCauses(set: Draft): Cause[] {
  const { name } = set.metadata ?? {};
  if (!name)
    return [
      required("metadata.name", "the copies of a Container are called after the set: name-0, name-1, …"),
    ];
  return name.length <= 63
    ? []
    : [invalidValue("metadata.name", name, "must be no more than 63 characters where Containers are copied")];
}

/** What a Container of this spec is refused for, at the template's place. */
function containerSpecCauses(spec: JsonMap, field: string): Cause[] {
  const asWritten = { apiVersion: "k4s.dev/v1", kind: container.kind, metadata: { name: "copy" }, spec };
  return allFaults(container, asWritten)
    .filter(cause => cause.field.startsWith("spec"))
    .map(({ at: place, ...cause }) => ({
      ...cause,
      ...(place && { at: { ...place, field: field + place.field.slice("spec".length) } }),
      field: field + cause.field.slice("spec".length),
      message: cause.message.replaceAll('"spec.', `"${field}.`),
    }));
}

function bare(set: Draft): Draft {
  const { template, ...rest } = set.spec as JsonMap;
  if (!isMap(template) || !isMap(template.spec) || !Array.isArray(template.spec.containers)) return set;
  return {
    ...set,
    spec: { ...rest, template: { ...template, spec: withoutDefaults(template.spec) } },
  };
}

function selectorOf(object: Draft): unknown {
  return isMap(object.spec) ? object.spec.selector : undefined;
}

function join(path: string, key: string): string {
  return key === "" ? path : path === "" ? key : `${path}.${key}`;
}
