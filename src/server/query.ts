/**
 * Query parameters as the options of a call. They are read as leniently as Kubernetes reads them (`True`, `1`), and refused in
 * its words.
 */
import type { DeleteCallOptions, ListOptions, WatchOptions, WriteOptions } from "../api/index.ts";
import { ApiError } from "../errors/index.ts";

/** What a list or a watch is asked for. */
export function listOptionsOf(query: URLSearchParams): ListOptions {
  const limit = wholeNumber(query, "limit");
  const match = query.get("resourceVersionMatch");
  return {
    ...selectorsOf(query),
    // As in Kubernetes, neither 0 nor a negative number is a limit.
    ...(limit !== undefined && limit > 0 && { limit }),
    ...textOf(query, "continue"),
    ...textOf(query, "resourceVersion"),
    ...(match && { resourceVersionMatch: match as ListOptions["resourceVersionMatch"] }),
  };
}

export function watchOptionsOf(query: URLSearchParams): WatchOptions {
  const timeoutSeconds = wholeNumber(query, "timeoutSeconds");
  const match = query.get("resourceVersionMatch");
  const sends = query.get("sendInitialEvents");
  return {
    ...selectorsOf(query),
    ...textOf(query, "resourceVersion"),
    ...(match && { resourceVersionMatch: match as WatchOptions["resourceVersionMatch"] }),
    ...(sends !== null && { sendInitialEvents: isTrue(query, "sendInitialEvents") }),
    ...(isTrue(query, "allowWatchBookmarks") && { allowWatchBookmarks: true }),
    ...(timeoutSeconds && { timeoutSeconds }),
  };
}

/** A client that says nothing of unknown fields is warned of them. The API refuses the values that there are not. */
export function writeOptionsOf(query: URLSearchParams): WriteOptions {
  const [dryRun] = query.getAll("dryRun").filter(Boolean);
  const fieldManager = query.get("fieldManager");
  const fieldValidation = query.get("fieldValidation") || "Warn";
  return {
    ...(dryRun && { dryRun: dryRun as WriteOptions["dryRun"] }),
    ...(fieldManager && { fieldManager }),
    fieldValidation: fieldValidation as WriteOptions["fieldValidation"],
  };
}

/** What the query says of a deletion; the body says the same, and more, and comes first. */
export function deleteOptionsOf(query: URLSearchParams): DeleteCallOptions {
  const grace = wholeNumber(query, "gracePeriodSeconds");
  const policy = query.get("propagationPolicy");
  const { dryRun } = writeOptionsOf(query);
  return {
    ...(grace !== undefined && { gracePeriodSeconds: grace }),
    ...(policy && { propagationPolicy: policy as DeleteCallOptions["propagationPolicy"] }),
    ...(dryRun && { dryRun }),
  };
}

export function selectorsOf(query: URLSearchParams): Pick<ListOptions, "labelSelector" | "fieldSelector"> {
  return { ...textOf(query, "labelSelector"), ...textOf(query, "fieldSelector") };
}

/** A parameter without a value, and every value that is not false, means yes: so clients in all languages are understood. */
export function isTrue(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && !/^(false|0|f)$/i.test(value);
}

/** Throws BadRequest for what is no whole number. */
export function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (!/^[+-]?\d{1,15}$/.test(text))
    throw new ApiError("BadRequest", `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function textOf<K extends string>(query: URLSearchParams, name: K): { readonly [P in K]?: string } {
  const text = query.get(name);
  return (text ? { [name]: text } : {}) as { readonly [P in K]?: string };
}
