/**
 * `metrics` of a worker function: it reports figures of its own, for autoscalers and for Prometheus. A call changes a number in
 * memory and sends nothing: the node asks for all of them when something asks the node.
 */
import { ApiError } from "../errors/index.ts";
import {
  bucketBounds,
  checkSeries,
  type Labels,
  mostSeries,
  type Series,
  type SeriesType,
} from "./series.ts";

/** Tells series of one metric apart. Each other value of a label is another series, and a container has at most 1,000. */
export type MetricLabels = Readonly<Record<string, string | number>>;

/**
 * Names are letters, digits and `_`. All throw BadRequest for a name, a value or labels that cannot be, and for a name that is
 * a metric of another type already, or a part of a histogram (`x_bucket`, `x_sum` and `x_count` are of the histogram `x`).
 */
export interface WorkerMetrics {
  /** How much there is now: `metrics.gauge("queue_depth", queue.length)`. */
  gauge(name: string, value: number, labels?: MetricLabels): void;
  /** Something has happened `n` times more; `n` is 1 where left out, and never less than 0. Autoscalers see how often a second. */
  counter(name: string, n?: number, labels?: MetricLabels): void;
  /** One more value of a distribution, such as how long a request took. Autoscalers see the mean of the last seconds. */
  histogram(name: string, value: number, labels?: MetricLabels): void;
  /**
   * How much there is of something outside of the cluster, for autoscalers with External metrics in the pod's namespace. The name
   * may be whatever it is called there, without `/`, `%` and space.
   */
  external(name: string, value: number, labels?: MetricLabels): void;
}

interface Kept {
  readonly type: SeriesType;
  readonly name: string;
  readonly labels: Labels;
  value: number;
  /** Of a histogram: how many values there were, and in which buckets. */
  count: number;
  readonly buckets: number[];
}

export class ReportedMetrics implements WorkerMetrics {
  /** By name and labels. */
  readonly #series = new Map<string, Kept>();
  /** By the name, of which there can be several series. */
  readonly #types = new Map<string, SeriesType>();
  readonly #warn: (text: string) => void;
  readonly #added: () => void;
  #isFull = false;

  /**
   * @param warn told once, when there are more series than are kept
   * @param added called when there is a metric of a new name
   */
  constructor(warn: (text: string) => void, added: () => void) {
    this.#warn = warn;
    this.#added = added;
  }

  // Properties, so that a worker may take them out: `const { gauge } = metrics`.
  readonly gauge: WorkerMetrics["gauge"] = (name, value, labels) => {
    const series = this.#find("gauge", name, value, labels);
    if (series) series.value = value;
  };

  readonly counter: WorkerMetrics["counter"] = (name, n = 1, labels) => {
    const series = this.#find("counter", name, n, labels);
    if (series) series.value += n;
  };

  readonly histogram: WorkerMetrics["histogram"] = (name, value, labels) => {
    const series = this.#find("histogram", name, value, labels);
    if (!series) return;
    series.value += value;
    series.count++;
    const bucket = bucketBounds.findIndex(bound => value <= bound);
    if (bucket >= 0) series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
  };

  readonly external: WorkerMetrics["external"] = (name, value, labels) => {
    const series = this.#find("external", name, value, labels);
    if (series) series.value = value;
  };

  /** As they are now. */
  series(): Series[] {
    return [...this.#series.values()].map(({ type, name, labels, value, count, buckets }) =>
      type === "histogram"
        ? { type, name, labels, count, sum: value, buckets: [...buckets] }
        : { type, name, labels, value },
    );
  }

  #find(type: SeriesType, name: string, value: number, labels: MetricLabels | undefined): Kept | undefined {
    const sorted = sortedLabels(labels);
    const key = sorted && (sorted.length === 0 ? name : `${name}${JSON.stringify(sorted)}`);
    const known = key === undefined ? undefined : this.#series.get(key);
    // What is checked in full is what is new, and what is wrong: most calls are neither.
    if (known?.type === type && Number.isFinite(value) && (value >= 0 || type !== "counter")) return known;
    checkSeries(type, name, value, labels);
    if (!sorted || key === undefined) return undefined;
    const before = this.#types.get(name);
    if (before !== undefined && before !== type)
      throw new ApiError(
        "BadRequest",
        `metrics.${type}: ${name} is a ${before} already: a metric has one type, so another needs another name`,
      );
    if (before === undefined && type !== "external") this.#checkParts(type, name);
    return known ?? this.#add(key, type, name, Object.fromEntries(sorted));
  }

  /** A histogram is told as three metrics: another of the name of one would be the same series twice, which breaks the whole text. */
  #checkParts(type: SeriesType, name: string): void {
    const refuse = (part: string, histogram: string) => {
      throw new ApiError(
        "BadRequest",
        `metrics.${type}: ${part} is a part of the histogram ${histogram}, which is told as ${partsOf(histogram).join(", ")}: another needs another name`,
      );
    };
    const whole = partSuffixes.find(suffix => name.endsWith(suffix));
    const histogram = whole && name.slice(0, -whole.length);
    if (histogram && this.#types.get(histogram) === "histogram") refuse(name, histogram);
    if (type !== "histogram") return;
    for (const part of partsOf(name)) {
      const taken = this.#types.get(part);
      if (taken !== undefined && taken !== "external") refuse(part, name);
    }
  }

  #add(key: string, type: SeriesType, name: string, labels: Labels): Kept | undefined {
    if (this.#series.size >= mostSeries) {
      if (!this.#isFull)
        this.#warn(
          `metrics: ${name} would be one more than the ${mostSeries} series that a container can have: no new ones are kept; use fewer values of labels`,
        );
      this.#isFull = true;
      return undefined;
    }
    const buckets = type === "histogram" ? bucketBounds.map(() => 0) : [];
    const kept = { type, name, labels, value: 0, count: 0, buckets };
    this.#series.set(key, kept);
    if (!this.#types.has(name)) this.#added();
    this.#types.set(name, type);
    return kept;
  }
}

const partSuffixes = ["_bucket", "_sum", "_count"];

function partsOf(histogram: string): string[] {
  return partSuffixes.map(suffix => histogram + suffix);
}

/** As texts, in the order of their names; undefined where something can be no label. */
function sortedLabels(labels: MetricLabels | undefined): (readonly [string, string])[] | undefined {
  if (labels === undefined) return [];
  if (typeof labels !== "object" || labels === null) return undefined;
  const entries = Object.entries(labels);
  if (!entries.every(([, value]) => typeof value === "string" || typeof value === "number")) return undefined;
  return entries
    .map(([label, value]) => [label, String(value)] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1));
}
