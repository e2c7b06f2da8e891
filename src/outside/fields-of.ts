/** What comes from elsewhere, looked at as a record: by its fields it is known whether it is what was hoped for. */

/** No fields where the value has none. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
