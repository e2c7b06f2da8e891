/** Changes to headers, as filters ask for them: names and values in turn, as Node's `rawHeaders` has them. */
import type { HeaderModifier } from "./http-rule.ts";

/** @param raw is left as it is, and where there is nothing to change, given back */
export function changedHeaders(raw: string[], modifiers: readonly HeaderModifier[] = []): string[] {
  if (modifiers.length === 0) return raw;
  let headers = [...raw];
  for (const { set = [], add = [], remove = [] } of modifiers) {
    for (const { name, value } of set) headers = [...without(headers, [name]), name, value];
    for (const { name, value } of add) headers.push(name, value);
    headers = without(headers, remove);
  }
  return headers;
}

function without(headers: readonly string[], names: readonly string[]): string[] {
  if (names.length === 0) return [...headers];
  const gone = new Set(names.map(name => name.toLowerCase()));
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? "";
    if (!gone.has(name.toLowerCase())) kept.push(name, headers[i + 1] ?? "");
  }
  return kept;
}
