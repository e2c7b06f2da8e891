/** How many of the pods that count use each claim for a volume, on whichever node. */
import type { Pod } from "../resources/index.ts";
import { claimsOf } from "./claims.ts";

export class ClaimUsers {
  /** By the claim's namespace and name. */
  readonly #counts = new Map<string, number>();

  areThere(namespace: string, claim: string): boolean {
    return this.#counts.has(`${namespace}/${claim}`);
  }

  /** A pod with claims came (1) or went (-1). */
  count(pod: Pod, amount: 1 | -1): void {
    for (const { name } of claimsOf(pod)) {
      const key = `${pod.metadata.namespace ?? ""}/${name}`;
      const users = (this.#counts.get(key) ?? 0) + amount;
      if (users === 0) this.#counts.delete(key);
      else this.#counts.set(key, users);
    }
  }
}
