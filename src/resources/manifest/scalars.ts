/**
 * What a word of YAML means. Kubernetes reads YAML with sigs.k8s.io/yaml, which keeps the booleans and the octal numbers
 * of YAML 1.1 (`on`, `no`, `0644`), but has no dates and no numbers to base sixty: `2026-01-01` and `12:30` are text.
 * Ours is the same, made of js-yaml's own tags.
 */
import type { ScalarTagDefinition } from "js-yaml";
import { yaml } from "./yaml.ts";

export type Scalar = null | boolean | number | string;

export interface ReadScalar {
  readonly value: Scalar;
  /** Why it cannot be kept. */
  readonly problem?: string;
  /** The problem is the tag, whatever stands behind it. */
  readonly isTagUnknown?: boolean;
}

let implicit: readonly ScalarTagDefinition[] | undefined;

/** What a word without quotes may be, in the order in which it is tried. */
export function implicitTags(): readonly ScalarTagDefinition[] {
  const { nullYaml11Tag, boolYaml11Tag, floatCoreTag } = yaml();
  implicit ??= [nullYaml11Tag, boolYaml11Tag, integerTag(), floatCoreTag];
  return implicit;
}

/** Whole numbers of YAML 1.1 (`0644`) and 1.2 (`0o644`), without those to base sixty. */
function integerTag(): ScalarTagDefinition {
  const { intYaml11Tag, intCoreTag, NOT_RESOLVED } = yaml();
  return {
    ...intYaml11Tag,
    resolve(text, ...more) {
      if (text.includes(":")) return NOT_RESOLVED;
      const value = intYaml11Tag.resolve(text, ...more);
      return value === NOT_RESOLVED ? intCoreTag.resolve(text, ...more) : value;
    },
  };
}

const explicit: Readonly<Record<string, (value: Scalar, text: string) => Scalar | undefined>> = {
  "!": (_, text) => text,
  "!!str": (_, text) => text,
  "!!int": value => (Number.isInteger(value) ? value : undefined),
  "!!float": value => (typeof value === "number" ? value : undefined),
  "!!bool": value => (typeof value === "boolean" ? value : undefined),
  "!!null": value => (value === null ? value : undefined),
  "!!timestamp": (_, text) => text,
  "!!binary": (_, text) => {
    const code = text.replace(/\s/g, "");
    const isBase64 = code.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(code);
    return isBase64 ? Buffer.from(code, "base64").toString() : undefined;
  },
};

/** A word without quotes. */
export function plainScalar(text: string): ReadScalar {
  for (const tag of implicitTags()) {
    const value: unknown = tag.resolve(text, false, tag.tagName);
    if (value === yaml().NOT_RESOLVED) continue;
    return typeof value === "number" ? numberFrom(value, text) : { value: value as Scalar };
  }
  return { value: text };
}

/** A scalar with a tag such as `!!str`: only those of JSON's types are known. */
export function taggedScalar(tag: string, text: string): ReadScalar {
  if (!Object.hasOwn(explicit, tag)) {
    const known = Object.keys(explicit).join(" ");
    return {
      value: text,
      isTagUnknown: true,
      problem: `the tag ${tag} is not known in manifests: leave it out (known are ${known})`,
    };
  }
  const plain = tag === "!" || tag === "!!str" ? { value: text } : plainScalar(text);
  const value = explicit[tag]?.(plain.value, text);
  if (value === undefined)
    return { value: text, problem: `${JSON.stringify(text)} is not what its tag ${tag} says` };
  return { ...plain, value };
}

function numberFrom(value: number, text: string): ReadScalar {
  if (!Number.isFinite(value)) {
    return { value: text, problem: `${text} is not a number that JSON has: put it in quotes if it is text` };
  }
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && /^[-+]?[0-9_]+$/.test(text)) {
    return {
      value: text,
      problem: `${text} has more digits than are kept exactly: put it in quotes if it is text`,
    };
  }
  // There is no minus zero in JSON.
  return { value: value + 0 };
}
