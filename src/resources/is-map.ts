/** Whether a value of unknown make is a map of fields: neither a list, nor null. patch/json.ts asks the same of JSON. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
