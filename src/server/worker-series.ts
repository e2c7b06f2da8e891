/**
 * What worker functions report, as families of Prometheus for `/metrics`: each series with the labels `namespace`, `pod` and
 * `container`. They come as the library has them that writes the text.
 */
import type { MetricFamily } from "../loop/index.ts";
import type { PodReport } from "../node/index.ts";

type Values = MetricFamily["values"][number][];

/**
 * What is outside is no series of a container. Two workers may give one name to metrics of different types, which one family cannot
 * hold: the first decides.
 * @param isTaken whether the server has a family of that name itself
 */
export function workerFamilies(
  reports: readonly PodReport[],
  bounds: readonly number[],
  isTaken: (name: string) => boolean,
): MetricFamily[] {
  const families = new Map<string, MetricFamily & { readonly values: Values }>();
  for (const { pod, containers } of reports) {
    const { namespace = "", name } = pod.metadata;
    for (const { name: container, now } of containers) {
      for (const series of now.series) {
        if (series.type === "external" || isTaken(series.name)) continue;
        const family = families.get(series.name) ?? {
          name: series.name,
          help: "Reported by worker functions.",
          type: series.type,
          values: [],
        };
        if (family.type !== series.type) continue;
        families.set(series.name, family);
        const labels = { ...series.labels, namespace, pod: name, container };
        if (series.type === "histogram") family.values.push(...bucketsOf(series, labels, bounds));
        else family.values.push({ labels, value: series.value });
      }
    }
  }
  return [...families.values()];
}

/** Of Prometheus' buckets each holds those of the smaller ones, too. */
function bucketsOf(
  {
    name,
    count,
    sum,
    buckets,
  }: {
    readonly name: string;
    readonly count: number;
    readonly sum: number;
    readonly buckets: readonly number[];
  },
  labels: Readonly<Record<string, string>>,
  bounds: readonly number[],
): Values {
  let atMost = 0;
  const values = bounds.map((le, i) => {
    atMost += buckets[i] ?? 0;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: String(le) }, value: atMost };
  });
  return [
    ...values,
    { metricName: `${name}_bucket`, labels: { ...labels, le: "+Inf" }, value: count },
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
