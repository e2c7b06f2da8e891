/** Event (`v1`, `events.k8s.io/v1`): something that happened to an object, told for people. Nothing acts on it, and it is soon forgotten. */
import type { Cause } from "../../errors/index.ts";
import type { OwnPart, OwnVersion } from "../definition/index.ts";
import { invalidValue } from "../faults.ts";
import type { Event } from "../generated/kubernetes.gen.ts";
import type { Draft, KubernetesObject } from "../object.ts";
import { shortAge } from "../short-age.ts";

export const event: OwnPart<Event> = {
  columns: [
    { name: "Last Seen", cell: (event, now) => agoText(lastSeen(event), now) },
    { name: "Type", cell: ({ type }) => type ?? "" },
    { name: "Reason", cell: ({ reason }) => reason ?? "" },
    { name: "Object", cell: objectText },
    { name: "Subobject", wide: true, cell: ({ involvedObject }) => involvedObject.fieldPath ?? "" },
    { name: "Source", wide: true, cell: sourceText },
    { name: "Message", cell: ({ message }) => (message ?? "").trim() },
    { name: "First Seen", wide: true, cell: (event, now) => agoText(firstSeen(event), now) },
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
  rules: {
    validate({ metadata: { namespace = "" }, involvedObject }): Cause[] {
      // What belongs to the whole cluster is told of in the default namespace.
      const about = involvedObject?.namespace || "default";
      if (about === namespace || involvedObject === undefined) return [];
      return [
        invalidValue("involvedObject.namespace", involvedObject.namespace, "does not match event.namespace"),
      ];
    },
  },
};

/** The same object under events.k8s.io, where some of its fields have newer names. */
export const eventOfEvents: OwnVersion = {
  selectableFields: [
    ...["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map(
      field => `regarding.${field}`,
    ),
    "reason",
    "reportingController",
    "type",
  ],
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

function lastSeen({ series, lastTimestamp, firstTimestamp, eventTime, metadata }: Event): string {
  return (
    series?.lastObservedTime || lastTimestamp || firstTimestamp || eventTime || metadata.creationTimestamp
  );
}

function firstSeen({ firstTimestamp, eventTime, metadata }: Event): string {
  return firstTimestamp || eventTime || metadata.creationTimestamp;
}

function agoText(time: string, now: number): string {
  return shortAge(now - Date.parse(time));
}

function objectText({ involvedObject: { kind = "", name = "" } }: Event): string {
  return kind ? `${kind.toLowerCase()}/${name}` : name;
}

function sourceText({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component || reportingComponent || "";
  const host = source?.host || reportingInstance || "";
  return host ? `${component}, ${host}` : component;
}
