/**
 * The names of the metrics that were reported since the cluster started: by them clients find out what there is. They are told by
 * the containers themselves, so nothing has to be asked. Names come from workers' code, so they are bounded: of more, those are
 * forgotten that were reported longest ago. They can still be asked for.
 */
import { setBounded } from "../../outside/index.ts";
import type { Series } from "../../worker/index.ts";

/** Of each of the two sorts. */
const most = 10_000;

export class MetricNames {
  readonly #custom = new Map<string, true>();
  readonly #external = new Map<string, true>();
  readonly #listeners = new Set<() => void>();

  /** As autoscalers call them. */
  get custom(): readonly string[] {
    return [...this.#custom.keys()];
  }

  /** Of what is outside. */
  get external(): readonly string[] {
    return [...this.#external.keys()];
  }

  get hasCustom(): boolean {
    return this.#custom.size > 0;
  }

  get hasExternal(): boolean {
    return this.#external.size > 0;
  }

  add(series: Iterable<Pick<Series, "type" | "name">>): void {
    const before = [this.#custom.size, this.#external.size];
    for (const { type, name } of series) {
      const names = type === "external" ? this.#external : this.#custom;
      for (const each of namesOf(type, name)) setBounded(names, each, true, most);
    }
    const isFirst = [this.#custom, this.#external].some(({ size }, i) => before[i] === 0 && size > 0);
    if (isFirst) for (const listener of this.#listeners) listener();
  }

  /** Called when there is a first custom metric, or a first external one. Returns what ends that. */
  onFirst(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/**
 * As what autoscalers find it. A counter is found as it is called, and without `_total`, as Prometheus' adapter has it; a histogram
 * by the mean of its values, and with `_count` by how many there were.
 */
export function namesOf(type: Series["type"], name: string): readonly string[] {
  if (type === "counter" && name.endsWith("_total")) return [name, name.slice(0, -"_total".length)];
  if (type === "histogram") return [name, `${name}_count`];
  return [name];
}
