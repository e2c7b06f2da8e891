/**
 * `log` of a worker function: lines with a level and, where given, fields. They go where console goes, so that logs read
 * as one; warnings and errors go to stderr.
 */
import { inspect } from "node:util";

type LogLine = (message: unknown, fields?: unknown) => void;

export interface Log {
  /** For what is only interesting while looking for a mistake. */
  debug: LogLine;
  /** `log.info("took an order", { id: 7 })` prints `info: took an order {"id":7}`. */
  info: LogLine;
  warn: LogLine;
  /** An Error, as message or as field, is printed with its stack. */
  error: LogLine;
}

export function makeLog(write: (stream: "stdout" | "stderr", text: string) => void): Log {
  const line =
    (level: string, stream: "stdout" | "stderr"): LogLine =>
    (message, fields) =>
      write(stream, `${level}: ${textOf(message)}${fields === undefined ? "" : ` ${fieldsOf(fields)}`}\n`);
  return {
    debug: line("debug", "stdout"),
    info: line("info", "stdout"),
    warn: line("warn", "stderr"),
    error: line("error", "stderr"),
  };
}

function textOf(message: unknown): string {
  return typeof message === "string" ? message : inspect(message, { breakLength: Number.POSITIVE_INFINITY });
}

/** JSON, because programs read it too; what JSON cannot say is shown as Node shows it. */
function fieldsOf(fields: unknown): string {
  if (fields instanceof Error) return textOf(fields);
  try {
    return JSON.stringify(fields) ?? textOf(fields);
  } catch {
    return textOf(fields);
  }
}
