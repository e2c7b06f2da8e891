/** The parts that the schemas of Gateway API's kinds are made of: names, references, lists and conditions, with their limits. */
import type { JSONSchemaProps } from "../../generated/kubernetes.gen.ts";

export type Described = JSONSchemaProps;

export const text = (description: string, more: JSONSchemaProps = {}): Described => ({
  type: "string",
  description,
  ...more,
});
export const integer = (description: string, more: JSONSchemaProps = {}): Described => ({
  type: "integer",
  format: "int32",
  description,
  ...more,
});

export function object(
  description: string,
  properties: Readonly<Record<string, Described>>,
  required: readonly string[] = [],
  more: JSONSchemaProps = {},
): Described {
  return {
    type: "object",
    description,
    properties: { ...properties },
    ...(required.length > 0 && { required: [...required] }),
    ...more,
  };
}

/** @param key the fields by which two elements are the same one; a list without it is replaced as a whole */
export function list(
  description: string,
  items: Described,
  maxItems: number,
  key: readonly string[] = [],
): Described {
  return {
    type: "array",
    description,
    items,
    maxItems,
    ...(key.length > 0
      ? { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [...key] }
      : { "x-kubernetes-list-type": "atomic" }),
  };
}

export const rules = (...all: readonly (readonly [rule: string, message: string])[]): JSONSchemaProps => ({
  "x-kubernetes-validations": all.map(([rule, message]) => ({ rule, message })),
});

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
export const name = (description: string) => text(description, { minLength: 1, maxLength: 253 });
export const group = (description: string) =>
  text(description, { maxLength: 253, pattern: `^$|^${label}(\\.${label})*$` });
export const kindName = (description: string) =>
  text(description, { minLength: 1, maxLength: 63, pattern: "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$" });
export const namespace = (description: string) =>
  text(description, { minLength: 1, maxLength: 63, pattern: `^${label}$` });
export const sectionName = (description: string) =>
  text(description, { minLength: 1, maxLength: 253, pattern: `^${label}(\\.${label})*$` });
export const hostname = (description: string) =>
  text(description, { minLength: 1, maxLength: 253, pattern: `^(\\*\\.)?${label}(\\.${label})*$` });
export const preciseHostname = (description: string) =>
  text(description, { minLength: 1, maxLength: 253, pattern: `^${label}(\\.${label})*$` });
export const port = (description: string) => integer(description, { minimum: 1, maximum: 65_535 });
export const duration = (description: string) =>
  text(description, { pattern: "^([0-9]{1,5}(h|m|s|ms)){1,4}$" });

export const headerName = (description: string) =>
  text(description, { minLength: 1, maxLength: 256, pattern: "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$" });

export const conditions = (most: number, initial: readonly string[] = []): Described => ({
  ...list(
    "What holds of it now.",
    object(
      "One thing that holds or does not.",
      {
        type: text("What it is about.", { maxLength: 316 }),
        status: text("Whether it is so: True, False or Unknown.", { enum: ["True", "False", "Unknown"] }),
        observedGeneration: {
          type: "integer",
          format: "int64",
          minimum: 0,
          description: "Of which generation it was said.",
        },
        lastTransitionTime: text("Since when.", { format: "date-time" }),
        reason: text("Why, in one word.", { minLength: 1, maxLength: 1_024 }),
        message: text("Why, in a sentence.", { maxLength: 32_768 }),
      },
      ["lastTransitionTime", "message", "reason", "status", "type"],
    ),
    most,
    ["type"],
  ),
  ...(initial.length > 0 && { default: initial.map(waiting) }),
});

function waiting(type: string) {
  const lastTransitionTime = "1970-01-01T00:00:00Z";
  return {
    type,
    status: "Unknown",
    reason: "Pending",
    message: "Waiting for controller",
    lastTransitionTime,
  };
}

export const own = {
  apiVersion: { type: "string", description: "The version of its schema." },
  kind: { type: "string", description: "The kind of the object." },
  metadata: { type: "object" },
} as const;

export function backendRefFields() {
  return {
    group: { ...group("The API group of what is referred to; empty for the core group."), default: "" },
    kind: { ...kindName("The kind of what is referred to."), default: "Service" },
    name: name("The name of what is referred to."),
    namespace: namespace(
      "Where it is; the namespace of the route where left out. Another one must allow it by a ReferenceGrant.",
    ),
    port: port("The port of the Service."),
  };
}
