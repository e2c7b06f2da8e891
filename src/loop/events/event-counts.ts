/**
 * How often each reason was told, and each act of healing, whatever became of the events: events that were not written count too.
 * Several recorders may count in one place, as those of the control planes over one store do: what one of them has told is still
 * known when another has taken over.
 */
import type { MetricFamily } from "../measures.ts";
import { type HealingAct, healingActs } from "./healing.ts";

const healingHelp =
  "Acts of healing: containers started again, pods sent off their nodes, pods placed in their stead.";

export class EventCounts {
  readonly #told = new Map<string, number>();
  readonly #healed = new Map<HealingAct, number>();

  add(reason: string, heals: HealingAct | undefined): void {
    this.#told.set(reason, this.told(reason) + 1);
    if (heals) this.#healed.set(heals, this.healed(heals) + 1);
  }

  /** How often something of this reason was told since the start. */
  told(reason: string): number {
    return this.#told.get(reason) ?? 0;
  }

  /** How many acts of healing were told of since the start. */
  healed(act: HealingAct): number {
    return this.#healed.get(act) ?? 0;
  }

  /** The same for Prometheus. */
  families(): MetricFamily[] {
    const values = healingActs.map(act => ({ labels: { act }, value: this.healed(act) }));
    return [{ name: "k4s_healing_total", help: healingHelp, type: "counter", values }];
  }
}
