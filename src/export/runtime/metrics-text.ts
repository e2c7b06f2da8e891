/** What a worker function has reported of itself, as Prometheus reads it. */
import { bucketBounds, type Series } from "../../worker/index.ts";

export function metricsText(all: readonly Series[]): string {
  const byName = new Map<string, Series[]>();
  for (const series of all) byName.set(series.name, [...(byName.get(series.name) ?? []), series]);
  return [...byName.entries()]
    .filter(([, [first]]) => first?.type !== "external")
    .flatMap(([name, series]) => [`# TYPE ${name} ${series[0]?.type}`, ...series.flatMap(linesOf)])
    .map(line => `${line}\n`)
    .join("");
}

function linesOf(series: Series): string[] {
  const { name, labels } = series;
  if (series.type !== "histogram") return [`${name}${labelText(labels)} ${series.value}`];
  let below = 0;
  const buckets = series.buckets.map((count, i) => {
    below += count;
    return `${name}_bucket${labelText({ ...labels, le: String(bucketBounds[i]) })} ${below}`;
  });
  return [
    ...buckets,
    `${name}_bucket${labelText({ ...labels, le: "+Inf" })} ${series.count}`,
    `${name}_sum${labelText(labels)} ${series.sum}`,
    `${name}_count${labelText(labels)} ${series.count}`,
  ];
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
