/**
 * Event (`v1`, `events.k8s.io/v1`): something that happened to an object, told for people. Nothing acts on it, and it is soon
 * forgotten.
 */
import type { Cause } from "../../errors/index.ts";
import type { OwnPart, OwnVersion } from "../definition/index.ts";
import { invalidValue, misnamed, required } from "../faults.ts";
import type { Event } from "../generated/kubernetes.gen.ts";
import { qualifiedName } from "../names.ts";
import type { Draft, KubernetesObject } from "../object.ts";
import { type FieldTexts, textAt } from "../selectors/index.ts";
import { ageSince } from "../short-age.ts";

export const event: OwnPart<Event> = {
  columns: [
    { name: "Last Seen", cell: (event, now) => ageSince(lastSeen(event), now) },
    { name: "Type", cell: ({ type }) => type ?? "" },
    { name: "Reason", cell: ({ reason }) => reason ?? "" },
    { name: "Object", cell: objectText },
    { name: "Subobject", wide: true, cell: ({ involvedObject }) => involvedObject.fieldPath ?? "" },
    { name: "Source", wide: true, cell: sourceText },
    { name: "Message", cell: ({ message }) => (message ?? "").trim() },
    { name: "First Seen", wide: true, cell: (event, now) => ageSince(firstSeen(event), now) },
    {
      name: "Count",
      wide: true,
      cell: ({ series, count }) => series?.count ?? (count || 1),
    },
    { name: "Name", wide: true, format: "name", cell: ".metadata.name" },
  ],
  selectableFields: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  fieldTexts: { source: ({ source, reportingComponent }) => source?.component || reportingComponent || "" },
  rules: {
    validate: event => [...placeFaults(event), ...(event.eventTime ? newerFaults(event) : [])],
  },
};

/** An event is told where its object is; of what belongs to the whole cluster, in the default namespace. */
function placeFaults({ metadata: { namespace = "" }, involvedObject, eventTime }: Draft<Event>): Cause[] {
  if (involvedObject === undefined) return [];
  const { namespace: about } = involvedObject;
  const places = about ? [about] : eventTime ? ["default", "kube-system"] : ["default"];
  if (places.includes(namespace) || (about && eventTime)) return [];
  return [invalidValue("involvedObject.namespace", about ?? "", "does not match event.namespace")];
}

const maxText = 128;
const maxMessage = 1024;

/** Of events that say when they happened more is asked than of the older ones. */
function newerFaults({
  reportingComponent: by = "",
  reportingInstance = "",
  action = "",
  ...event
}: Draft<Event>): Cause[] {
  const { reason = "", message = "" } = event;
  const causes = by ? misnamed(qualifiedName, by, "reportingController") : [required("reportingController")];
  for (const [field, text] of Object.entries({ reportingInstance, action, reason })) {
    if (text === "") causes.push(required(field));
    else if (text.length > maxText)
      causes.push(invalidValue(field, "", `can have at most ${maxText} characters`));
  }
  if (message.length > maxMessage)
    causes.push(invalidValue("message", "", `can have at most ${maxMessage} characters`));
  return causes;
}

/** What events.k8s.io asks of a new event besides. Its fields have their older names, as Kubernetes tells of them. */
function strictFaults(draft: Draft, old?: KubernetesObject): Cause[] {
  if (old) return [];
  const {
    eventTime,
    type = "",
    series,
    firstTimestamp,
    lastTimestamp,
    count,
    source,
  } = draft as Draft<Event>;
  const causes: Cause[] = [];
  if (series && (series.count ?? 0) < 2)
    causes.push(invalidValue("series.count", "", "should be at least 2"));
  if (series && !series.lastObservedTime) causes.push(required("series.lastObservedTime"));
  if (!eventTime) causes.push(required("eventTime"));
  if (type !== "Normal" && type !== "Warning")
    causes.push(invalidValue("type", "", `has invalid value: ${type}`));
  const unset = { firstTimestamp, lastTimestamp, count, source: source?.component || source?.host };
  for (const [field, value] of Object.entries(unset))
    if (value) causes.push(invalidValue(field, "", "needs to be unset"));
  return causes;
}

/** Fields by which events are selected under events.k8s.io, by their newer names. */
const newerTexts: FieldTexts = Object.fromEntries(
  [
    ["reportingController", "reportingComponent"],
    ...["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map(field => [
      `regarding.${field}`,
      `involvedObject.${field}`,
    ]),
  ].map(([newer = "", older = ""]) => [newer, (object: KubernetesObject) => textAt(object, older)]),
);

/** The same object under events.k8s.io, where some of its fields have newer names. */
export const eventOfEvents: OwnVersion = {
  columns: (event.columns ?? []).map(({ cell, ...column }) => ({
    ...column,
    cell: typeof cell === "string" ? cell : (object, now) => cell(renamed(object, 0) as Event, now),
  })),
  selectableFields: [...Object.keys(newerTexts), "reason", "type"],
  fieldTexts: newerTexts,
  validate: strictFaults,
  toStored: draft => renamed(draft, 0) as Draft,
  fromStored: object => renamed(object, 1) as KubernetesObject,
};

/** Each field's name in events.k8s.io, and in the core group. */
const newerNames: readonly (readonly [newer: string, older: string])[] = [
  ["regarding", "involvedObject"],
  ["note", "message"],
  ["reportingController", "reportingComponent"],
  ["deprecatedSource", "source"],
  ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"],
  ["deprecatedCount", "count"],
];

function renamed(object: object, from: 0 | 1): object {
  const to = new Map(newerNames.map(pair => [pair[from], pair[1 - from] as string]));
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [to.get(name) ?? name, value]));
}

function lastSeen(event: Event): string | undefined {
  return event.series ? event.series.lastObservedTime : event.lastTimestamp || firstSeen(event);
}

function firstSeen({ firstTimestamp, eventTime }: Event): string | undefined {
  return firstTimestamp || eventTime || undefined;
}

function objectText({ involvedObject: { kind = "", name } }: Event): string {
  return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();
}

function sourceText({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component || reportingComponent || "";
  const host = source?.host || reportingInstance || "";
  return host ? `${component}, ${host}` : component;
}
