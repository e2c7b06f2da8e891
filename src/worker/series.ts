/**
 * What a worker has reported of itself, as data: a series is a metric with certain labels. The worker's side (metrics.ts) makes them,
 * the node takes them from there; as they come from foreign code, both hold them against the same rules.
 */
import { checkArguments, must, needed, type Rule } from "../errors/index.ts";

export type Labels = Readonly<Record<string, string>>;

interface OneSeries {
  readonly name: string;
  readonly labels: Labels;
}

/** How much there is of something: in the container, or (`external`) outside of the cluster. */
interface Level extends OneSeries {
  readonly type: "gauge" | "external";
  readonly value: number;
}

/** How often something has happened since the container started. */
interface Total extends OneSeries {
  readonly type: "counter";
  readonly value: number;
}

/** How values were distributed since the container started. */
export interface Distribution extends OneSeries {
  readonly type: "histogram";
  readonly count: number;
  readonly sum: number;
  /** How many were at most the bound of each bucket and more than that of the one before; those above all bounds are not in it. */
  readonly buckets: readonly number[];
}

export type Series = Level | Total | Distribution;
export type SeriesType = Series["type"];

/** The upper bounds of buckets: 1, 2.5 and 5 times each power of ten, so that they suit seconds and milliseconds alike. */
export const bucketBounds: readonly number[] = [-3, -2, -1, 0, 1, 2, 3].flatMap(power =>
  [1, 2.5, 5].map(times => Number(`${times}e${power}`)),
);

/** Of one container: more are not kept. */
export const mostSeries = 1_000;
const mostLabels = 10;
const longest = 128;

// Prometheus' rule, without the colon, which is for rules of Prometheus itself.
const metricName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Set by us: of which container the series is, and, of a histogram, the bound of a bucket. */
const ownLabels: ReadonlySet<string> = new Set(["namespace", "pod", "container", "le"]);

const isShort = (value: unknown): value is string => typeof value === "string" && value.length <= longest;

const nameRule = must(
  `letters, digits and "_", such as queue_depth, at most ${longest}`,
  value => isShort(value) && metricName.test(value),
);

/** What is outside has names of its own: whatever a path can hold. */
const externalNameRule = must(
  `text without "/", "%" and space, such as queue-depth, at most ${longest}`,
  value => isShort(value) && /^[^/%\s]+$/.test(value) && value !== "." && value !== "..",
);

const valueRules: Readonly<Record<SeriesType, Rule>> = {
  gauge: must("a number that is not infinite", Number.isFinite),
  external: must("a number that is not infinite", Number.isFinite),
  counter: must("a number, 0 or more", value => Number.isFinite(value) && Number(value) >= 0),
  histogram: must("a number that is not infinite", Number.isFinite),
};

function labelsRule(labels: unknown, path: string): readonly string[] {
  if (labels === undefined) return [];
  if (typeof labels !== "object" || labels === null || Array.isArray(labels))
    return must('an object, such as { queue: "mail" }', () => false)(labels, path);
  const entries = Object.entries(labels);
  const tooMany =
    entries.length > mostLabels ? [`${path} must be at most ${mostLabels}, not ${entries.length}`] : [];
  return [
    ...tooMany,
    ...entries.flatMap(([label, value]) => [
      ...nameRule(label, `the label ${JSON.stringify(label)}`),
      ...(ownLabels.has(label) ? [`the label "${label}" is set by k4s`] : []),
      ...needed(must(`text or a number, at most ${longest} characters`, isLabelValue))(
        value,
        `${path}.${label}`,
      ),
    ]),
  ];
}

function isLabelValue(value: unknown): boolean {
  return isShort(value) || typeof value === "number";
}

/** Throws BadRequest, with what would be right, for what is no series or no value of one. */
export function checkSeries(
  type: SeriesType,
  name: unknown,
  value: unknown,
  labels: unknown,
  call = `metrics.${type}`,
): void {
  const rules = {
    name: needed(type === "external" ? externalNameRule : nameRule),
    value: needed(valueRules[type]),
    labels: labelsRule,
  };
  checkArguments(call, rules, [name, value, labels]);
}
