/**
 * What a pod's reports say under the name of a metric: of a gauge its value; of a counter how often a second it happened, of a
 * histogram the mean of its values, over the last fifteen to thirty seconds, as the use of processors is measured. Several series,
 * containers or pods are one sum, or one mean.
 */
import { type LabelRequirement, meetRequirements } from "../../resources/index.ts";
import type { Distribution, Series } from "../../worker/index.ts";
import { namesOf } from "./metric-names.ts";
import { type ContainerReport, keyOf, type PodReport } from "./pod-report.ts";

export interface Reading {
  readonly amount: number;
  /** Of a mean: of how many values it is. */
  readonly values?: number;
  /** When it was told, in milliseconds since 1970: of several, the oldest. */
  readonly at: number;
  /** Undefined for what is so at a moment. */
  readonly windowMs?: number;
}

/** Undefined where the pod says nothing of it. */
export function readingOf(
  { containers }: PodReport,
  metric: string,
  labels: readonly LabelRequirement[],
): Reading | undefined {
  return together(containers.flatMap(container => readingsOf(container, metric, labels)));
}

/** What several say is one: sums, and means weighted by how many values each is of. */
export function together(readings: readonly (Reading | undefined)[]): Reading | undefined {
  return readings.reduce((one, other) => {
    if (!one || !other) return one ?? other;
    const windows = [one, other].flatMap(({ windowMs }) => (windowMs === undefined ? [] : [windowMs]));
    const isMean = one.values !== undefined && other.values !== undefined;
    return {
      amount: one.amount + other.amount,
      ...(isMean && { values: (one.values ?? 0) + (other.values ?? 0) }),
      at: Math.min(one.at, other.at),
      ...(windows.length > 0 && { windowMs: Math.max(...windows) }),
    };
  }, undefined);
}

/** Where no value came in, the mean is 0. */
export function amountOf({ amount, values }: Reading): number {
  if (values === undefined) return amount;
  return values === 0 ? 0 : amount / values;
}

function readingsOf(
  { name: container, now, before }: ContainerReport,
  metric: string,
  requirements: readonly LabelRequirement[],
): Reading[] {
  const isMeant = (series: Series) =>
    series.type !== "external" &&
    namesOf(series.type, series.name).includes(metric) &&
    meetRequirements(requirements, { ...series.labels, container });
  const meant = now.series.filter(isMeant);
  if (meant.every(({ type }) => type === "gauge"))
    return meant.map(series => ({ amount: series.type === "gauge" ? series.value : 0, at: now.at }));
  const windowMs = now.at - before.at;
  // A container that is too busy to answer says nothing of the last seconds.
  if (windowMs <= 0) return [];
  const older = new Map(before.series.map(series => [keyOf(series), series]));
  return meant.map(series => ({
    ...changeOf(series, older.get(keyOf(series)), metric, windowMs),
    at: now.at,
    windowMs,
  }));
}

/** What came since, a second. */
function changeOf(
  now: Series,
  before: Series | undefined,
  metric: string,
  windowMs: number,
): Pick<Reading, "amount" | "values"> {
  const perSecond = (amount: number) => Math.max(0, amount) / (windowMs / 1_000);
  if (now.type === "histogram") {
    const last: Pick<Distribution, "sum" | "count"> =
      before?.type === "histogram" ? before : { sum: 0, count: 0 };
    const values = Math.max(0, now.count - last.count);
    return metric === now.name ? { amount: now.sum - last.sum, values } : { amount: perSecond(values) };
  }
  return { amount: perSecond(now.value - (before?.type === "counter" ? before.value : 0)) };
}
