/** What etcd says was written, beside what writers were told: each value that was acknowledged is there once, and none twice. */
import type { Write } from "./etcd-members.ts";

export class Histories {
  /** By value: at which revision. */
  readonly #written = new Map<string, number>();

  get size(): number {
    return this.#written.size;
  }

  /**
   * @param writes those since the last time
   * @param acknowledged all values of which a writer was told that they are written
   */
  take(writes: readonly Write[], acknowledged: ReadonlySet<string>): readonly string[] {
    const problems: string[] = [];
    for (const { key, value, revision } of writes) {
      if (value === undefined) continue;
      const written =
        (JSON.parse(value) as { readonly data?: { readonly value?: string } }).data?.value ?? "";
      const before = this.#written.get(written);
      if (before !== undefined)
        problems.push(`${key}: ${written} was written twice, at ${before} and ${revision}`);
      this.#written.set(written, revision);
    }
    for (const value of acknowledged)
      if (!this.#written.has(value)) problems.push(`${value} was acknowledged, and never written`);
    return problems;
  }
}
