/**
 * The parameters of a worker function as the arguments of a container, and back: `{ precision: 2 }` is `--precision=2`.
 * A value is JSON where it is not text, or is text that would be read as JSON ("2"); other text stands as it is.
 */
import { ApiError, type Cause } from "../../../errors/index.ts";
import { invalidValue, required } from "../../faults.ts";
import { asJson } from "../../patch/index.ts";

export type Parameters = Readonly<Record<string, unknown>>;

export function argsFromParameters(parameters: Parameters): string[] {
  return Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `--${name}=${textOf(value)}`);
}

/**
 * The way back: arguments that are not `--name=value` stand for no parameter; of two, the last one counts. (What a function
 * gets, whatever its arguments look like, is worker/parameters.ts' to say.)
 */
export function parametersFromArgs(args: readonly string[]): Record<string, unknown> {
  const parameters: Record<string, unknown> = {};
  for (const arg of args) {
    const parts = /^--([^=\s]+)=(.*)$/s.exec(arg);
    if (parts?.[1] !== undefined && parts[1] !== "__proto__")
      parameters[parts[1]] = valueFrom(parts[2] ?? "");
  }
  return parameters;
}

/** What is wrong with parameters: they are a map, their names fit into an argument, their values into JSON. */
export function parameterCauses(parameters: unknown, field: string): Cause[] {
  if (typeof parameters !== "object" || parameters === null || Array.isArray(parameters)) {
    return [invalidValue(field, parameters, "must be a map of names and values, such as { precision: 2 }")];
  }
  return Object.entries(parameters).flatMap(([name, value]) => {
    const path = `${field}.${name}`;
    if (name === "") return [required(path, "a parameter has a name")];
    if (!/^[^=\s]+$/.test(name) || name === "__proto__") {
      return [
        invalidValue(
          path,
          name,
          'the name of a parameter may not have blanks or "=" in it, nor be __proto__',
        ),
      ];
    }
    return notJson(value, path);
  });
}

function textOf(value: unknown): string {
  if (typeof value === "string") return isReadAsJson(value) ? JSON.stringify(value) : value;
  const text = JSON.stringify(value);
  if (text === undefined)
    throw new ApiError("Invalid", `a parameter may not be a ${typeof value}: JSON has no such value`);
  return text;
}

function valueFrom(text: string): unknown {
  return isReadAsJson(text) ? JSON.parse(text) : text;
}

function isReadAsJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Not JSON: it is the text itself.
    return false;
  }
}

function notJson(value: unknown, field: string): Cause[] {
  if (value === undefined) return [];
  try {
    asJson(value, "a parameter");
    return [];
  } catch (error) {
    if (error instanceof ApiError) return [invalidValue(field, typeof value, error.message)];
    throw error;
  }
}
