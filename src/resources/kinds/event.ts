/** Event (`v1`): something that happened to an object, told for people. Nothing acts on it, and it is soon forgotten. */
import type { Cause } from "../../errors/index.ts";
import { definition } from "../definitions.ts";
import { builtInKind } from "../describe-kind.ts";
import { invalidValue } from "../faults.ts";
import type { Event } from "../kubernetes.gen.ts";
import { shortAge } from "../short-age.ts";

export const event = builtInKind<Event>({
  kind: "Event",
  group: "",
  version: "v1",
  plural: "events",
  shortNames: ["ev"],
  scope: "Namespaced",
  countsGenerations: false,
  schema: () => definition("Event"),
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
      type: "integer",
      cell: ({ series, count }) => series?.count ?? (count || 1),
    },
    { name: "Name", wide: true, cell: ".metadata.name" },
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
});

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
