/**
 * What calls of functions may cost, by the sizes of what they are given. Facts of Kubernetes 1.35 and cel-go, like estimate.ts; what
 * is not named here costs one unit.
 */
import { anything, type Estimate, listOf, made, perUnit, text, times, truth } from "./estimate.ts";
import type { SizedType } from "./sized-types.ts";

/** Reading a text, for each of its characters. */
const character = 0.1;
/** Matching a pattern, for each of its characters. */
const patternCharacter = 0.25;
/** How long the patterns of the formats are at most. */
const formatPattern = 128;
const addressBytes = 16;
const costOfCheck = 350_000;

/** `costs`: without those of what it is given. */
interface Call {
  readonly costs: number;
  readonly type?: SizedType | undefined;
  readonly size?: number;
}

/** @param target what the function is called on, if on anything */
export function functionEstimate(
  name: string,
  target: Estimate | undefined,
  given: readonly Estimate[],
): Estimate {
  const paid = [...(target ? [target] : []), ...given].reduce((sum, { cost }) => sum + cost, 0);
  const { costs, type, size } = callOf(name, target, given);
  return made(paid + costs, type, size);
}

function callOf(name: string, target: Estimate | undefined, given: readonly Estimate[]): Call {
  const [first, second] = given;
  const subject = target ?? first;
  const size = subject?.size ?? 0;
  switch (name) {
    case "check":
      return { costs: costOfCheck, type: anything };
    case "fieldSelector":
    case "labelSelector":
      return { costs: 1 + perUnit(first?.size ?? 0, character), type: anything };
    case "isSorted":
    case "sum":
    case "min":
    case "max":
    case "indexOf":
    case "lastIndexOf":
      return { costs: comparisons(subject), type: name === "isSorted" ? truth : subject?.type?.element };
    case "dyn":
      return { costs: 1, type: anything, size };
    case "url":
      return { costs: perUnit(size, character), type: anything, size };
    case "lowerAscii":
    case "upperAscii":
    case "substring":
    case "trim":
      return { costs: perUnit(size, character), type: text, size };
    case "replace":
      return {
        costs: perUnit(size, 2 * character),
        type: text,
        size: replaced(size, first?.size ?? 0, second?.size ?? 0),
      };
    case "split":
      return { costs: perUnit(size, 2 * character), type: listOf(text), size };
    case "join":
      return joined(subject, first);
    case "find":
      return { costs: matching(size, first), type: text, size };
    case "findAll":
      return { costs: matching(size, first), type: listOf(text), size };
    case "matches":
    case "matchesRE2":
      return { costs: matching(size, target ? first : second), type: truth };
    case "contains":
      return {
        costs: times(perUnit(size, character), perUnit(first?.size ?? 0, character)),
        type: truth,
      };
    case "startsWith":
    case "endsWith":
      return { costs: perUnit(first?.size ?? 0, character), type: truth };
    case "format":
      return { costs: perUnit(size, character), type: text };
    case "cidr":
    case "ip":
    case "isIP":
    case "isCIDR":
    case "quantity":
    case "isQuantity":
    case "semver":
    case "isSemver":
      return parsed(name, target, size);
    case "ip.isCanonical":
      return { costs: perUnit(size, 2 * character), type: truth };
    case "containsIP":
      return { costs: perUnit(2 * addressBytes, character) + parsing(first), type: truth };
    case "containsCIDR":
      return {
        costs: perUnit(2 * addressBytes, character) + perUnit(addressBytes, character) + 1 + parsing(first),
        type: truth,
      };
    case "validate":
      return {
        costs: perUnit(perUnit(first?.size ?? 0, character), formatPattern * patternCharacter),
        type: anything,
      };
    case "sets.contains":
    case "sets.intersects":
      return { costs: 1 + times(first?.size ?? 0, second?.size ?? 0), type: truth };
    case "sets.equivalent":
      return { costs: 1 + 2 * times(first?.size ?? 0, second?.size ?? 0), type: truth };
    case "bytes":
      return { costs: perUnit(size, character), type: { ...text, kind: "bytes" }, size: size * 4 };
    case "string":
      return { costs: subject?.type?.kind === "bytes" ? perUnit(size, character) : 1, type: text };
    case "charAt":
    case "reverse":
      return { costs: 1, type: subject?.type };
    default:
      return { costs: 1, type: scalars.has(name) ? truth : anything };
  }
}

/** What results in a number, a time or a truth, whatever it is given. */
const scalars = new Set(
  `size int uint double bool timestamp duration compareTo isGreaterThan isLessThan sign asInteger isInteger asApproximateFloat
  getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear getHours getMinutes getSeconds getMilliseconds
  isURL hasValue family prefixLength isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast
  allowed errored major minor patch`.split(/\s+/),
);

/** Every element of a list is compared; in a text, every character read. */
function comparisons(subject: Estimate | undefined): number {
  if (!subject) return 1;
  if (subject.type?.kind !== "list") return perUnit(subject.size, character);
  const { element } = subject.type;
  if (element?.kind !== "string" && element?.kind !== "bytes") return subject.size;
  const longest = subject.isPart ? element.most : Number.POSITIVE_INFINITY;
  return times(subject.size, 1 + perUnit(longest, character));
}

/** An empty text still has to be matched. */
function matching(size: number, pattern: Estimate | undefined): number {
  return times(perUnit(size + 1, character), perUnit(pattern?.size ?? 0, patternCharacter));
}

/** The longest text: the shortest part that may be replaced is empty, and so stands between all characters. */
function replaced(size: number, from: number, to: number): number {
  return from === 0 || to > 0 ? size + times(size + 1, to) : size;
}

function joined(list: Estimate | undefined, separator: Estimate | undefined): Call {
  const count = list?.size ?? 0;
  const element = list?.isPart ? (list.type?.element?.most ?? Number.POSITIVE_INFINITY) : list?.entrySize;
  const between = times(separator?.size ?? 0, Math.max(0, count - 1));
  const size = times(count, element ?? Number.POSITIVE_INFINITY) + between;
  return { costs: perUnit(size, character), type: text, size };
}

function parsed(name: string, target: Estimate | undefined, size: number): Call {
  // The address of a range is at hand.
  if (target) return { costs: 1, type: anything };
  return { costs: perUnit(size, character), type: name.startsWith("is") ? truth : anything };
}

/** An address that is given as text is read first. */
function parsing(given: Estimate | undefined): number {
  return given?.type?.kind === "string" ? perUnit(given.size, character) : 0;
}
