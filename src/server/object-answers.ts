/**
 * Objects as the answer of a request: in the form that its client asked for (whole, as a Table, or their metadata alone), with
 * the kinds and revisions that clients read in each form.
 */
import type { Caller, ObjectList, Target } from "../api/index.ts";
import type { Clock } from "../outside/index.ts";
import { isOfOtherKind, type KubernetesObject, type Subresource } from "../resources/index.ts";
import type { WatchEvent, Written } from "../store/index.ts";
import { type HttpRequest, type HttpResponse, sendJson } from "./answer.ts";
import type { AuditRecord } from "./audit.ts";
import type { Held } from "./held-bytes.ts";
import { itemText, objectText } from "./object-text.ts";
import type { Representation } from "./representation.ts";
import { type IncludeObject, partialMetadata, tableFor } from "./table.ts";
import type { ObjectTeller } from "./watch-response.ts";

/** A request that has been understood, and where its answer goes. */
export interface Exchange {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly caller: Caller;
  readonly target: Required<Pick<Target, "kind" | "version" | "namespace">> & Target;
  readonly part: Subresource | undefined;
  readonly query: URLSearchParams;
  readonly representation: Representation;
  readonly clock: Clock;
  /** What the request holds. */
  readonly held: Held;
  /** What the audit log says of it, where there is one. */
  readonly record: AuditRecord | undefined;
}

/** How the objects of a watch are told. Of a Table only the first event has the columns. */
export function tellerOf({ representation: { as, version }, query, target, clock }: Exchange): ObjectTeller {
  const { schema } = target.version;
  if (as === "object") return object => objectText(object, schema);
  if (as === "PartialObjectMetadata") return object => JSON.stringify(partialMetadata(object, version));
  const include = includeOf(query);
  let hasColumns = true;
  return (object: KubernetesObject, type: WatchEvent["type"]) => {
    const { metadata } = object;
    if (type === "BOOKMARK")
      return JSON.stringify({ ...tableKind(version), metadata, columnDefinitions: null, rows: [] });
    const { resourceVersion } = metadata;
    const table = tableFor(target.version.columns, [object], {
      version,
      include,
      now: clock.now(),
      hasColumns,
      rows: target.kind.rows,
    });
    hasColumns = false;
    return JSON.stringify({ ...tableKind(version), metadata: { resourceVersion }, ...table });
  };
}

export async function sendList(
  { request, response, representation, query, target, clock, held, record }: Exchange,
  list: ObjectList,
): Promise<void> {
  const { as, version, mediaType } = representation;
  const { kind, apiVersion, metadata, items } = list;
  let text: string;
  if (as === "Table") {
    const { rows } = target.kind;
    const options = { version, include: includeOf(query), now: clock.now(), rows };
    text = JSON.stringify({
      ...tableKind(version),
      metadata,
      ...tableFor(target.version.columns, items, options),
    });
  } else if (as === "PartialObjectMetadata") {
    const partial = items.map(each => ({ metadata: each.metadata }));
    const head = { kind: "PartialObjectMetadataList", apiVersion: `meta.k8s.io/${version}` };
    text = JSON.stringify({ ...head, metadata, items: partial });
  } else {
    // The items of a kind that is built in do not say what they are: their list does.
    const textOf = target.kind.isCustom ? objectText : itemText;
    const { schema } = target.version;
    const texts = items.map(item => textOf(item, schema));
    const head = JSON.stringify({ kind, apiVersion, metadata }).slice(0, -1);
    text = `${head},"items":[${texts.join(",")}]}`;
  }
  held.add(text.length);
  record?.answers(text);
  await sendJson(request, response, 200, text, mediaType);
}

export function sendWritten(exchange: Exchange, { object, outcome }: Written): Promise<void> {
  return sendObject(exchange, outcome === "created" ? 201 : 200, object);
}

export async function sendObject(exchange: Exchange, code: number, object: KubernetesObject): Promise<void> {
  const { request, response, representation, query, target, part, clock, record } = exchange;
  const { as, version, mediaType } = representation;
  let text = "";
  // What is another kind at its subresource (a Scale) has all of its fields.
  if (as === "object") text = objectText(object, isOfOtherKind(part) ? undefined : target.version.schema);
  else if (as === "PartialObjectMetadata") text = JSON.stringify(partialMetadata(object, version));
  else {
    const { resourceVersion } = object.metadata;
    const rows = part?.columns ? undefined : target.kind.rows;
    const options = { version, include: includeOf(query), now: clock.now(), rows };
    const table = tableFor(part?.columns ?? target.version.columns, [object], options);
    text = JSON.stringify({ ...tableKind(version), metadata: { resourceVersion }, ...table });
  }
  record?.answers(text);
  await sendJson(request, response, code, text, mediaType);
}

function tableKind(version: string) {
  return { kind: "Table", apiVersion: `meta.k8s.io/${version}` };
}

function includeOf(query: URLSearchParams): IncludeObject {
  const asked = query.get("includeObject");
  return asked === "None" || asked === "Object" ? asked : "Metadata";
}
