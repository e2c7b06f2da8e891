/**
 * What is wrong with a manifest, each problem at its place, and the one error that tells all of them: a line as compilers
 * print it (`web.yaml:12:5 spec.replicas: …`), then the line of the file with a caret.
 */

import { ApiError, type Cause, type Reason } from "../../errors/index.ts";
import type { SourceText } from "./source-text.ts";

export interface Problem {
  /** Where in the text, and over how many characters. */
  readonly offset: number;
  readonly length?: number;
  /** The path within the object; "" where the problem is not a field's. */
  readonly field: string;
  readonly message: string;
  /** As in Cause; FieldValueInvalid where left out. */
  readonly reason?: string;
}

const maxShown = 30;

/** What was read otherwise than it is written, as one line: `web.yaml:12:5 spec.selector: …`. */
export function warningAt(source: SourceText, { offset, field, message }: Problem): string {
  const { line, column } = source.positionOf(offset);
  return `${source.name}:${line}:${column} ${field}: ${message}`;
}

/** One problem as text, two lines of the source below it. */
function explain(source: SourceText, { offset, length, field, message }: Problem): string {
  const { line, column } = source.positionOf(offset);
  const what = field === "" ? message : `${field}: ${message}`;
  return `${source.name}:${line}:${column} ${what}\n${source.quote(offset, length)}`;
}

/** The error with all problems, in the order of the text. */
export function refusal(source: SourceText, problems: readonly Problem[], reason: Reason): ApiError {
  const ordered = [...problems].sort((a, b) => a.offset - b.offset);
  const shown = ordered.slice(0, maxShown).map(problem => explain(source, problem));
  if (ordered.length > maxShown) shown.push(`and ${ordered.length - maxShown} more`);
  const count = ordered.length === 1 ? "a problem" : `${ordered.length} problems`;
  const causes: Cause[] = ordered.map(problem => ({
    reason: problem.reason ?? "FieldValueInvalid",
    message: problem.message,
    field: problem.field,
  }));
  return new ApiError(reason, `${source.name} has ${count}:\n${shown.join("\n")}`, { causes });
}
