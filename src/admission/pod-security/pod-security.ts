/**
 * PodSecurity: how much a pod may ask of its node, by labels of its namespace (`pod-security.kubernetes.io/enforce: baseline`).
 * What is enforced refuses pods; what is warned about is told to who writes a pod, or something that makes pods; what is audited
 * stands in the audit log.
 */
import type { Cause } from "../../errors/index.ts";
import { invalid, invalidValue, isSame, type Namespace, type Pod } from "../../resources/index.ts";
import { type AdmissionRequest, forbidden } from "../../store/index.ts";
import type { AdmissionPlugin, StoreReader } from "../plugin.ts";
import { podMakers, podTemplateOf, type Templated } from "../pod-makers.ts";
import { type Level, violationsOf, violationText } from "./standards.ts";

const prefix = "pod-security.kubernetes.io/";
const levels: readonly Level[] = ["privileged", "baseline", "restricted"];

export const podSecurity: AdmissionPlugin = {
  name: "PodSecurity",
  on: [
    { operations: ["CREATE", "UPDATE"], kinds: ["Pod"], subresources: ["", "ephemeralcontainers"] },
    { operations: ["CREATE", "UPDATE"], kinds: ["Namespace", ...podMakers] },
  ],
  validate(object, request, reader) {
    if (request.kind.name === "Namespace") return checkNamespace(object as Namespace, request, reader);
    const { kind, namespace, name, old, warn, annotate } = request;
    const labels = reader.get("Namespace", "", namespace)?.metadata.labels;
    const isPod = kind.name === "Pod";
    if (!isLabelled(labels)) {
      if (isPod) annotate?.(`${prefix}enforce-policy`, privileged.text);
      return;
    }
    const made = isPod ? (object as Pod) : podTemplateOf(object as Templated);
    if (!made?.spec) return;
    const { metadata = {}, spec } = made;
    if (isPod && old && isSame((old as Pod).spec, spec)) return;
    const enforced = policyOf(labels, "enforce");
    if (isPod) annotate?.(`${prefix}enforce-policy`, enforced.text);
    const audited = policyOf(labels, "audit");
    const noted = violationsOf(audited.level, metadata, spec);
    if (noted.length > 0)
      annotate?.(
        `${prefix}audit-violations`,
        `would violate PodSecurity ${JSON.stringify(audited.text)}: ${violationText(noted)}`,
      );
    const violations = isPod ? violationsOf(enforced.level, metadata, spec) : [];
    if (violations.length > 0) {
      const why = `violates PodSecurity ${JSON.stringify(enforced.text)}: ${violationText(violations)}`;
      throw forbidden(kind, name, why);
    }
    const warned = policyOf(labels, "warn");
    const would = violationsOf(warned.level, metadata, spec);
    if (would.length > 0)
      warn(`would violate PodSecurity ${JSON.stringify(warned.text)}: ${violationText(would)}`);
  },
};

type Labels = Readonly<Record<string, string>>;

function isLabelled(labels: Labels | undefined): labels is Labels {
  return labels !== undefined && Object.keys(labels).some(key => key.startsWith(prefix));
}

/** Its labels must name levels; of pods that are there and break a stricter one its writer is told. */
function checkNamespace({ metadata }: Namespace, request: AdmissionRequest, reader: StoreReader): void {
  const { labels = {}, name } = metadata;
  if (!isLabelled(labels)) return;
  const before = request.old?.metadata.labels ?? {};
  const causes = ["enforce", "audit", "warn"].flatMap(mode => {
    const level = labels[prefix + mode];
    const isKnown =
      level === undefined || level === before[prefix + mode] || levels.some(each => each === level);
    const field = `metadata.labels[${prefix}${mode}]`;
    return [
      ...(isKnown ? [] : [invalidValue(field, level, `must be one of ${levels.join(", ")}`)]),
      ...versionFaults(labels, before, `${prefix}${mode}-version`),
    ];
  });
  if (causes.length > 0) throw invalid(request.kind, name, causes);
  const [was, is] = [policyOf(before, "enforce"), policyOf(labels, "enforce")];
  if (levels.indexOf(is.level) <= levels.indexOf(was.level)) return;
  for (const line of complaints(reader.list("Pod", { namespace: name }), is)) request.warn(line);
}

/** What is wrong with the pods that are there: one line for all pods with the same violations. */
function complaints(pods: readonly Pod[], { level, text }: Policy): string[] {
  const byText = new Map<string, string[]>();
  for (const { metadata, spec } of pods) {
    const reasons = violationsOf(level, metadata, spec).map(({ reason }) => reason);
    if (reasons.length === 0) continue;
    const key = reasons.join(", ");
    byText.set(key, [...(byText.get(key) ?? []), metadata.name].sort());
  }
  if (byText.size === 0) return [];
  const namespace = pods[0]?.metadata.namespace ?? "";
  const first = `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(text)}`;
  const lines = [...byText].map(([reasons, [name = "", ...others]]) => {
    const more = others.length === 1 ? " (and 1 other pod)" : ` (and ${others.length} other pods)`;
    return `${name}${others.length > 0 ? more : ""}: ${reasons}`;
  });
  return [first, ...lines.sort()];
}

interface Policy {
  readonly level: Level;
  /** `baseline:latest` */
  readonly text: string;
}

/**
 * What the labels of a namespace say; nothing is forbidden where they say nothing. What is enforced is also warned about, where
 * nothing else is said. All versions of the standards are taken for the newest.
 */
function policyOf(labels: Labels, mode: "enforce" | "audit" | "warn"): Policy {
  const asked = labels[prefix + mode];
  const version = versionIn(labels, mode);
  if (asked === undefined) {
    if (mode !== "warn" || !levels.some(level => level === labels[`${prefix}enforce`]))
      return version === "latest" ? privileged : { level: "privileged", text: `privileged:${version}` };
    const { level } = policyOf(labels, "enforce");
    const own = labels[`${prefix}warn-version`] === undefined ? versionIn(labels, "enforce") : version;
    return { level, text: `${level}:${own}` };
  }
  // What is no level is enforced as the strictest, and neither audited nor warned about.
  const level = levels.find(each => each === asked) ?? (mode === "enforce" ? "restricted" : "privileged");
  return { level, text: `${level}:${version}` };
}

const privileged: Policy = { level: "privileged", text: "privileged:latest" };

/** What is no version is taken for the newest. */
function versionIn(labels: Labels, mode: string): string {
  const version = labels[`${prefix}${mode}-version`] ?? "latest";
  return isVersion(version) ? version : "latest";
}

function isVersion(text: string): boolean {
  return text === "latest" || /^v1\.(\d|[1-9]\d*)$/.test(text);
}

function versionFaults(labels: Labels, before: Labels, key: string): Cause[] {
  const version = labels[key];
  if (version === undefined || version === before[key] || isVersion(version)) return [];
  return [invalidValue(`metadata.labels[${key}]`, version, 'must be "latest" or "v1.x"')];
}
