/**
 * Metrics of what is outside of the cluster, as external.metrics.k8s.io has them. The cluster cannot know them: the program that runs
 * it reports them, or a worker does (`metrics.external`), as long as its container runs.
 */
import { ApiError } from "../../errors/index.ts";
import { type LabelRequirement, meetRequirements, type Pod } from "../../resources/index.ts";
import type { StoreReads } from "../../store/index.ts";
import { checkSeries, type Labels, mostSeries } from "../../worker/index.ts";
import type { MetricNames } from "./metric-names.ts";
import type { PodReport } from "./pod-report.ts";

export interface ExternalMetric {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
  /** When it was told, in milliseconds since 1970. */
  readonly at: number;
}

export interface ExternalMetricsParts {
  readonly store: Pick<StoreReads, "list">;
  readonly names: MetricNames;
  reports(pods: readonly Pod[]): Promise<readonly PodReport[]>;
  now(): number;
}

export class ExternalMetrics {
  readonly #parts: ExternalMetricsParts;
  /** What the program around the cluster has reported, by namespace, name and labels. */
  readonly #own = new Map<string, ExternalMetric & { readonly namespace: string }>();

  constructor(parts: ExternalMetricsParts) {
    this.#parts = parts;
  }

  /**
   * Says how much there is; undefined: it is not known any more. Throws BadRequest for a name, a value or labels that cannot be,
   * and where there would be more than 1,000.
   */
  report(
    namespace: string,
    name: string,
    value: number | undefined,
    labels: Readonly<Record<string, string | number>> = {},
  ): void {
    checkSeries("external", name, value ?? 0, labels, "reportExternal");
    const texts = Object.entries(labels).map(([label, text]) => [label, String(text)] as const);
    const sorted = Object.fromEntries(texts.sort(([one], [other]) => (one < other ? -1 : 1)));
    const key = JSON.stringify([namespace, name, sorted]);
    if (value === undefined) {
      this.#own.delete(key);
      return;
    }
    if (!this.#own.has(key) && this.#own.size >= mostSeries)
      throw new ApiError(
        "BadRequest",
        `reportExternal: ${name} would be one more than the ${mostSeries} external metrics that are kept: use fewer labels, or report undefined for those that are over`,
      );
    this.#own.set(key, { namespace, name, labels: sorted, value, at: this.#parts.now() });
    this.#parts.names.add([{ type: "external", name }]);
  }

  /** Rejects with NotFound where there is none of that name with such labels. */
  async values(
    namespace: string,
    name: string,
    labels: readonly LabelRequirement[],
  ): Promise<ExternalMetric[]> {
    const own = [...this.#own.values()].filter(each => each.namespace === namespace);
    const { names, store } = this.#parts;
    // Where no worker has reported anything, none is asked.
    const reports = names.hasExternal ? await this.#parts.reports(store.list("Pod", { namespace })) : [];
    const ofPods = reports.flatMap(({ containers }) =>
      containers.flatMap(({ now: { at, series } }) =>
        series.flatMap(each =>
          each.type === "external" ? [{ name: each.name, labels: each.labels, value: each.value, at }] : [],
        ),
      ),
    );
    const found = [...own, ...ofPods].filter(
      each => each.name === name && meetRequirements(labels, each.labels),
    );
    if (found.length === 0)
      throw new ApiError("NotFound", `the server could not find the metric ${name} for provided labels`);
    return found;
  }
}
