/** Reads what a container says that its worker function reported. It comes from foreign code: what is no series is left out. */
import { bucketBounds, checkSeries, type Labels, mostSeries, type Series } from "../../worker/index.ts";

export function seriesIn(told: unknown): readonly Series[] {
  if (!Array.isArray(told)) return [];
  return told.slice(0, mostSeries).flatMap(each => {
    try {
      return [oneIn(each)];
    } catch {
      // It broke a rule; its worker was told so, unless it has changed what checks them.
      return [];
    }
  });
}

/** Throws where it is none. */
function oneIn({ type, name, labels, value, sum, count, buckets }: Record<string, unknown>): Series {
  switch (type) {
    case "gauge":
    case "external":
    case "counter":
      checkSeries(type, name, value, labels);
      return { type, name: String(name), labels: { ...(labels as Labels) }, value: Number(value) };
    case "histogram": {
      checkSeries(type, name, sum, labels);
      checkSeries("counter", name, count, labels);
      if (
        !Array.isArray(buckets) ||
        buckets.length !== bucketBounds.length ||
        !buckets.every(Number.isFinite)
      )
        throw new TypeError("no buckets");
      return {
        type,
        name: String(name),
        labels: { ...(labels as Labels) },
        count: Number(count),
        sum: Number(sum),
        buckets: buckets.map(Number),
      };
    }
    default:
      throw new TypeError("no type");
  }
}
