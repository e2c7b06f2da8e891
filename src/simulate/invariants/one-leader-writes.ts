/**
 * Where several programs share a cluster, controllers and the scheduler write only in the program that leads: a write happens only while its
 * program holds the lease, whatever that program itself believes. One that was halted, or cut off, and has not heard yet that
 * another leads, is refused.
 */
import { schedulerWriter } from "../../store/index.ts";
import type { MakeInvariant } from "../invariant.ts";

/** By these they agree, and whoever wants to lead writes them; what happened is told by anybody. */
const byAnybody = ["Lease", "Event"];
const scheduler = schedulerWriter("").user.name;

export const oneLeaderWrites: MakeInvariant = () => ({
  name: "at most one leader writes",
  written({ program, actor, user, key, revision }, { record, loopActors }) {
    if (program === undefined || byAnybody.includes(key.kind) || !loopActors.has(actor)) return undefined;
    const component = user === scheduler ? "kube-scheduler" : "kube-controller-manager";
    const holder = record.get("Lease", "kube-system", component)?.spec?.holderIdentity;
    if (holder === program) return undefined;
    return `${actor} of ${program} has written ${key.kind} ${key.name} at ${revision}, where ${component} is led by ${holder || "nobody"}`;
  },
});
