/** What an apply would take from other managers, and the refusal that tells of it. */
import { ApiError, type Cause } from "../../errors/index.ts";
import { difference, type FieldSet, intersection, isEmpty, pathsOf } from "./field-set.ts";
import { compareTexts } from "./go-json.ts";
import type { Manager, Managers } from "./managers.ts";
import { elementText } from "./path-element.ts";
import type { Comparisons } from "./update.ts";

/** What each manager owns of what would change, by its identity. */
export type Conflicts = ReadonlyMap<string, { readonly manager: Manager; readonly fields: FieldSet }>;

export function conflictsOf(managers: Managers, versions: Comparisons, applier: string): Conflicts {
  const conflicts = new Map<string, { manager: Manager; fields: FieldSet }>();
  for (const [identity, manager] of managers) {
    if (identity === applier) continue;
    const { changed } = versions.named(manager.apiVersion) ?? {};
    const fields = changed && intersection(manager.fields, changed);
    if (fields && !isEmpty(fields)) conflicts.set(identity, { manager, fields });
  }
  return conflicts;
}

/** The conflicts about other fields than these. */
export function conflictsBeyond(conflicts: Conflicts, fields: FieldSet): Conflicts {
  const left = [...conflicts].map(
    ([identity, each]) => [identity, { ...each, fields: difference(each.fields, fields) }] as const,
  );
  return new Map(left.filter(([, each]) => !isEmpty(each.fields)));
}

/** Kubernetes' refusal: one conflict in a line, several as a list by manager. */
export function conflictError(conflicts: Conflicts): ApiError {
  const all = [...conflicts].sort(([one], [other]) => compareTexts(one, other)).map(([, each]) => each);
  const told = all.map(({ manager, fields }) => ({
    who: managerText(manager),
    paths: pathsOf(fields).map(steps => steps.map(elementText).join("")),
  }));
  const causes = told.flatMap(({ who, paths }) => paths.map(path => causeOf(who, path)));
  const [only] = causes;
  const lines = told.flatMap(({ who, paths }) => [
    `conflicts with ${who}:`,
    ...paths.map(path => `- ${path}`),
  ]);
  const message =
    causes.length === 1 && only
      ? `Apply failed with 1 conflict: ${only.message}: ${only.field}`
      : `Apply failed with ${causes.length} conflicts: ${lines.join("\n")}`;
  return new ApiError("Conflict", message, { causes });
}

function causeOf(who: string, field: string): Cause {
  return { reason: "FieldManagerConflict", message: `conflict with ${who}`, field };
}

function managerText({ name, subresource, operation, apiVersion }: Manager): string {
  const at = subresource ? ` with subresource ${JSON.stringify(subresource)}` : "";
  return `${JSON.stringify(name)}${at}${operation === "Update" ? ` using ${apiVersion}` : ""}`;
}
