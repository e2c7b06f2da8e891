/** A request that reached the process is answered, with what came of it or with why not, while that process lives. */
import type { MakeInvariant } from "../invariant.ts";

export const requestsEnd: MakeInvariant = () => ({
  name: "every request ends",
  calmed({ ledger, now }) {
    const [first] = ledger.open;
    return first && `${first.what} has had no answer for ${Math.round((now - first.since) / 1_000)} s`;
  },
});
