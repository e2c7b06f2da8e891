/**
 * Tells when an autoscaler goes round in circles: it takes the same step again and again, because what it does brings about that it is
 * undone, or because something else sets the replicas too. Kubernetes lets it; here it is told once in ten minutes.
 */

/** So often within `spanMs`. */
const times = 3;
const spanMs = 10 * 60_000;

export class Swings {
  #steps: { readonly at: number; readonly before: number; readonly after: number }[] = [];
  #toldAt = Number.NEGATIVE_INFINITY;

  /** It went from so many replicas to so many. Returns what is to be told, if anything is. */
  scaled(before: number, after: number, now: number): string | undefined {
    this.#steps = [...this.#steps.filter(({ at }) => at > now - spanMs), { at: now, before, after }];
    const same = this.#steps.filter(step => step.before === before && step.after === after);
    if (same.length < times || now - this.#toldAt < spanMs) return undefined;
    this.#toldAt = now;
    const seconds = Math.round((now - (same[0]?.at ?? now)) / 1_000);
    const back = this.#steps.find(step => step.before === after && step.after === before);
    const why = back
      ? "its metrics are above their targets with the fewer and below with the more: a longer behavior.scaleDown.stabilizationWindowSeconds, a larger tolerance or other targets keep it still"
      : "something else sets them back each time: only one should set the replicas of a target";
    return `scaled from ${before} to ${after} replicas ${same.length} times in ${seconds} s: ${why}`;
  }
}
