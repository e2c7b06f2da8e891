/**
 * What is counted and measured while a cluster runs, for Prometheus, as plain data: a count costs an addition, a measured value a
 * search among its buckets. The text is made of it when something asks for it (server/metrics.ts).
 */

/** One metric with all its series, in the shape that prom-client takes. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly values: readonly MetricValue[];
}

export interface MetricValue {
  readonly labels: Labels;
  readonly value: number;
  /** Of a histogram: its name with `_bucket`, `_sum` or `_count`. */
  readonly metricName?: string;
}

type Labels = Readonly<Record<string, string>>;

const none: Labels = {};

/** How often something happened, by labels. */
export class Counter {
  readonly #counts = new Map<string, { readonly labels: Labels; value: number }>();
  readonly #name: string;
  readonly #help: string;

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  /** Labels must come from a list that is bounded: each combination is kept. */
  add(labels = none): void {
    const key = keyOf(labels);
    const known = this.#counts.get(key);
    if (known) known.value++;
    else this.#counts.set(key, { labels, value: 1 });
  }

  family(): MetricFamily {
    return { name: this.#name, help: this.#help, type: "counter", values: [...this.#counts.values()] };
  }
}

/** How values are distributed, by labels. */
export class Histogram {
  readonly #series = new Map<string, { readonly labels: Labels; readonly buckets: Buckets }>();
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];

  /** @param bounds the upper bound of each bucket, rising */
  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
  }

  observe(value: number, labels = none): void {
    const key = keyOf(labels);
    let series = this.#series.get(key);
    if (!series) {
      series = { labels, buckets: new Buckets(this.#bounds) };
      this.#series.set(key, series);
    }
    series.buckets.observe(value);
  }

  family(): MetricFamily {
    const values = [...this.#series.values()].flatMap(({ labels, buckets }) =>
      buckets.values(this.#name, labels),
    );
    return { name: this.#name, help: this.#help, type: "histogram", values };
  }
}

class Buckets {
  readonly #bounds: readonly number[];
  /** How many were at most the bound and more than the one before; the last: more than all bounds. */
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    this.#sum += value;
    let place = 0;
    while (place < this.#bounds.length && value > (this.#bounds[place] ?? 0)) place++;
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
  }

  /** Prometheus' buckets each hold those below as well. */
  values(name: string, labels: Labels): MetricValue[] {
    let count = 0;
    const buckets = [...this.#bounds.map(String), "+Inf"].map((le, place) => {
      count += this.#counts[place] ?? 0;
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.#sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}

/** What is so at the moment it is asked for. */
export function gauge(name: string, help: string, values: readonly MetricValue[]): MetricFamily {
  return { name, help, type: "gauge", values };
}

/** So many bounds, each so many times the one before. */
export function exponentialBounds(first: number, factor: number, count: number): number[] {
  return Array.from({ length: count }, (_, place) => Number((first * factor ** place).toPrecision(12)));
}

/** Values alone: those who count say the labels of a metric in the same order each time. */
function keyOf(labels: Labels): string {
  let key = "";
  for (const name in labels) key += `${labels[name]}\n`;
  return key;
}
